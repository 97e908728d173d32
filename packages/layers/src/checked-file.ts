import { createHash, randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeDirectories } from "./make-directories.ts";

/** formatChecked writes JSON behind a line with its sha256, so that a torn or edited file is noticed. */
export function formatChecked(value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  return Buffer.concat([Buffer.from(`${hexDigest(body)}\n`), body]);
}

/** parseChecked reads what {@link formatChecked} wrote. Throws a plain Error for anything else: caches then start over. */
export function parseChecked(bytes: Buffer): unknown {
  const body = bytes.subarray(65);
  if (bytes.toString("latin1", 0, 65) !== `${hexDigest(body)}\n`)
    throw new Error("the file does not match its checksum");
  return JSON.parse(body.toString("utf8"));
}

/** readChecked reads a file of {@link formatChecked}. Throws where it is missing or damaged. */
export const readChecked = async (file: string): Promise<unknown> => parseChecked(await readFile(file));

/** writeAtomically replaces a file as a whole: others see the old content or the new. Makes its directory. */
export async function writeAtomically(file: string, content: string | Uint8Array): Promise<void> {
  const directory = dirname(file);
  await makeDirectories(directory);
  const temporary = temporaryIn(directory);
  try {
    await writeFile(temporary, content, { flag: "wx" });
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** temporaryIn names a file that nobody else writes, beside what it will replace. */
export const temporaryIn = (directory: string): string => join(directory, `.${randomBytes(9).toString("hex")}.tmp`);

const hexDigest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
