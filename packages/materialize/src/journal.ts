import * as fs from "node:fs";
import { isStaxError, printable } from "@stax/errors";
import * as z from "zod";
import type { Directory } from "./directory.ts";
import { MaterializeError } from "./error.ts";
import type { Target } from "./outcome.ts";
import { checkPath, parentOf } from "./path.ts";
import { codeOf, digestOfFile, nameOf, type Root } from "./root.ts";

/** Where an apply keeps its journal and the files it replaced, below the root. Its existence is the lock. */
const journalDirectory = ".stax/apply";
const journalFile = "journal.json";

/** Step is one change as the journal knows it. */
export interface Step {
  readonly path: string;
  readonly before: Target["kind"];
  /** Of what is written; absent for a deletion. */
  readonly after?: string | undefined;
}

const journalSchema = z.object({
  pid: z.number().int(),
  /** When the process started, where the system tells: numbers of processes are used again, in containers at every start. */
  started: z.string().optional(),
  token: z.string().regex(/^[a-f0-9]{16}$/),
  steps: z.array(z.object({ path: z.string(), before: z.enum(["absent", "file"]), after: z.string().optional() })),
  directories: z.array(z.string()),
});

type JournalData = z.output<typeof journalSchema>;

/** Journal is an apply in progress. What was there before is kept until it ends, so that a failure, or the next run after a crash, can put it back. */
export class Journal {
  readonly #root: Root;
  readonly #data: JournalData;
  readonly #directory: Directory;

  private constructor(root: Root, data: JournalData, directory: Directory) {
    this.#root = root;
    this.#data = data;
    this.#directory = directory;
  }

  /** begin takes the lock of a root. What a crashed run left half-done is undone first. Throws ERR_STAX_ROOT_BUSY. */
  static begin(root: Root, token: string, steps: readonly Step[], directories: readonly string[]): Journal {
    recover(root);
    const data: JournalData = {
      pid: process.pid,
      started: startOf(process.pid),
      token,
      steps: [...steps],
      directories: [...directories],
    };
    const parent = root.directory(parentOf(journalDirectory), () => undefined);
    if (parent === undefined) throw new Error("a directory that is to be made is not missing");
    try {
      fs.mkdirSync(parent.at(nameOf(journalDirectory)), { mode: 0o700 });
    } catch (cause) {
      if (codeOf(cause) === "EEXIST") throw busy(root, cause);
      throw cause;
    }
    const directory = root.open(journalDirectory);
    if (directory === undefined) throw gone();
    writeJournal(directory, data);
    return new Journal(root, data, directory);
  }

  /** temporaryName is the name of the file that a step writes before it is moved into place. */
  temporaryName(index: number): string {
    return temporaryNameOf(this.#data.token, index);
  }

  /** backup keeps the file at `at` (in an open directory) for undo, and gives where it is kept. */
  backup(index: number, at: string): string {
    const kept = this.#directory.at(String(index));
    try {
      fs.linkSync(at, kept);
    } catch (cause) {
      if (!noLinks.has(codeOf(cause))) throw cause;
      fs.copyFileSync(at, kept, fs.constants.COPYFILE_EXCL);
    }
    return kept;
  }

  /** undo puts everything back as it was before. */
  undo(): void {
    undo(this.#root, this.#directory, this.#data);
    this.#directory.close();
    removeJournal(this.#root);
  }

  /** commit ends the apply; replaced files are let go, or kept in a directory of that name below `.stax`. */
  commit(keep: string | undefined): void {
    fs.rmSync(this.#directory.at(journalFile));
    this.#directory.close();
    const parent = keep === undefined ? undefined : this.#root.directory(parentOf(journalDirectory));
    if (keep === undefined || parent === undefined) removeJournal(this.#root);
    else fs.renameSync(parent.at(nameOf(journalDirectory)), parent.at(keep));
  }
}

const gone = (): MaterializeError =>
  new MaterializeError("ROOT_CHANGED", "the journal of stax was removed while it was at work");

function writeJournal(directory: Directory, data: JournalData): void {
  const temporary = directory.at(`${journalFile}.tmp`);
  const fd = fs.openSync(temporary, "wx", 0o600);
  try {
    fs.writeFileSync(fd, JSON.stringify(data));
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(temporary, directory.at(journalFile));
}

const noLinks = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "ENOSYS", "EXDEV"]);
const temporaryNameOf = (token: string, index: number): string => `.stax-${token}-${index}`;

const busy = (root: Root, cause?: unknown): MaterializeError =>
  new MaterializeError("ROOT_BUSY", `another stax is writing to ${printable(root.path)}`, {
    cause,
    hint: `wait for it to end; if none is running, remove ${journalDirectory} in it`,
  });

/** recover undoes what a crashed apply left half-done under a root. True where there was something. Throws ERR_STAX_ROOT_BUSY where it is still running. */
export function recover(root: Root): boolean {
  const bytes = root.read(`${journalDirectory}/${journalFile}`, 256 * 1024 * 1024);
  if (bytes === undefined) {
    const state = root.state(journalDirectory);
    if (state.kind === "absent") return false;
    // A journal directory without a journal: the run stopped before it changed anything, or is just about to start.
    if (!isOld(root)) throw busy(root);
    removeJournal(root);
    return true;
  }
  const data = parseJournal(bytes);
  if (isAlive(data)) throw busy(root);
  const directory = root.open(journalDirectory);
  if (directory === undefined) throw gone();
  undo(root, directory, data);
  directory.close();
  removeJournal(root);
  return true;
}

function parseJournal(bytes: Uint8Array): JournalData {
  try {
    const data = journalSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    // The journal may have come with a project that somebody else made: it reaches no further than a plan does.
    for (const path of [...data.steps.map((step) => step.path), ...data.directories]) checkPath(path);
    return data;
  } catch (cause) {
    throw new MaterializeError("RECORD_INVALID", `${journalDirectory}/${journalFile} is no journal of stax`, {
      cause,
      hint: `look at what is in ${journalDirectory}, then remove it`,
    });
  }
}

function isOld(root: Root): boolean {
  const directory = root.directory(journalDirectory);
  return directory !== undefined && Date.now() - fs.statSync(directory.at(".")).mtimeMs > 10_000;
}

function isAlive({ pid, started }: Pick<JournalData, "pid" | "started">): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== "EPERM") return false;
  }
  return started === undefined || started === startOf(pid);
}

// Field 22 of /proc/<pid>/stat, counted after the name, which may hold anything but comes in parentheses.
function startOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function undo(root: Root, journal: Directory, { steps, token, directories }: JournalData): void {
  for (const [index, step] of [...steps.entries()].reverse())
    whereContained(() => undoStep(root, journal, step, index, token));
  for (const path of [...directories].reverse()) whereContained(() => removeDirectory(root, path));
}

// A path that somebody made lead elsewhere meanwhile holds nothing of ours; the rest is still put back.
function whereContained(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!isStaxError(error)) throw error;
  }
}

function undoStep(root: Root, journal: Directory, { path, before, after }: Step, index: number, token: string): void {
  const directory = root.directory(parentOf(path), before === "file" ? () => undefined : undefined);
  if (directory === undefined) return;
  const at = directory.at(nameOf(path));
  fs.rmSync(directory.at(temporaryNameOf(token, index)), { force: true });
  const kept = journal.at(String(index));
  if (fs.lstatSync(kept, { throwIfNoEntry: false })?.isFile()) {
    // Renaming onto another name of the same file does nothing at all, so the kept name may remain: it goes with the journal.
    fs.renameSync(kept, at);
    return;
  }
  const stat = fs.lstatSync(at, { throwIfNoEntry: false });
  if (before === "absent" && after !== undefined && stat?.isFile() && digestOfFile(at).digest === after) fs.rmSync(at);
}

/** removeDirectory removes a directory if it is empty. */
export function removeDirectory(root: Root, path: string): void {
  const parent = root.directory(parentOf(path));
  if (parent === undefined) return;
  try {
    fs.rmdirSync(parent.at(nameOf(path)));
  } catch (error) {
    if (!staysCodes.has(codeOf(error))) throw error;
  }
}

const staysCodes = new Set(["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR", "EBUSY"]);

function removeJournal(root: Root): void {
  const parent = root.directory(parentOf(journalDirectory));
  if (parent !== undefined) fs.rmSync(parent.at(nameOf(journalDirectory)), { recursive: true, force: true });
  removeDirectory(root, parentOf(journalDirectory));
}
