import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** temporaryDirectory makes a directory that is gone when the test ends. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "stax-layers-")));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** directoryOf writes files (path to content) into a new directory. A path that ends in "/" is an empty directory. */
export function directoryOf(files: Readonly<Record<string, string | Uint8Array>>, root = temporaryDirectory()): string {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(path.endsWith("/") ? file : dirname(file), { recursive: true });
    if (path.endsWith("/")) continue;
    writeFileSync(file, content);
    chmodSync(file, 0o644);
  }
  return root;
}
