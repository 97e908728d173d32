import { Buffer } from "node:buffer";
import fs from "node:fs";

// Captured before a definition runs, which could replace them.
const { readSync, writeSync } = fs;
const { parse, stringify } = JSON;
const { alloc, concat, from } = Buffer;
const descriptor = 3;

/**
 * Channel is the child's end of the pipe to the command: one JSON document per line, read and written synchronously, because a module
 * hook must have its answer before it returns. While it waits, nothing that a definition left behind runs.
 */
export class Channel {
  #rest: Buffer = alloc(0);

  /** read waits for the next line; `undefined` when the command is gone. */
  read<T>(): T | undefined {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end >= 0) {
        const line = this.#rest.toString("utf8", 0, end);
        this.#rest = this.#rest.subarray(end + 1);
        return parse(line) as T; // the command writes what the protocol says
      }
      const chunk = readChunk();
      if (chunk === undefined) return undefined;
      this.#rest = concat([this.#rest, chunk]);
    }
  }

  write(message: unknown): void {
    const bytes = from(`${stringify(message)}\n`, "utf8");
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
  }
}

function readChunk(): Buffer | undefined {
  const chunk = alloc(65_536);
  const length = readSync(descriptor, chunk);
  return length === 0 ? undefined : chunk.subarray(0, length);
}
