import { printable } from "@stax/errors";
import { LayersError } from "../error.ts";

/** Longest path that is packed or read, bytes. */
export const maxPathLength = 4096;

/** pathProblem says why a path may not stand in a layer (`/`-separated, relative, no `.` or `..`), or nothing when it may. */
export function pathProblem(path: string): string | undefined {
  if (path === "") return "is empty";
  if (/[\u0000-\u001f\u007f-\u009f]/.test(path)) return "holds a control character";
  if (path.includes("\\")) return "holds a backslash";
  if (/^[A-Za-z]:/.test(path)) return "starts with a drive letter";
  if (path.startsWith("/")) return "is absolute";
  if (Buffer.byteLength(path) > maxPathLength) return `is longer than ${maxPathLength} bytes`;
  for (const segment of path.split("/")) {
    if (segment === "..") return 'has a ".." segment';
    if (segment === ".") return 'has a "." segment';
    if (segment === "") return "has an empty segment";
  }
  return undefined;
}

/** checkPath throws LAYER_ENTRY_PATH for a path that may not stand in a layer. */
export function checkPath(path: string): void {
  const problem = pathProblem(path);
  if (problem === undefined) return;
  throw new LayersError("LAYER_ENTRY_PATH", `the path "${printable(path.slice(0, 300))}" ${problem}`, {
    hint: "layer paths are relative, with / between segments, without . or .. or control characters",
    details: { path },
  });
}

const ascii = /^[\u0000-\u007f]*$/;

/** normalPath is the form in which two spellings of one name are equal (Unicode NFC, decision A11). */
export const normalPath = (path: string): string => (ascii.test(path) ? path : path.normalize("NFC"));

/** PathSet holds the paths of one layer and refuses a second entry for a name: equal bytes, NFC-equal, or file and directory at once. */
export class PathSet {
  readonly #kinds = new Map<string, { readonly path: string; readonly kind: "file" | "directory" }>();
  #parent = "";

  /** addFile takes a file and its directories. Throws LAYER_ENTRY_DUPLICATE. */
  addFile(path: string): void {
    this.#addParents(path);
    this.#addNew(path, "file");
  }

  /** addDirectory takes a directory that an archive names, once. Throws LAYER_ENTRY_DUPLICATE. */
  addDirectory(path: string): void {
    this.#addParents(path);
    this.#addNew(path, "directory");
  }

  #addNew(path: string, kind: "file" | "directory"): void {
    const key = normalPath(path);
    const explicit = this.#kinds.get(key);
    if (explicit !== undefined) throw duplicate(path, kind, explicit);
    const implied = this.#kinds.get(`${key}/`);
    if (implied !== undefined && (kind === "file" || implied.path !== path)) throw duplicate(path, kind, implied);
    this.#kinds.set(key, { path, kind });
  }

  // Implied directories are kept under a key that no path has, so that an archive may still name the directory itself, in any order.
  #addParents(path: string): void {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    if (parent === this.#parent) return;
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
      const directory = path.slice(0, end);
      const key = normalPath(directory);
      const other = this.#kinds.get(key) ?? this.#kinds.get(`${key}/`);
      if (other === undefined) this.#kinds.set(`${key}/`, { path: directory, kind: "directory" });
      else if (other.kind === "file" || other.path !== directory) throw duplicate(directory, "directory", other);
    }
    this.#parent = parent;
  }
}

function duplicate(
  path: string,
  kind: "file" | "directory",
  other: { readonly path: string; readonly kind: "file" | "directory" },
): LayersError {
  const shown = printable(path);
  const problem =
    other.path !== path
      ? `the paths "${printable(other.path)}" and "${shown}" are the same name (Unicode NFC)`
      : other.kind === kind
        ? `the path "${shown}" occurs twice`
        : `the path "${shown}" is a file and a directory at once`;
  return new LayersError("LAYER_ENTRY_DUPLICATE", problem, { hint: "rename one of them", details: { path } });
}
