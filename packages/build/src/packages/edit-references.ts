import { randomBytes } from "node:crypto";
import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";

/** ReferenceEdit is the text of a definition with other package references in it. */
export interface ReferenceEdit {
  /** Absolute. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** References that do not stand in the file as they are declared: it computes or imports them. */
  readonly missing: readonly string[];
}

/** editReferences replaces package references in the text of a definition, wherever they stand as a value; nothing else changes. */
export function editReferences(definition: string, replacements: ReadonlyMap<string, string>): ReferenceEdit {
  const path = realpathSync(definition); // a link stays one
  const before = readFileSync(path, "utf8");
  const missing: string[] = [];
  let after = before;
  for (const [declared, replacement] of replacements) {
    const pattern = /\.ya?ml$/.test(path) ? inYaml(declared) : inCode(declared);
    const found = after.replace(pattern, (match: string) => match.replace(declared, () => replacement));
    if (found === after) missing.push(declared);
    after = found;
  }
  return { path, before, after, missing };
}

/** applyEdits writes definitions, each whole or not at all, and returns how to take all of it back. */
export function applyEdits(edits: readonly ReferenceEdit[]): () => void {
  const written: ReferenceEdit[] = [];
  const restore = () => {
    for (const { path, before } of written) replaceFile(path, before);
  };
  try {
    for (const edit of edits) {
      if (edit.after === edit.before) continue;
      replaceFile(edit.path, edit.after);
      written.push(edit);
    }
  } catch (error) {
    restore();
    throw error;
  }
  return restore;
}

// As a key it is somebody's pin of that very reference: a value only.
const inCode = (text: string): RegExp => new RegExp(`(["'\`])${escaped(text)}\\1(?!\\s*:)`, "g");
const inYaml = (text: string): RegExp =>
  new RegExp(
    `(?<=(?:^|\\n)[ \\t]*-[ \\t]+|[[,][ \\t]*|\\n[ \\t]+)(["']?)${escaped(text)}\\1(?=[ \\t]*(?:[\\],#\\r\\n]|$))`,
    "g",
  );
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(temporary, text, { mode: statSync(path).mode });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
