import { Pax } from "tar/pax";
import { LayersError } from "../error.ts";
import { decodePath, headerInvalid } from "./entry-header.ts";

/** Largest extended header (pax records, GNU long name) that is read, bytes. */
export const maxExtendedSize = 64 * 1024;

/** readPax reads pax records strictly: exact lengths, no key twice, `path` and `size` well-formed, nothing that makes a link or sparse file. */
export function readPax(bytes: Buffer): Pax {
  const records = paxRecords(bytes);
  for (const key of records.keys())
    if (key === "linkpath" || key.startsWith("GNU.sparse") || key === "hdrcharset")
      throw headerInvalid(`an extended header has the key "${key}"`);
  const path = records.get("path");
  const size = records.get("size");
  return new Pax({
    ...(path === undefined ? {} : { path: decodePath(path) }),
    ...(size === undefined ? {} : { size: paxSize(size) }),
  });
}

/** readGlobalPax reads a global header, which may comment (git writes the commit there) but not change entries. */
export function readGlobalPax(bytes: Buffer): void {
  for (const key of paxRecords(bytes).keys())
    if (key === "path" || key === "size" || key === "linkpath" || key.startsWith("GNU.sparse"))
      throw headerInvalid(`a global extended header sets "${key}"`);
}

/** readLongName reads a GNU long name: the path and one NUL. */
export function readLongName(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  if (end >= 0 && bytes.subarray(end).some((byte) => byte !== 0)) throw headerInvalid("a long name has a NUL inside");
  return decodePath(end < 0 ? bytes : bytes.subarray(0, end));
}

function paxRecords(bytes: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? "" : bytes.toString("latin1", at, space);
    const end = at + Number(digits);
    if (!/^[1-9]\d{0,8}$/.test(digits) || end > bytes.length || end <= space + 1 || bytes[end - 1] !== 0x0a)
      throw headerInvalid("an extended header has a record of the wrong length");
    const equals = bytes.indexOf(0x3d, space);
    if (equals < 0 || equals >= end) throw headerInvalid("an extended header has a record without a key");
    const key = bytes.toString("utf8", space + 1, equals);
    // Readers disagree whether the first or the last one counts.
    if (records.has(key)) throw headerInvalid(`an extended header has the key "${key}" twice`);
    records.set(key, bytes.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

function paxSize(value: Buffer): number {
  const text = value.toString("latin1");
  const size = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(size))
    throw new LayersError("LAYER_ENTRY_SIZE", "an extended header has a malformed, negative or huge size");
  return size;
}
