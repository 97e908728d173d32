import { homedir } from "node:os";
import { join, resolve } from "node:path";
import {
  ArchiveStore,
  type ArtifactTarget,
  type Descriptor,
  type IndexedStore,
  isLayout,
  LayoutStore,
  type LocalTarget,
  OciError,
  type PredecessorFinder,
  parseTarget,
  type ReadOnlyStorage,
  type Reference,
  type ReferenceResolver,
  resolveSelection,
  type StoreEntry,
} from "@stax/oci";
import type { Context } from "./context.ts";
import { CliError } from "./error.ts";
import { locate, type Places } from "./registries/locate.ts";
import { findWorkspaceRoot } from "./workspace.ts";

/** ArtifactStore is where an artifact was found: a layout, an archive, or a repository of a registry behind the cache. */
export interface ArtifactStore extends ReadOnlyStorage, ReferenceResolver, PredecessorFinder {
  /** How messages call it. */
  readonly place: string;
}

/** OpenedTarget is an artifact that was found: the store that holds it, and what it is there. */
export interface OpenedTarget {
  readonly store: ArtifactStore;
  readonly descriptor: Descriptor;
  /** The tag it was found by, as a layout would have it; absent where it has none. */
  readonly reference: string | undefined;
  /** Where it came from, when that is a registry: its mirror, and what the reference names. */
  readonly remote?: Places;
}

/** TargetOptions say which variant is meant where a target leaves that open. */
export interface TargetOptions {
  readonly persona?: string | undefined;
  /** In the registry that is named, not at its mirror: for what is written there. */
  readonly direct?: boolean | undefined;
}

/**
 * openTarget finds the artifact that a user names (decision B24): in a registry, a layout, an archive, in this workspace, or that of the
 * project in a directory. A tag is resolved here, once. Throws what the stores throw.
 */
export async function openTarget(text: string, context: Context, options: TargetOptions = {}): Promise<OpenedTarget> {
  const target = parseTarget(text);
  switch (target.kind) {
    case "registry":
      return await openRemote(target.reference, context, options);
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

/** absolute makes a path of the command line absolute: `~` is the home directory, the rest is relative to `--cwd`. */
export function absolute(path: string, { cwd, env }: Pick<Context, "cwd" | "env">): string {
  const home = env.HOME || homedir();
  return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : resolve(cwd, path);
}

async function openRemote(reference: Reference, context: Context, { direct }: TargetOptions): Promise<OpenedTarget> {
  const named = { reference: layoutTagOf(reference) };
  if (direct !== true) {
    const { store, descriptor, places } = await locate(reference, selectorOf(reference), context);
    return { ...named, store, descriptor, remote: places };
  }
  const store = await (await context.registries()).source(reference);
  const descriptor = await store.resolve(selectorOf(reference), { signal: context.signal });
  return { ...named, store, descriptor, remote: [reference] };
}

/** selectorOf is what decides which manifest a reference means: the digest where it has one, else the tag. */
export function selectorOf(reference: Reference): string {
  const selector = reference.digest ?? reference.tag;
  if (selector === undefined) throw new Error("a reference has a tag or a digest");
  return selector;
}

/** `ghcr.io/acme/helper:1.0.0` is `helper:1.0.0` in a layout, as `stax build` tags. */
function layoutTagOf({ repository, tag }: Reference): string | undefined {
  const name = repository.slice(repository.lastIndexOf("/") + 1);
  if (tag === undefined) return undefined;
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name) ? `${name}:${tag}` : tag;
}

async function openLocal(target: LocalTarget, context: Context): Promise<OpenedTarget> {
  const path = absolute(target.path, context);
  const store = target.kind === "layout" ? await LayoutStore.open(path) : await ArchiveStore.open(path);
  const descriptor = await resolveSelection(store, await selectionIn(store, target), { signal: context.signal });
  return { store, descriptor, reference: target.tag ?? (await tagOf(store, descriptor)) };
}

/**
 * `oci:dir:1.0.0` finds `<name>:1.0.0`, the way `stax build` tags, where nothing has the tag itself and one name has it. Without a tag, packages
 * that travelled along are not what is meant.
 */
async function selectionIn(
  store: IndexedStore,
  { tag, digest }: LocalTarget,
): Promise<Pick<LocalTarget, "tag" | "digest">> {
  if (digest !== undefined) return { digest };
  if (tag === undefined) {
    const entries = (await store.list()).filter(({ reference }) => reference !== undefined);
    const meant = new Set(entries.filter((entry) => !travelsAlong(entry)).map(({ descriptor }) => descriptor.digest));
    const [only, ...others] = meant;
    return only !== undefined && others.length === 0 ? { digest: only } : {};
  }
  const tags = await store.tags();
  const longer = tags.filter((known) => known.endsWith(`:${tag}`));
  return { tag: !tags.includes(tag) && longer.length === 1 && longer[0] !== undefined ? longer[0] : tag };
}

// Copied along with an artifact that is made of it, a package has the tag `pkg-<hex>`.
const travelsAlong = ({ reference, descriptor }: StoreEntry): boolean =>
  reference === `pkg-${descriptor.digest.slice(descriptor.digest.indexOf(":") + 1)}`;

async function tagOf(store: IndexedStore, { digest }: Descriptor): Promise<string | undefined> {
  return (await store.list()).find((entry) => entry.descriptor.digest === digest && entry.reference !== undefined)
    ?.reference;
}

/** OpenedStore is a local store that a target names, and what of it the target means. */
export interface OpenedStore {
  readonly store: IndexedStore;
  readonly kind: "workspace" | "layout" | "archive";
  /** The artifact's name, where the target tells it. */
  readonly name: string | undefined;
  readonly tag: string | undefined;
}

/** openStoreOf opens the local store that a target names, without looking an artifact up. Throws what the stores throw. */
export async function openStoreOf(
  target: Exclude<ArtifactTarget, { kind: "registry" }>,
  context: Context,
): Promise<OpenedStore> {
  if (target.kind === "name") {
    const store = await openWorkspace(context.config.workspaceRoot);
    return { store, kind: "workspace", name: target.name, tag: target.tag };
  }
  const path = absolute(target.path, context);
  if (target.kind === "path" && !(await isLayout(path))) {
    const { identifyProject } = await import("./project.ts");
    const { name, tag, directory } = await identifyProject(path, context);
    return { store: await openWorkspace(await findWorkspaceRoot(directory)), kind: "workspace", name, tag };
  }
  const full = target.kind === "path" ? undefined : target.tag;
  const colon = full?.indexOf(":") ?? -1;
  const named = { name: colon < 0 ? undefined : full?.slice(0, colon), tag: colon < 0 ? full : full?.slice(colon + 1) };
  if (target.kind === "archive") return { store: await ArchiveStore.open(path), kind: "archive", ...named };
  return { store: await LayoutStore.open(path), kind: "layout", ...named };
}

/** openWorkspace opens what was built in a workspace. Throws `TARGET_UNFIT` where that is nothing. */
export async function openWorkspace(root: string): Promise<LayoutStore> {
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
