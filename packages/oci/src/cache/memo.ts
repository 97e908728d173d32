import { createHash, randomUUID } from "node:crypto";
import { readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeDirectories } from "../file-system.ts";

/** Memo remembers small JSON values by name, one file each; what cannot be read is not remembered. */
export class Memo {
  readonly path: string;
  readonly #temp: string;

  constructor(path: string, temp: string) {
    this.path = path;
    this.#temp = temp;
  }

  /** get is the value of a name; undefined when it is not known. */
  async get(name: string): Promise<unknown> {
    const path = this.#fileOf(name);
    try {
      const { name: written, value }: { name?: unknown; value?: unknown } = JSON.parse(await readFile(path, "utf8"));
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined);
      return written === name ? value : undefined;
    } catch {
      return undefined;
    }
  }

  /** set remembers a value; failing is no harm. */
  async set(name: string, value: unknown): Promise<void> {
    const temp = join(this.#temp, randomUUID());
    try {
      await makeDirectories(this.path);
      await writeFile(temp, JSON.stringify({ name, value }), { flag: "wx" });
      await rename(temp, this.#fileOf(name));
    } catch {
      await rm(temp, { force: true });
    }
  }

  #fileOf(name: string): string {
    return join(this.path, createHash("sha256").update(name).digest("hex"));
  }
}
