import {
  fetchManifest,
  formatReference,
  type IndexedStore,
  parseTarget,
  type Reference,
  type StoreEntry,
} from "@stax/oci";
import { annotations } from "@stax/schema";
import { openVariant } from "./choose-variant.ts";
import type { Context } from "./context.ts";
import { CliError } from "./error.ts";
import { type ArtifactStore, type OpenedTarget, openStoreOf, openWorkspace } from "./target.ts";

/** PushSource is what a push uploads: artifacts of one store, each with the tag that it gets. */
export interface PushSource {
  readonly store: ArtifactStore;
  readonly artifacts: readonly (Pick<OpenedTarget, "descriptor"> & { readonly tag: string })[];
}

/** PushWishes are the flags of a push that decide what it uploads. */
export interface PushWishes {
  readonly from: string | undefined;
  readonly persona: string | undefined;
  readonly allPersonas: boolean;
  readonly index: boolean;
}

/**
 * findPushSource finds what a push to a reference means (decision A29): the artifact that `--from` names; else, in this workspace, the one
 * whose name is the last part of the repository and whose tag is the reference's; else the only one. Throws `TARGET_UNFIT` with the list.
 */
export async function findPushSource(reference: Reference, wishes: PushWishes, context: Context): Promise<PushSource> {
  if (wishes.allPersonas) return await everyPersona(reference, wishes, context);
  const found = await oneArtifact(reference, wishes, context);
  const { digest, tag } = reference;
  if (digest !== undefined && digest !== found.descriptor.digest)
    throw new CliError("TARGET_UNFIT", `${found.descriptor.digest} cannot be pushed as ${formatReference(reference)}`, {
      hint: "name a tag, or the digest that was built",
    });
  return { store: found.store, artifacts: [{ descriptor: found.descriptor, tag: tag ?? found.descriptor.digest }] };
}

async function oneArtifact(
  reference: Reference,
  { from, persona }: PushWishes,
  context: Context,
): Promise<Pick<OpenedTarget, "store" | "descriptor">> {
  if (from !== undefined) return await openVariant(from, context, persona);
  const store = await openWorkspace(context.config.workspaceRoot);
  const entries = (await store.list()).filter(({ reference: name }) => name !== undefined);
  const name = nameIn(reference);
  const wanted =
    reference.tag === undefined
      ? entries.filter(({ descriptor }) => descriptor.digest === reference.digest)
      : entries.filter((entry) => entry.reference === `${name}:${reference.tag}`);
  const digests = new Set(entries.map(({ descriptor }) => descriptor.digest));
  const chosen = wanted[0] ?? (digests.size === 1 ? entries[0] : undefined);
  if (chosen !== undefined) return { store, descriptor: chosen.descriptor };
  const wish = reference.tag === undefined ? reference.digest : `${name}:${reference.tag}`;
  throw new CliError("TARGET_UNFIT", `${wish} is not built in this workspace`, {
    hint: `name one with --from: ${listOf(entries)}`,
  });
}

/** Every `<name>:<version>-<persona>`, and with --index `<name>:<version>-personas`, each under its own tag. */
async function everyPersona(reference: Reference, wishes: PushWishes, context: Context): Promise<PushSource> {
  const { tag } = reference;
  if (tag === undefined || reference.digest !== undefined)
    throw new CliError("FLAG_VALUE", "--all-personas needs a reference with the version as its tag, and no digest", {
      hint: "e.g. stax push ghcr.io/acme/agent:1.0.0 --all-personas",
    });
  if (wishes.persona !== undefined) throw new CliError("FLAG_VALUE", "--all-personas and --persona exclude each other");
  const { store, name, version } = await namedIn(reference, tag, wishes.from, context);
  const entries = await store.list();
  const variants = await personasIn(store, entries, `${name}:${version}`, context);
  const index = entries.find((entry) => entry.reference === `${name}:${version}-personas`);
  if (variants.length === 0 || (wishes.index && index === undefined))
    throw new CliError(
      "TARGET_UNFIT",
      `${store.place} has ${variants.length === 0 ? "no persona" : "no index of the personas"} of ${name}:${version}`,
      {
        hint: `run stax build --all-personas${wishes.index ? " --index" : ""} first; there are ${listOf(entries)}`,
      },
    );
  const artifacts = variants.map(({ persona, descriptor }) => ({ descriptor, tag: `${tag}-${persona}` }));
  if (wishes.index && index !== undefined) artifacts.push({ descriptor: index.descriptor, tag: `${tag}-personas` });
  return { store, artifacts };
}

interface Named {
  readonly store: IndexedStore;
  readonly name: string;
  readonly version: string;
}

async function namedIn(reference: Reference, tag: string, from: string | undefined, context: Context): Promise<Named> {
  const name = nameIn(reference);
  if (from === undefined) return { store: await openWorkspace(context.config.workspaceRoot), name, version: tag };
  const target = parseTarget(from);
  if (target.kind === "registry")
    throw new CliError("TARGET_UNFIT", `--all-personas reads a workspace, a layout or an archive, not ${from}`, {
      hint: "stax copy brings an index of personas from one registry to another",
    });
  const opened = await openStoreOf(target, context);
  return { store: opened.store, name: opened.name ?? name, version: opened.tag ?? tag };
}

interface PersonaEntry extends Pick<StoreEntry, "descriptor"> {
  readonly persona: string;
}

/** What continues a version may be a persona or a pre-release: the manifest knows. */
async function personasIn(
  store: IndexedStore,
  entries: readonly StoreEntry[],
  base: string,
  { signal }: Context,
): Promise<readonly PersonaEntry[]> {
  const found = await Promise.all(
    entries.map(async ({ reference = "", descriptor }): Promise<readonly PersonaEntry[]> => {
      if (!reference.startsWith(`${base}-`)) return [];
      const persona = reference.slice(base.length + 1);
      const parsed = await fetchManifest(store, descriptor, { signal });
      const own = parsed.kind === "manifest" ? parsed.manifest.annotations?.[annotations.persona] : undefined;
      return own === persona ? [{ persona, descriptor }] : [];
    }),
  );
  return found.flat();
}

const nameIn = ({ repository }: Reference): string => repository.slice(repository.lastIndexOf("/") + 1);

const listOf = (entries: readonly StoreEntry[]): string =>
  entries
    .flatMap(({ reference }) => reference ?? [])
    .slice(0, 20)
    .join(", ") || "none";
