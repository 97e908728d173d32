import { homedir } from "node:os";
import { join, resolve } from "node:path";
import {
  ArchiveStore,
  type ArtifactTarget,
  type Descriptor,
  formatReference,
  type IndexedStore,
  isLayout,
  LayoutStore,
  type LocalTarget,
  OciError,
  parseTarget,
  resolveSelection,
  type StoreEntry,
} from "@stax/oci";
import type { Context } from "./context.ts";
import { CliError } from "./error.ts";
import { findWorkspaceRoot } from "./workspace.ts";

/** OpenedTarget is an artifact that was found: the store that holds it, and what it is there. */
export interface OpenedTarget {
  readonly store: IndexedStore;
  readonly descriptor: Descriptor;
  /** The tag it was found by, where it has one. */
  readonly reference: string | undefined;
}

/** TargetOptions say which variant is meant where a target leaves that open. */
export interface TargetOptions {
  readonly persona?: string | undefined;
}

/**
 * openTarget finds the artifact that a user names (decision B24): in a layout, in an archive, in this workspace, or that of the project in
 * a directory. Throws `TARGET_REMOTE` for a registry, and what the stores throw.
 */
export async function openTarget(text: string, context: Context, options: TargetOptions = {}): Promise<OpenedTarget> {
  const target = parseTarget(text);
  switch (target.kind) {
    case "registry":
      throw remote(target);
    case "layout":
    case "archive":
      return await openLocal(target, context);
    case "name":
      return await openName(await openWorkspace(context.config.workspaceRoot), target.name, target.tag, options);
    case "path": {
      const path = absolute(target.path, context);
      if (await isLayout(path)) return await openLocal({ kind: "layout", path }, context);
      return await openProject(path, context, options);
    }
  }
}

/** localTarget is where something is copied to: a layout or an archive. Throws `TARGET_REMOTE`, `TARGET_UNFIT`. */
export function localTarget(text: string, context: Context): LocalTarget {
  const target = parseTarget(text);
  if (target.kind === "registry") throw remote(target);
  if (target.kind === "path") return { kind: "layout", path: absolute(target.path, context) };
  if (target.kind === "name")
    throw new CliError("TARGET_UNFIT", `${text} names an artifact of this workspace, not a place to copy to`, {
      hint: "write oci:<dir>[:<tag>], oci-archive:<file.tar>[:<tag>] or ./<dir>",
    });
  return { ...target, path: absolute(target.path, context) };
}

/** absolute makes a path of the command line absolute: `~` is the home directory, the rest is relative to `--cwd`. */
export function absolute(path: string, { cwd, env }: Pick<Context, "cwd" | "env">): string {
  const home = env.HOME || homedir();
  return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : resolve(cwd, path);
}

const remote = (target: Extract<ArtifactTarget, { kind: "registry" }>): CliError =>
  new CliError(
    "TARGET_REMOTE",
    `${formatReference(target.reference)} is in a registry; registry commands are not part of this version`,
    {
      hint: "name a layout (oci:<dir>), an archive (oci-archive:<file.tar>), a project (./<dir>) or an artifact of this workspace",
    },
  );

async function openLocal(target: LocalTarget, context: Context): Promise<OpenedTarget> {
  const path = absolute(target.path, context);
  const store = target.kind === "layout" ? await LayoutStore.open(path) : await ArchiveStore.open(path);
  const descriptor = await resolveSelection(store, await selectionIn(store, target), { signal: context.signal });
  return { store, descriptor, reference: target.tag ?? (await tagOf(store, descriptor)) };
}

/** `oci:dir:1.0.0` finds `<name>:1.0.0`, the way `stax build` tags, where nothing has the tag itself and one name has it. */
async function selectionIn(
  store: IndexedStore,
  { tag, digest }: LocalTarget,
): Promise<Pick<LocalTarget, "tag" | "digest">> {
  if (digest !== undefined) return { digest };
  if (tag === undefined) return {};
  const tags = await store.tags();
  const longer = tags.filter((known) => known.endsWith(`:${tag}`));
  return { tag: !tags.includes(tag) && longer.length === 1 && longer[0] !== undefined ? longer[0] : tag };
}

async function tagOf(store: IndexedStore, { digest }: Descriptor): Promise<string | undefined> {
  return (await store.list()).find((entry) => entry.descriptor.digest === digest && entry.reference !== undefined)
    ?.reference;
}

async function openWorkspace(root: string): Promise<LayoutStore> {
  const layout = join(root, ".stax", "artifacts");
  if (await isLayout(layout)) return await LayoutStore.open(layout);
  throw new CliError("TARGET_UNFIT", `nothing is built in this workspace: there is no ${layout}`, {
    hint: "run stax build first",
  });
}

/** A project stands for the artifact of its definition at the version that it has now. */
async function openProject(path: string, context: Context, options: TargetOptions): Promise<OpenedTarget> {
  const { identifyProject } = await import("./project.ts");
  const { name, tag, directory } = await identifyProject(path, context);
  return await openName(await openWorkspace(await findWorkspaceRoot(directory)), name, tag, options);
}

async function openName(
  store: LayoutStore,
  name: string,
  tag: string | undefined,
  { persona }: TargetOptions,
): Promise<OpenedTarget> {
  const entries = await store.list();
  const named = entries.filter(({ reference }) => reference?.startsWith(`${name}:`));
  const candidates = tag === undefined ? named : candidatesOf(named, `${name}:${tag}`, persona);
  const chosen = choose(candidates, persona);
  if (chosen !== undefined) return { store, descriptor: chosen.descriptor, reference: chosen.reference };
  const shown = tag === undefined ? name : `${name}:${tag}`;
  const list = (candidates.length > 1 ? candidates : entries).flatMap(({ reference }) => reference ?? []).slice(0, 20);
  const has = list.length === 0 ? `${store.place} is empty: run stax build` : `there are ${list.join(", ")}`;
  if (candidates.length > 1)
    throw new OciError("REFERENCE_AMBIGUOUS", `several artifacts are meant by ${shown}`, {
      hint: `name one: ${list.join(", ")}`,
    });
  throw new OciError("REFERENCE_NOT_FOUND", `${shown} is not built in this workspace`, { hint: has });
}

/** A persona's own artifact and the index over all of them have tags that continue the version's. */
function candidatesOf(
  entries: readonly StoreEntry[],
  reference: string,
  persona: string | undefined,
): readonly StoreEntry[] {
  const wanted = persona === undefined ? [reference] : [`${reference}-${persona}`, `${reference}-personas`, reference];
  for (const name of wanted) {
    const found = entries.filter((entry) => entry.reference === name);
    if (found.length > 0) return found;
  }
  return [];
}

function choose(candidates: readonly StoreEntry[], persona: string | undefined): StoreEntry | undefined {
  const digests = new Set(candidates.map(({ descriptor }) => descriptor.digest));
  if (digests.size === 1) return candidates[0];
  const own = persona === undefined ? [] : candidates.filter(({ reference }) => reference?.endsWith(`-${persona}`));
  if (own.length === 1) return own[0];
  const indexes = candidates.filter(({ reference }) => reference?.endsWith("-personas"));
  return persona !== undefined && indexes.length === 1 ? indexes[0] : undefined;
}
