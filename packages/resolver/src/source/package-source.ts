import type { Chunks, Descriptor, ReadOnlyStorage, ReferenceResolver, RepositoryName, StorageOptions } from "@stax/oci";

/**
 * PackageSource is a repository that packages come from: any store of `@stax/oci`. What it has beyond reading is used: `tags` for version
 * ranges, `fetchReference` for a manifest by its tag in one request.
 */
export interface PackageSource extends ReadOnlyStorage, ReferenceResolver {
  tags?(options?: StorageOptions): Promise<readonly string[]> | AsyncIterable<string>;
  fetchReference?(reference: string, options?: StorageOptions): Promise<FetchedReference>;
}

/** FetchedReference is what a reference names and its content, which is verified while it is read. */
export interface FetchedReference {
  readonly descriptor: Descriptor;
  readonly content: Chunks;
}

/** OpenRepository gives the source of a repository; called once for each. */
export type OpenRepository = (name: RepositoryName) => PackageSource | Promise<PackageSource>;
