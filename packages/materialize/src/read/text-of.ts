import { type FileEntry, readEntry } from "@stax/schema";
import type { Found, ReadContext } from "../contract.ts";

/** The largest file that is read whole, bytes. */
export const readLimit = 16 * 1024 * 1024;

/** textOf reads a found file as text, its byte order mark kept; what is no UTF-8 is reported. Throws a RangeError above 16 MiB. */
export async function textOf({ path, out }: Found<FileEntry>, context: ReadContext): Promise<string> {
  const bytes = await readEntry(out, readLimit);
  try {
    return strict.decode(bytes);
  } catch {
    context.changed(path, undefined, "is no valid UTF-8; what cannot be read is \ufffd now", "save the file as UTF-8");
    return lossy.decode(bytes);
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });

/** Why a file above the limit is left. */
export const tooLarge = `holds more than ${readLimit} bytes, and is not read`;

/** isTooLarge tells whether a file is above the limit. */
export const isTooLarge = ({ size }: FileEntry): boolean => size > readLimit;
