import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";

/** formatTree writes the files below a directory as one text for a golden file: sorted, each under its path and mode, what a diff would hide escaped. */
export function formatTree(root: string, leaveOut: (path: string) => boolean = () => false): string {
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => statSync(join(root, path)).isFile() && !leaveOut(path))
    .sort();
  return paths.map((path) => formatFile(root, path)).join("");
}

function formatFile(root: string, path: string): string {
  const bytes = readFileSync(join(root, path));
  const executable = (statSync(join(root, path)).mode & 0o100) !== 0;
  const text = bytes.toString("utf8");
  const shown = Buffer.from(text).equals(bytes)
    ? text.replace(/[\r\u0000-\u0008\u007f\ufeff]/g, (char) => `<${(char.codePointAt(0) ?? 0).toString(16)}>`)
    : `<${bytes.toString("base64")}>`;
  return `=== ${path}${executable ? " (executable)" : ""}\n${shown}${shown.endsWith("\n") || shown === "" ? "" : "<no line break>\n"}`;
}

/** expectGolden compares a text with a golden file. `STAX_UPDATE_GOLDEN=1` writes the file instead; look at the diff before you commit it. */
export function expectGolden(path: string, text: string): void {
  if (process.env.STAX_UPDATE_GOLDEN === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(existsSync(path), `${path} is missing; STAX_UPDATE_GOLDEN=1 writes it`).toBe(true);
  expect(text).toBe(readFileSync(path, "utf8"));
}
