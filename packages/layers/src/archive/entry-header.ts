import { isUtf8 } from "node:buffer";
import { printable } from "@stax/errors";
import { Header } from "tar/header";
import { LayersError } from "../error.ts";
import { blockSize } from "./header.ts";

/** RawHeader is one header block, read strictly. Path and size are the header's own, before extended headers apply. */
export interface RawHeader {
  readonly type: string;
  readonly path: () => string;
  readonly size: number;
  readonly executable: boolean;
}

/** readHeader reads a header block. Throws LAYER_HEADER_INVALID for a wrong checksum or malformed numbers. */
export function readHeader(block: Buffer): RawHeader {
  // Before `Header` sees it, which throws plain errors for numbers that are out of range.
  const size = numberOf(block, 124, 12, "size");
  if (!isChecksumValid(block)) throw headerInvalid("a header has a wrong checksum");
  const magic = block.toString("latin1", 257, 265);
  if (!magic.startsWith("ustar")) throw headerInvalid("a header is no ustar header");
  return {
    type: block.toString("latin1", 156, 157),
    path: () => pathOf(block, magic),
    size,
    executable: (numberOf(block, 100, 8, "mode") & 0o100) !== 0,
  };
}

function isChecksumValid(block: Buffer): boolean {
  try {
    return new Header(block).cksumValid;
  } catch {
    return false;
  }
}

// The prefix belongs to POSIX headers; GNU's ("ustar  ") keep times there.
function pathOf(block: Buffer, magic: string): string {
  const name = textOf(block, 0, 100);
  const prefix = magic === "ustar\u000000" ? textOf(block, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function textOf(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  const text = end < 0 ? field : field.subarray(0, end);
  return decodePath(text);
}

/** decodePath reads the bytes of a path. Throws LAYER_ENTRY_PATH where they are no UTF-8. */
export function decodePath(bytes: Uint8Array): string {
  if (!isUtf8(bytes))
    throw new LayersError(
      "LAYER_ENTRY_PATH",
      `the path "${printable(Buffer.from(bytes).toString("latin1").slice(0, 300))}" is not UTF-8`,
      { hint: "the archive must name its files in UTF-8" },
    );
  return Buffer.from(bytes).toString("utf8");
}

function numberOf(block: Buffer, at: number, length: number, field: string): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) return binaryOf(block, at, length, field);
  const digits = /^[ ]*([0-7]*)[ \u0000]*$/.exec(block.toString("latin1", at, at + length))?.[1];
  if (digits === undefined) throw headerInvalid(`a header has a malformed ${field}`);
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

// GNU's base-256 form: the first bit set, then a big-endian two's complement number.
function binaryOf(block: Buffer, at: number, length: number, field: string): number {
  if (block[at] !== 0x80) throw new LayersError("LAYER_ENTRY_SIZE", `a header has a negative or huge ${field}`);
  let value = 0;
  for (let i = at + 1; i < at + length; i++) value = value * 256 + (block[i] ?? 0);
  if (!Number.isSafeInteger(value))
    throw new LayersError("LAYER_ENTRY_SIZE", `a header has a negative or huge ${field}`);
  return value;
}

/** isZeroBlock tells whether a block is all zeros: two of them end an archive. */
export const isZeroBlock = (block: Buffer): boolean => block.equals(zeros.subarray(0, block.length));
const zeros = Buffer.alloc(blockSize);

/** headerInvalid is the error of a malformed header. */
export const headerInvalid = (what: string): LayersError =>
  new LayersError("LAYER_HEADER_INVALID", `the layer's archive is malformed: ${what}`, {
    hint: "do not trust it; ask its author to rebuild it",
  });
