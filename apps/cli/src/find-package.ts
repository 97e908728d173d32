import { type Descriptor, OciError, parseReference, type ReadOnlyStorage, type ReferenceResolver } from "@stax/oci";
import type { ResolvedPackage } from "@stax/schema";
import type { Context } from "./context.ts";

/** FoundPackage is a package and where it is. */
export interface FoundPackage {
  readonly source: ReadOnlyStorage & ReferenceResolver;
  readonly descriptor: Descriptor;
}

/**
 * findPackage looks for a package by its digest: where the artifact came from, then in the registry that its reference names (decision
 * A27). Throws the error of the first place where it is in neither.
 */
export async function findPackage(
  { ref, digest }: ResolvedPackage,
  source: ReadOnlyStorage & ReferenceResolver,
  context: Pick<Context, "registries" | "signal">,
): Promise<FoundPackage> {
  const { signal } = context;
  try {
    return { source, descriptor: await source.resolve(digest, { signal }) };
  } catch (error) {
    const origin = isAbsence(error) ? repositoryIn(ref) : undefined;
    if (origin === undefined) throw error;
    const elsewhere = await (await context.registries()).source(origin);
    try {
      return { source: elsewhere, descriptor: await elsewhere.resolve(digest, { signal }) };
    } catch (other) {
      throw isAbsence(other) ? error : other;
    }
  }
}

const absences: ReadonlySet<string> = new Set([
  "ERR_STAX_REFERENCE_NOT_FOUND",
  "ERR_STAX_REPOSITORY_NOT_FOUND",
  "ERR_STAX_OFFLINE_MISS",
]);

/** isAbsence tells whether an error says that something is not there, as opposed to nobody knowing. */
export const isAbsence = (error: unknown): error is OciError => error instanceof OciError && absences.has(error.code);

function repositoryIn(ref: string): ReturnType<typeof parseReference> | undefined {
  try {
    return parseReference(ref);
  } catch {
    return undefined; // a local package: <name>:<version>
  }
}
