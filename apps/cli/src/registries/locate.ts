import { isStaxError } from "@stax/errors";
import { type Descriptor, formatRepositoryName, OciError, type Repository, type RepositoryName } from "@stax/oci";
import type { Context } from "../context.ts";
import { firstOf, isMissing } from "./first-of.ts";
import type { ReadableRepository } from "./registries.ts";

/** Places are repositories that may hold an artifact, at least one; the first is where it was found. */
export type Places = readonly [RepositoryName, ...RepositoryName[]];

/** Located is an artifact of a registry, and the repositories that may have it: the mirror of the one that was named, and that itself. */
export interface Located {
  readonly places: Places;
  readonly store: ReadableRepository;
  readonly descriptor: Descriptor;
}

/** placesOf are the repositories that one is looked for in, by the mirror map of the settings. Throws `MIRROR_INVALID`. */
export async function placesOf(
  { registry, repository }: RepositoryName,
  { config }: Pick<Context, "config">,
): Promise<readonly RepositoryName[]> {
  const { mirrors } = config.settings;
  const name = { registry, repository };
  if (mirrors === undefined || Object.keys(mirrors).length === 0) return [name];
  const resolver = await import("@stax/resolver");
  return resolver.placesOf(name, resolver.createMirrors(mirrors));
}

/**
 * locate finds what a tag or digest means: at the mirror, and where that has not got it, in the repository itself. Credentials are those of
 * the host that is asked. Throws what resolving throws; a mirror that fails is no mirror that has nothing.
 */
export async function locate(name: RepositoryName, selector: string, context: Context): Promise<Located> {
  const registries = await context.registries();
  const places = await placesOf(name, context);
  const text = formatRepositoryName(name);
  let missing: unknown;
  for (const [index, place] of places.entries()) {
    const store = await registries.source(place);
    try {
      const descriptor = await store.resolve(selector, { signal: context.signal });
      if (store.place !== text) context.progress({ message: `${text} is read from its mirror ${store.place}` });
      const others = places.slice(index + 1);
      const stores = await Promise.all(others.map((other) => registries.source(other)));
      return { places: [place, ...others], store: firstOf([store, ...stores]), descriptor };
    } catch (error) {
      if (!isMissing(error)) throw await told(error, name, place, context);
      missing = missing === undefined ? error : alsoMissing(error, missing);
    }
  }
  throw missing;
}

async function told(
  error: unknown,
  name: RepositoryName,
  place: RepositoryName,
  { config }: Context,
): Promise<unknown> {
  const { mirrors } = config.settings;
  if (mirrors === undefined) return error;
  const resolver = await import("@stax/resolver");
  return resolver.placeFailure(error, name, place, resolver.createMirrors(mirrors));
}

/** holding is the first of these repositories that has an artifact itself, not the cache before it. Throws what resolving throws. */
export async function holding(places: Places, digest: string, context: Context): Promise<Repository> {
  const registries = await context.registries();
  const [last, ...before] = [...places].reverse();
  for (const place of before.reverse()) {
    const repository = registries.repository(place);
    try {
      await repository.resolve(digest, { signal: context.signal });
      return repository;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return registries.repository(last ?? places[0]);
}

function alsoMissing(error: OciError, earlier: unknown): OciError {
  const { category, details, hint } = error;
  const first = isStaxError(earlier) ? earlier.message : String(earlier);
  return new OciError(codeOf(error), `${error.message}; nor at its mirror: ${first}`, { category, details, hint });
}

const codeOf = (error: OciError) => error.code.slice("ERR_STAX_".length) as ConstructorParameters<typeof OciError>[0]; // an OciError has one of them
