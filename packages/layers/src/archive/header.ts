/** Bytes of a tar block. */
export const blockSize = 512;

/** Largest size that fits in a ustar header, bytes; larger files need a pax record. */
export const maxUstarSize = 0o77777777777;

/** HeaderFields is what our writer puts into a header; all else is fixed (decision A4). */
export interface HeaderFields {
  /** `0` file, `5` directory, `x` pax. */
  readonly type: "0" | "5" | "x";
  /** UTF-8; a directory's ends in "/". */
  readonly path: Uint8Array;
  readonly mode: number;
  readonly size: number;
}

/**
 * writeHeader fills a block with a ustar header of decision A4. It tells whether the fields hold everything; when not, a pax header must
 * come before, and the name field holds the first 100 bytes of the path.
 */
export function writeHeader(block: Buffer, { type, path, mode, size }: HeaderFields): boolean {
  block.set(zeros);
  const split = splitPath(path);
  block.set(split === undefined ? path.subarray(0, 100) : path.subarray(split === 0 ? 0 : split + 1), 0);
  if (split !== undefined && split > 0) block.set(path.subarray(0, split), 345);
  writeOctal(block, 100, 7, mode);
  writeOctal(block, 108, 7, 0);
  writeOctal(block, 116, 7, 0);
  writeOctal(block, 124, 11, size > maxUstarSize ? 0 : size);
  writeOctal(block, 136, 11, 0);
  block.write("        ", 148, "latin1");
  block.write(type, 156, "latin1");
  block.write("ustar\u000000", 257, "latin1");
  writeOctal(block, 148, 6, checksumOf(block));
  return split !== undefined && size <= maxUstarSize;
}

const slash = 0x2f;
const zeros = new Uint8Array(blockSize);

/** splitPath is the offset of the "/" between prefix and name (0: no prefix), `undefined` where the path does not fit ustar. */
export function splitPath(path: Uint8Array): number | undefined {
  if (path.length <= 100) return 0;
  for (let at = Math.max(1, path.length - 101); at <= 155 && at < path.length - 1; at++)
    if (path[at] === slash) return at;
  return undefined;
}

// Followed by NUL, which is there already; after the checksum comes NUL and the space that is there already.
function writeOctal(block: Buffer, at: number, digits: number, value: number): void {
  block.write(value.toString(8).padStart(digits, "0"), at, "latin1");
  block[at + digits] = 0;
}

function checksumOf(block: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < blockSize; i++) sum += block[i] ?? 0;
  return sum;
}

/** paxHeader is the blocks that carry what does not fit a ustar header: `path`, and `size` where given. */
export function paxHeader(path: Uint8Array, size: number | undefined): Buffer {
  const records = Buffer.concat([
    paxRecord("path", path),
    ...(size === undefined ? [] : [paxRecord("size", Buffer.from(String(size)))]),
  ]);
  const blocks = Buffer.alloc(blockSize + roundUp(records.length));
  const name = Buffer.concat([Buffer.from("PaxHeader/"), baseName(path).subarray(0, 80)]);
  writeHeader(blocks, { type: "x", path: name, mode: 0o644, size: records.length });
  records.copy(blocks, blockSize);
  return blocks;
}

function baseName(path: Uint8Array): Uint8Array {
  const end = path.at(-1) === slash ? path.length - 1 : path.length;
  return path.subarray(path.subarray(0, end).lastIndexOf(slash) + 1, end);
}

// `<length> <key>=<value>\n`, where length counts its own digits.
function paxRecord(key: string, value: Uint8Array): Buffer {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from("\n")]);
}

/** roundUp gives the space that content takes in an archive: whole blocks. */
export const roundUp = (size: number): number => Math.ceil(size / blockSize) * blockSize;
