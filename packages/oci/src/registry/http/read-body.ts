import type { Readable } from "node:stream";
import { IdleTimer } from "./idle-timer.ts";

/** readBody reads a small body into memory; undefined, and the rest is not read, when it has more than `limit` bytes. */
export async function readBody(body: Readable, limit: number, idle: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = new IdleTimer(idle, (error) => body.destroy(error));
  try {
    timer.start();
    for await (const chunk of body) {
      timer.start();
      size += chunk.byteLength;
      if (size > limit) return undefined;
      chunks.push(chunk);
    }
  } finally {
    timer.stop();
  }
  return Buffer.concat(chunks);
}

/** readExcerpt reads the beginning of a body that is only shown; a failure on the way is no matter. */
export async function readExcerpt(body: Readable, limit: number, idle: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = new IdleTimer(idle, (error) => body.destroy(error));
  try {
    timer.start();
    for await (const chunk of body) {
      timer.start();
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size >= limit) break;
    }
  } catch {
    // What came is shown.
  } finally {
    timer.stop();
  }
  return Buffer.concat(chunks).subarray(0, limit);
}
