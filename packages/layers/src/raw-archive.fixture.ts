import { crc32, deflateRawSync } from "node:zlib";
import type { FileTree } from "@stax/schema";
import { type PackedLayer, type PackOptions, packTree } from "./archive/pack-tree.ts";

/** RawEntry is a header with any field wrong that a test wants wrong. */
export interface RawEntry {
  readonly path?: string | Buffer;
  readonly prefix?: string;
  readonly type?: string;
  readonly link?: string;
  readonly content?: string | Buffer;
  /** Of the header, where it is not that of the content. A string is written as it is. */
  readonly size?: number | string | Buffer;
  readonly mode?: string;
  readonly checksum?: string;
  readonly magic?: string;
  /** Leaves out the content and its padding. */
  readonly bare?: boolean;
}

/** rawEntry builds the blocks of one entry, by hand, apart from the writer under test. */
export function rawEntry(entry: RawEntry): Buffer {
  const content = Buffer.from(entry.content ?? "");
  const block = Buffer.alloc(512);
  block.write(entry.mode ?? "0000644\0", 100, "latin1");
  block.write("0000000\x000000000\0", 108, "latin1");
  const size = entry.size ?? content.length;
  if (Buffer.isBuffer(size)) size.copy(block, 124);
  else block.write(typeof size === "string" ? size : `${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  block.write("00000000000\0", 136, "latin1");
  block.write(entry.type ?? "0", 156, "latin1");
  block.write(entry.link ?? "", 157);
  block.write(entry.magic ?? "ustar\x0000", 257, "latin1");
  block.write(entry.prefix ?? "", 345);
  Buffer.from(entry.path ?? "file").copy(block, 0, 0, 100);
  block.write("        ", 148, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(entry.checksum ?? `${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  if (entry.bare === true) return block;
  return Buffer.concat([block, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** paxRecords builds the content of a pax header. */
export function paxRecords(records: Readonly<Record<string, string>>): string {
  return Object.entries(records)
    .map(([key, value]) => {
      const rest = Buffer.byteLength(` ${key}=${value}\n`);
      let length = rest + 1;
      while (String(length).length + rest !== length) length = String(length).length + rest;
      return `${length} ${key}=${value}\n`;
    })
    .join("");
}

export const endOfArchive = Buffer.alloc(1024);

/** rawArchive puts entries and the end of the archive together. */
export const rawArchive = (...entries: readonly RawEntry[]): Buffer =>
  Buffer.concat([...entries.map(rawEntry), endOfArchive]);

/** rawGzip wraps bytes in a gzip member; the trailer can lie. */
export function rawGzip(
  bytes: Buffer,
  lies: { readonly crc?: number; readonly size?: number; readonly flags?: number } = {},
): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(lies.crc ?? crc32(bytes), 0);
  trailer.writeUInt32LE(lies.size ?? bytes.length >>> 0, 4);
  const header = Buffer.from([0x1f, 0x8b, 8, lies.flags ?? 0, 0, 0, 0, 0, 0, 255]);
  return Buffer.concat([header, deflateRawSync(bytes), trailer]);
}

/** layerOf is a layer of raw entries. */
export const layerOf = (...entries: readonly RawEntry[]): Buffer => rawGzip(rawArchive(...entries));

/** packed packs a tree into memory. */
export async function packed(tree: FileTree, options?: PackOptions): Promise<PackedLayer & { readonly bytes: Buffer }> {
  const chunks: Buffer[] = [];
  const layer = await packTree(tree, (chunk) => void chunks.push(Buffer.from(chunk)), options);
  return { ...layer, bytes: Buffer.concat(chunks) };
}
