import {
  ArchiveStore,
  type Descriptor,
  formatRepositoryName,
  LayoutStore,
  type LocalTarget,
  OciError,
  parseTarget,
  type Reference,
  type ReferenceResolver,
  type TaggedDestination,
} from "@stax/oci";
import type { Context } from "./context.ts";
import { CliError } from "./error.ts";
import { absolute } from "./target.ts";

/** Destination is where artifacts are copied to. Dispose of it whatever happens. */
export interface Destination extends AsyncDisposable {
  readonly kind: "layout" | "archive" | "registry";
  readonly store: TaggedDestination & ReferenceResolver;
  /** How results call it: a path, or `registry/repository`. */
  readonly place: string;
  /** The tag that the user wants; absent where nothing was said. */
  readonly tag: string | undefined;
  /** The digest that the user expects. */
  readonly digest: string | undefined;
  /** save makes what was copied visible, where it is not yet. */
  save(): Promise<void>;
}

/** openDestination opens the place that a user names to copy to: a layout, an archive or a registry. Throws `TARGET_UNFIT` and what the stores throw. */
export async function openDestination(text: string, context: Context): Promise<Destination> {
  const target = parseTarget(text);
  if (target.kind === "registry") return await openRepository(target.reference, context);
  if (target.kind === "path") return await openLocal({ kind: "layout", path: target.path }, context);
  if (target.kind !== "name") return await openLocal(target, context);
  throw new CliError("TARGET_UNFIT", `${text} names an artifact of this workspace, not a place to copy to`, {
    hint: "write <registry>/<repository>:<tag>, oci:<dir>[:<tag>], oci-archive:<file.tar>[:<tag>] or ./<dir>",
  });
}

/** openRepository is a repository of a registry as a destination. Throws `OFFLINE_MISS`. */
export async function openRepository(reference: Reference, context: Context): Promise<Destination> {
  const store = (await context.registries()).repository(reference);
  return {
    kind: "registry",
    store,
    place: formatRepositoryName(reference),
    tag: reference.tag,
    digest: reference.digest,
    save: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

async function openLocal({ kind, tag, digest, ...target }: LocalTarget, context: Context): Promise<Destination> {
  const path = absolute(target.path, context);
  const named = { place: path, tag, digest };
  if (kind === "layout") {
    const store = await LayoutStore.open(path, { create: true });
    return { ...named, kind, store, save: async () => {}, [Symbol.asyncDispose]: async () => {} };
  }
  const store = await ArchiveStore.open(path, { create: true });
  return {
    ...named,
    kind,
    store,
    save: () => store.save({ signal: context.signal }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** currentOf is what a tag means at a destination; undefined where it means nothing yet. */
export async function currentOf(
  { store }: Destination,
  tag: string,
  { signal }: Context,
): Promise<Descriptor | undefined> {
  try {
    return await store.resolve(tag, { signal });
  } catch (error) {
    if (error instanceof OciError && error.code === "ERR_STAX_REFERENCE_NOT_FOUND") return undefined;
    // A registry may not know a repository before something is in it.
    if (error instanceof OciError && error.code === "ERR_STAX_REPOSITORY_NOT_FOUND") return undefined;
    throw error;
  }
}

/** assertMovable throws `TAG_TAKEN` where a tag means another artifact: it is somebody's, and moves only when that is asked for (S05-36). */
export function assertMovable(
  { kind, place }: Destination,
  tag: string,
  current: Descriptor | undefined,
  wanted: Descriptor,
): void {
  if (current === undefined || current.digest === wanted.digest) return;
  throw new CliError("TAG_TAKEN", `${place} has another artifact tagged ${tag}: ${current.digest}`, {
    hint: "choose another tag, or take this one with --force",
    category: kind === "registry" ? "registry" : "usage",
    details: { tag, current: current.digest, wanted: wanted.digest },
  });
}
