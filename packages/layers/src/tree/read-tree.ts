import type { Diagnostic } from "@stax/errors";
import { compareBytes, type FileEntry, type FileTree } from "@stax/schema";
import { Findings } from "./findings.ts";
import { type IgnoreRules, readIgnoreRules } from "./ignore-rules.ts";
import { locate } from "./locate.ts";
import { withoutCollisions } from "./name-collisions.ts";
import { sourceEntry } from "./source-entry.ts";
import { type StatKey, statKeyOf } from "./stat-key.ts";
import { type Flattened, type FoundFile, TreeWalk } from "./tree-walk.ts";

/** SymlinkMode: what a symlink in a layer's directory is. `exclude` leaves it out with a warning: for source snapshots (decision A10). */
export type SymlinkMode = "reject" | "flatten" | "exclude";

/** ReadTreeOptions say how a directory is read. All paths are absolute or relative to the working directory. */
export interface ReadTreeOptions {
  /** Nothing outside is read, and diagnostics name files relative to it. The directory itself unless told. */
  readonly projectRoot?: string | undefined;
  /** Lets `root` itself lie outside; symlinks still may not lead out of both. */
  readonly allowOutsideRoot?: boolean | undefined;
  /** From {@link readIgnoreRules}; the directory's own `.staxignore` unless told. */
  readonly ignore?: IgnoreRules | undefined;
  /** Of the diagnostics, and in the hint of a limit. */
  readonly layer?: string | undefined;
  /** `reject` unless told. */
  readonly symlinks?: SymlinkMode | undefined;
  /** Names that differ in case only become errors. */
  readonly portable?: boolean | undefined;
  /** Largest sum of file sizes, bytes. */
  readonly maxSize?: number | undefined;
  /** Above it, a warning, bytes. */
  readonly warnSize?: number | undefined;
  /** Severity of a top-level directory without files: `error` for skills, `warning` unless told. */
  readonly emptyTopLevel?: "warning" | "error" | undefined;
  /** Paths in the directory, in gitignore syntax, that are packed although they look like secrets, state or local overrides. */
  readonly allowSensitive?: readonly string[] | undefined;
  /** The owner's executable bit where the file system has none (Windows). */
  readonly isExecutable?: ((path: string) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** TreeReading is a directory, read: what will be packed, and everything there is to say about it. */
export interface TreeReading {
  /** Only what may be packed; whatever an error speaks of is not in it. */
  readonly tree: FileTree;
  /** Sum of file sizes, bytes. */
  readonly size: number;
  /** Sorted by path. With an error among them the tree must not be packed as if it were whole. */
  readonly diagnostics: readonly Diagnostic[];
  /** Symlinks that were replaced by what they lead to. */
  readonly flattened: readonly Flattened[];
  /** Symlinks and local overrides that were left out, tree paths. Ignored files are not listed. */
  readonly excluded: readonly string[];
  /** The state of the files on disk, for a {@link PackCache}. */
  readonly statKey: StatKey;
}

/**
 * readTree reads a directory into a lazy tree: names, sizes and executable bits now, contents when they are packed. Findings are data.
 * Throws SOURCE_MISSING, SOURCE_OUTSIDE, SOURCE_SYMLINK for the directory itself, SOURCE_UNREADABLE for a `.staxignore`.
 */
export async function readTree(root: string, options: ReadTreeOptions = {}): Promise<TreeReading> {
  const startedAt = Date.now();
  const place = locate(root, options);
  const findings = new Findings(place.shown, options.layer);
  const ignored = (options.ignore ?? readIgnoreRules({ base: place.lexical })).within(place.lexical);
  const walk = new TreeWalk(place, ignored, findings, options);
  const found = await walk.read();
  const files = withoutCollisions(
    found.sort((a, b) => compareBytes(a.path, b.path)),
    findings,
    options.portable,
  );
  const size = files.reduce((sum, { stats }) => sum + Number(stats.size), 0);
  checkSize(size, findings, options);
  return {
    tree: files.map((file) => entryOf(file, options)),
    size,
    diagnostics: findings.sorted(),
    flattened: walk.flattened,
    excluded: walk.excluded,
    statKey: statKeyOf(files, startedAt),
  };
}

function entryOf({ path, file, stats }: FoundFile, { isExecutable }: ReadTreeOptions): FileEntry {
  const entry = sourceEntry(path, file, stats);
  return isExecutable === undefined ? entry : { ...entry, executable: isExecutable(path) };
}

function checkSize(size: number, findings: Findings, { maxSize, warnSize, layer = "layer" }: ReadTreeOptions): void {
  if (maxSize !== undefined && size > maxSize)
    findings.add(
      "layer-too-large",
      "error",
      "",
      `holds ${formatSize(size)}, more than the ${formatSize(maxSize)} a ${layer} layer may hold`,
      {
        hint: `leave files out with .staxignore, or raise the limit: --max-layer-size ${layer}=${Math.ceil(size / mebibyte)}MiB`,
      },
    );
  else if (warnSize !== undefined && size > warnSize)
    findings.add("layer-large", "warning", "", `holds ${formatSize(size)}: everybody who installs it downloads it`);
}

const mebibyte = 1024 * 1024;
const formatSize = (bytes: number): string =>
  bytes < mebibyte ? `${bytes} bytes` : `${(bytes / mebibyte).toFixed(1)} MiB`;
