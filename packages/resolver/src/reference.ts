import {
  type Digest,
  formatReference,
  formatRepositoryName,
  parseReference,
  parseRepositoryName,
  type RepositoryName,
} from "@stax/oci";
import { packageReferenceForm } from "@stax/schema";
import { ResolveError } from "./error.ts";
import { parseRange, type VersionRange } from "./version-range.ts";

/**
 * PackageReference is a reference of a `packages` list, understood: a path of the workspace, a package by exact tag, by digest (with the
 * tag it was declared with), by a range, or by the `<name>:<version>` under which published documents name a package that was local.
 */
export type PackageReference =
  | { readonly form: "path"; readonly path: string }
  | { readonly form: "tag"; readonly repository: RepositoryName; readonly tag: string }
  | { readonly form: "digest"; readonly repository: RepositoryName; readonly tag?: string; readonly digest: Digest }
  | { readonly form: "range"; readonly repository: RepositoryName; readonly range: VersionRange }
  | { readonly form: "embedded"; readonly name: string; readonly version: string };

const embeddedPattern = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?):([0-9][0-9A-Za-z.+-]*)$/;

/** parsePackageReference understands a reference. Throws `DEPENDENCY_REFERENCE`, `RANGE_INVALID`. */
export function parsePackageReference(text: string): PackageReference {
  const form = packageReferenceForm(text);
  if (form === "path") return { form, path: text };
  if (form === "floating") return floating(text);
  if (form !== undefined) return exact(text);
  const [, name, version] = embeddedPattern.exec(text) ?? [];
  if (name !== undefined && version !== undefined) return { form: "embedded", name, version };
  throw new ResolveError("DEPENDENCY_REFERENCE", `"${text}" is no package reference`, {
    hint: "write ./path, registry/repository:tag or registry/repository@sha256:<64 hex digits>",
  });
}

function exact(text: string): PackageReference {
  const { registry, repository, tag, digest } = parseReference(text);
  const name = { registry, repository };
  if (digest !== undefined) return { form: "digest", repository: name, digest, ...(tag === undefined ? {} : { tag }) };
  if (tag === undefined) throw new Error(`${text} has neither tag nor digest`); // parseReference refuses such a text
  return { form: "tag", repository: name, tag };
}

function floating(text: string): PackageReference {
  const colon = text.indexOf(":", text.lastIndexOf("/"));
  const repository = parseRepositoryName(text.slice(0, colon));
  return { form: "range", repository, range: parseRange(text.slice(colon + 1), text) };
}

/** tagReference is the exact reference of a tag. */
export const tagReference = (repository: RepositoryName, tag: string): string =>
  formatReference({ ...repository, tag });

/** digestReference is the exact reference of a digest, with its tag where it was declared with one. */
export const digestReference = (repository: RepositoryName, digest: Digest, tag?: string): string =>
  formatReference({ ...repository, digest, ...(tag === undefined ? {} : { tag }) });

/** repositoryText is `registry/repository`. */
export const repositoryText = formatRepositoryName;
