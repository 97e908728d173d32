import * as z from "zod";

// The grammar of the distribution specification; `@stax/oci` has the full parser, this is what a definition may hold.
const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const host =
  "(?:localhost|[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)+|\\[[0-9a-fA-F:]+\\]|[a-zA-Z0-9-]+(?=:[0-9]+/))(?::[0-9]+)?";
const repository = `${host}/${component}(?:/${component})*`;
const tag = "[A-Za-z0-9_][A-Za-z0-9._-]{0,127}";
const digest = "sha256:[a-f0-9]{64}";
const exactPattern = new RegExp(`^${repository}(?::(${tag})|@(${digest})|:(${tag})@(${digest}))$`);
const floatingPattern = new RegExp(`^${repository}:([\\^~<>=*xX0-9][^@]*)$`);

/** PackageReferenceForm tells how a package is named: a path in the workspace, an exact tag, a digest, or a selector that floats. */
export type PackageReferenceForm = "path" | "tag" | "digest" | "floating";

/** packageReferenceForm classifies a package reference; `undefined` for one that is none. */
export function packageReferenceForm(reference: string): PackageReferenceForm | undefined {
  if (/^\.\.?\//.test(reference)) return reference.includes("\0") ? undefined : "path";
  const exact = exactPattern.exec(reference);
  if (exact !== null) {
    if (exact[2] !== undefined || exact[4] !== undefined) return "digest";
    return exact[1] === "latest" || isWildcard(exact[1] ?? "") ? "floating" : "tag";
  }
  return floatingPattern.test(reference) ? "floating" : undefined;
}

const isWildcard = (tag: string): boolean => /^(?:\d+\.)*[xX]$/.test(tag);

/** packageReferenceSchema is an entry of `packages`. */
export const packageReferenceSchema = z.string().superRefine((reference, context) => {
  if (packageReferenceForm(reference) !== undefined) return;
  context.addIssue({
    code: "custom",
    message: `${JSON.stringify(reference)} is no package reference: write ./path, registry/repository:tag or registry/repository@sha256:<64 hex digits>`,
  });
});

/** sourceReferenceSchema is a workspace source: an OCI reference by exact tag or digest. */
export const sourceReferenceSchema = z.string().superRefine((reference, context) => {
  const form = packageReferenceForm(reference);
  if (form === "tag" || form === "digest") return;
  context.addIssue({
    code: "custom",
    message: `${JSON.stringify(reference)} must be registry/repository:tag or registry/repository@sha256:<64 hex digits>, with an exact tag`,
  });
});
