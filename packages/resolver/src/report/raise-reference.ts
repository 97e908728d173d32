import { parsePackageReference, repositoryText } from "../reference.ts";
import { versionOf } from "../version-range.ts";

/** Raise says how far an update may go beyond what is declared. */
export type Raise = "patch" | "minor" | "latest";

/**
 * raiseReference is the range of newer versions than a locked one, for `update --to`; `undefined` for what has no version. Resolve it with
 * `update` naming the package, or the lock keeps what it has.
 */
export function raiseReference(key: string, to: Raise): string | undefined {
  const reference = parsePackageReference(key);
  if (reference.form !== "tag") return undefined;
  const version = versionOf(reference.tag)?.version;
  const operator = { patch: "~", minor: "^", latest: ">=" }[to];
  return version === undefined ? undefined : `${repositoryText(reference.repository)}:${operator}${version}`;
}
