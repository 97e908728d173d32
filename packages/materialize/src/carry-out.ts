import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { printable } from "@stax/errors";
import type { FileEntry } from "@stax/schema";
import type { Directory } from "./directory.ts";
import { MaterializeError } from "./error.ts";
import type { Journal } from "./journal.ts";
import type { Change, Target } from "./outcome.ts";
import { parentOf } from "./path.ts";
import { codeOf, digestOfFile, nameOf, type Root } from "./root.ts";

/** carryOut makes one change: the new content is written beside the file and moved into place; what was there is kept in the journal. */
export async function carryOut(
  change: Change,
  content: FileEntry | undefined,
  root: Root,
  journal: Journal,
  index: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { path, before, after } = change;
  const parent = parentOf(path);
  const name = nameOf(path);
  if (after.kind === "absent") {
    const directory = root.directory(parent);
    if (directory === undefined) throw changed(path, "disappeared");
    backUp(directory, name, before, journal, index, path);
    fs.unlinkSync(directory.at(name));
    return;
  }
  if (content === undefined) throw new Error(`the plan has no content for ${path}`);
  const temporary = journal.temporaryName(index);
  const directory = openDirectory(root, parent);
  try {
    await writeTemporary(directory.at(temporary), content, after, modeOf(directory.at(name), after), signal);
    // Content may come from anywhere and take its time: the path must still lead to the directory that was written to.
    directory.verify();
    if (before.kind === "absent") place(directory, name, temporary, path);
    else {
      backUp(directory, name, before, journal, index, path);
      fs.renameSync(directory.at(temporary), directory.at(name));
    }
    directory.verify();
  } catch (error) {
    fs.rmSync(directory.at(temporary), { force: true });
    throw error;
  }
}

// The directory of the last file stays open; it is verified each time it is asked for.
/** openDirectory opens a directory of the root, and makes it if it is missing. */
export function openDirectory(root: Root, path: string): Directory {
  const directory = root.directory(path, () => undefined);
  if (directory === undefined) throw new Error("a directory that is to be made is not missing");
  return directory;
}

function modeOf(at: string, after: Extract<Target, { kind: "file" }>): number | undefined {
  const stat = fs.lstatSync(at, { throwIfNoEntry: false });
  if (!stat?.isFile()) return undefined;
  const mode = stat.mode & 0o777;
  // Whoever may read may execute; a file that is no longer executable is so for nobody.
  return after.executable ? mode | ((mode & 0o444) >> 2) : mode & 0o666;
}

async function writeTemporary(
  at: string,
  content: FileEntry,
  after: Extract<Target, { kind: "file" }>,
  mode: number | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const flags = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | (fs.constants.O_NOFOLLOW ?? 0);
  const fd = fs.openSync(at, flags, after.executable ? 0o755 : 0o644);
  try {
    const hash = createHash("sha256");
    const take = (piece: Uint8Array) => {
      hash.update(piece);
      for (let written = 0; written < piece.byteLength; ) written += fs.writeSync(fd, piece, written);
    };
    const pieces = content.open();
    if (Symbol.iterator in pieces) for (const piece of pieces) take(piece);
    else
      for await (const piece of pieces) {
        signal?.throwIfAborted();
        take(piece);
      }
    if (`sha256:${hash.digest("hex")}` !== after.digest)
      throw new MaterializeError(
        "CONTENT_CHANGED",
        `the content for ${printable(content.path)} is not what its digest says`,
      );
    if (mode !== undefined) fs.fchmodSync(fd, mode);
  } finally {
    fs.closeSync(fd);
  }
}

// A new file is linked into place, which fails where something appeared meanwhile; a rename would overwrite it.
function place(directory: Directory, name: string, temporary: string, path: string): void {
  try {
    fs.linkSync(directory.at(temporary), directory.at(name));
    fs.unlinkSync(directory.at(temporary));
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") throw changed(path, "appeared", cause);
    if (fs.lstatSync(directory.at(name), { throwIfNoEntry: false }) !== undefined)
      throw changed(path, "appeared", cause);
    fs.renameSync(directory.at(temporary), directory.at(name));
  }
}

function backUp(
  directory: Directory,
  name: string,
  before: Target,
  journal: Journal,
  index: number,
  path: string,
): void {
  const at = directory.at(name);
  const stat = fs.lstatSync(at, { throwIfNoEntry: false });
  const digest = stat?.isFile() ? digestOfFile(at).digest : undefined;
  if (before.kind !== "file" || digest !== before.digest) throw changed(path, "changed");
  journal.backup(index, at);
}

const changed = (path: string, what: string, cause?: unknown): MaterializeError =>
  new MaterializeError("ROOT_CHANGED", `${printable(path)} ${what} while stax was at work; everything was put back`, {
    cause,
    hint: "run again",
  });
