/** blockSize is the unit of a tar, in bytes. */
export const blockSize = 512;

/** TarHeader is what we need of a 512-byte header. */
export interface TarHeader {
  readonly name: string;
  /** In bytes; 0 for what cannot have content. */
  readonly size: number;
  /** The type flag; `0` for a regular file however it was written. */
  readonly type: string;
}

/** isZeroBlock tells whether a block is all zero, as the two at the end of an archive are. */
export function isZeroBlock(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

/** parseTarHeader parses a header of POSIX, GNU or old tar. Throws a plain Error whose message says what is wrong. */
export function parseTarHeader(block: Buffer): TarHeader {
  if (octalIn(block, 148, 8) !== checksumOf(block)) throw new Error("a header has a wrong checksum");
  const flag = block.toString("latin1", 156, 157);
  const name = nameIn(block);
  const isFile = flag === "0" || flag === "\0" || flag === "7";
  const type = isFile ? (name.endsWith("/") ? "5" : "0") : flag;
  // As Go and GNU tar do: links, devices and directories have no content, whatever the field says.
  return { name, type, size: /[1-6]/.test(type) ? 0 : numberIn(block, 124, 12) };
}

/** formatTarHeader writes a POSIX header with pinned metadata: owner 0, time 0. A name beyond 100 bytes is cut: it needs a pax header. */
export function formatTarHeader({ name, size, type }: TarHeader): Buffer {
  const block = Buffer.alloc(blockSize);
  block.write(name, 0, 100, "utf8");
  writeOctal(block, type === "5" ? 0o755 : 0o644, 100, 7);
  writeOctal(block, 0, 108, 7);
  writeOctal(block, 0, 116, 7);
  writeOctal(block, size <= maxSize ? size : 0, 124, 11);
  writeOctal(block, 0, 136, 11);
  block.write(type, 156, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  block.write(`${checksumOf(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** needsPax tells whether a plain header cannot say the name or the size. */
export function needsPax({ name, size }: TarHeader): boolean {
  return Buffer.byteLength(name) > 100 || size > maxSize;
}

/** formatPax writes the records of a pax header. */
export function formatPax(records: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(Object.entries(records).map(formatRecord).join(""));
}

/** parsePax parses the records of a pax header. Throws a plain Error when they are malformed. */
export function parsePax(body: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const digits = space < 0 ? "" : body.toString("latin1", at, space);
    const end = at + Number(digits);
    if (!/^[1-9][0-9]{0,9}$/.test(digits) || end > body.length || body[end - 1] !== 0x0a) throw new Error(badPax);
    const record = body.toString("utf8", space + 1, end - 1);
    const equals = record.indexOf("=");
    if (equals < 1) throw new Error(badPax);
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}

const badPax = "a pax header is malformed";

// 11 octal digits
const maxSize = 0o77777777777;

function formatRecord([key, value]: readonly [string, string]): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function checksumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (const [at, byte] of block.entries()) if (at < 148 || at >= 156) sum += byte;
  return sum;
}

function nameIn(block: Buffer): string {
  const name = textIn(block, 0, 100);
  // GNU's own format ("ustar  ") keeps times where POSIX keeps the prefix.
  const prefix = block.toString("latin1", 257, 263) === "ustar\0" ? textIn(block, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function textIn(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? length : end);
}

function numberIn(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0;
  if (first < 0x80) return octalIn(block, start, length);
  // GNU: base 256, the highest bit set; 0xff would start a negative number.
  let value = first & 0x7f;
  for (const byte of block.subarray(start + 1, start + length)) value = value * 256 + byte;
  if (first === 0xff || !Number.isSafeInteger(value)) throw new Error("a header has an impossible size");
  return value;
}

function octalIn(block: Buffer, start: number, length: number): number {
  const digits = block
    .toString("latin1", start, start + length)
    .replace(/^ +/, "")
    .replace(/[ \0].*$/s, "");
  if (!/^[0-7]*$/.test(digits)) throw new Error("a header has a number that is not octal");
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

function writeOctal(block: Buffer, value: number, start: number, digits: number): void {
  block.write(value.toString(8).padStart(digits, "0"), start, "latin1");
}
