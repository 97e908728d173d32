import type { FileHandle } from "node:fs/promises";
import { inStore } from "../file-system.ts";
import type { Chunks } from "../storage.ts";

const bufferSize = 1024 * 1024;

/**
 * writeChunks writes chunks to a file in pieces of a useful size; `take` sees every chunk before it is written. The name is for messages.
 * Only failures of the file become `STORE_IO`: those of the source pass as they are.
 */
export async function writeChunks(
  handle: FileHandle,
  name: string,
  chunks: Chunks,
  take: (chunk: Uint8Array) => void,
  signal?: AbortSignal,
): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(bufferSize);
  let held = 0;
  const flush = async () => {
    await writeFully(handle, name, buffer.subarray(0, held));
    held = 0;
  };
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    take(chunk);
    if (held + chunk.byteLength > bufferSize) await flush();
    if (chunk.byteLength >= bufferSize / 4) {
      if (held > 0) await flush();
      await writeFully(handle, name, chunk);
    } else {
      buffer.set(chunk, held);
      held += chunk.byteLength;
    }
  }
  await flush();
}

async function writeFully(handle: FileHandle, name: string, bytes: Uint8Array): Promise<void> {
  let at = 0;
  while (at < bytes.byteLength) {
    const { bytesWritten } = await inStore(`write ${name}`, () => handle.write(bytes, at));
    at += bytesWritten;
  }
}
