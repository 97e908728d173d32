import Range from "semver/classes/range.js";
import SemVer from "semver/classes/semver.js";
import { ResolveError } from "./error.ts";

/** VersionRange is a selector that floats: a range of npm's, or `latest`. */
export interface VersionRange {
  /** As written, without the repository. */
  readonly text: string;
  readonly matches: (version: SemVer) => boolean;
}

/** TaggedVersion is a tag that is a version: `_` stands for the `+` that tags cannot have. */
export interface TaggedVersion {
  readonly tag: string;
  readonly version: SemVer;
}

/** parseRange understands npm's ranges and `latest`: the highest version that is no prerelease. Throws `RANGE_INVALID`. */
export function parseRange(text: string, reference: string): VersionRange {
  try {
    const range = new Range(text === "latest" ? "*" : text.replaceAll("_", "+"));
    return { text, matches: (version) => range.test(version) };
  } catch (cause) {
    throw new ResolveError("RANGE_INVALID", `"${text}" in "${reference}" is neither a tag nor a version range`, {
      cause,
      hint: "write an exact tag (:2.0.0), or a range as npm knows them (:^2.0.0, :~2.1, :2.x)",
    });
  }
}

/** versionOf is the version that a tag stands for; `undefined` for tags that are none (`stable`, `sha256-…`). */
export function versionOf(tag: string): SemVer | undefined {
  if (!/^v?\d/.test(tag)) return undefined;
  try {
    return new SemVer(tag.replace("_", "+"));
  } catch {
    return undefined;
  }
}

/** versionsOf lists the versions among tags, newest first. Where two tags are one version, that without `v` stands. */
export function versionsOf(tags: readonly string[]): readonly TaggedVersion[] {
  const found = tags.flatMap((tag) => {
    const version = versionOf(tag);
    return version === undefined ? [] : [{ tag, version }];
  });
  return sortVersions(found);
}

/** sortVersions puts the newest first, by npm's rules and then by build metadata. */
export const sortVersions = (versions: readonly TaggedVersion[]): readonly TaggedVersion[] =>
  [...versions].sort(
    (a, b) =>
      b.version.compare(a.version) || b.version.compareBuild(a.version) || (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0),
  );

/** newestOf names the newest versions of a list that is sorted: a few, those that are no prereleases first. */
export function newestOf(versions: readonly TaggedVersion[]): NewestVersions {
  const newest = (list: readonly TaggedVersion[]) => list.slice(0, 5).map(({ tag }) => tag);
  return {
    stable: newest(versions.filter(({ version }) => version.prerelease.length === 0)),
    prereleases: newest(versions.filter(({ version }) => version.prerelease.length > 0)),
  };
}

/** NewestVersions are tags, newest first. */
export interface NewestVersions {
  readonly stable: readonly string[];
  readonly prereleases: readonly string[];
}

/** highest is the newest version that a range takes, by npm's rules: a prerelease only where the range names one of that version. */
export const highest = (range: VersionRange, versions: readonly TaggedVersion[]): TaggedVersion | undefined =>
  versions.find(({ version }) => range.matches(version));
