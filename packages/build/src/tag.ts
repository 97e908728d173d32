import { BuildError } from "./error.ts";

/** tagOf is the tag of a build: the version with `+` as `_` (tags have no `+`), and the persona where one was asked for. */
export function tagOf(version: string, persona?: string): string {
  return checkTag(`${version.replaceAll("+", "_")}${persona === undefined ? "" : `-${persona}`}`);
}

/** indexTagOf is the tag of the index over all personas. */
export const indexTagOf = (version: string): string => checkTag(`${version.replaceAll("+", "_")}-personas`);

/** checkTag refuses what no registry accepts as a tag. Throws `BUILD_TAG_INVALID`. */
export function checkTag(tag: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(tag)) return tag;
  const problem =
    tag.length > 128
      ? `has ${tag.length} characters; a tag has at most 128`
      : "is no tag: letters, digits, _ . and -, not starting with . or -";
  throw new BuildError("BUILD_TAG_INVALID", `the tag ${JSON.stringify(tag)} ${problem}`, {
    hint: "choose another with --tag",
  });
}
