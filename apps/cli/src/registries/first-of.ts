import { OciError, type StorageOptions } from "@stax/oci";
import type { ReadableRepository } from "./registries.ts";

/**
 * firstOf reads from the first of several repositories that has what is asked for: a cache may know an artifact by its digest that the mirror
 * never had. One is returned as it is.
 */
export function firstOf<Store extends ReadableRepository>(stores: readonly [Store, ...Store[]]): ReadableRepository {
  const [first, ...others] = stores;
  if (others.length === 0) return first;
  const ask = async <T>(task: (store: Store) => Promise<T>): Promise<T> => {
    let missing: unknown;
    for (const store of stores) {
      try {
        return await task(store);
      } catch (error) {
        if (!isMissing(error)) throw error;
        missing ??= error;
      }
    }
    throw missing;
  };
  return {
    place: first.place,
    exists: async (target, options?: StorageOptions) => {
      for (const store of stores) if (await store.exists(target, options)) return true;
      return false;
    },
    fetch: (target, options) => ask((store) => store.fetch(target, options)),
    resolve: (reference, options) => ask((store) => store.resolve(reference, options)),
    predecessors: (node, options) => ask((store) => store.predecessors(node, options)),
  };
}

/** isMissing tells that a place has not got what it was asked for from one that cannot answer. */
export const isMissing = (error: unknown): error is OciError =>
  error instanceof OciError && /^ERR_STAX_(?:(?:REFERENCE|REPOSITORY|BLOB)_NOT_FOUND|OFFLINE_MISS)$/.test(error.code);
