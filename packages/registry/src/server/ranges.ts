import type { ByteRange } from "../storage.ts";
import { ProtocolError } from "./protocol-error.ts";

/** parseRange reads a Range header (RFC 9110, 14.2). Undefined means the whole: several ranges or another unit. Throws 416. */
export function parseRange(header: string, size: number): ByteRange | undefined {
  const match = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header);
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (start <= end && (first !== "" || Number(last) > 0)) return { start, end };
  throw new ProtocolError("SIZE_INVALID", `the blob has ${size} bytes`, {
    status: 416,
    headers: { "Content-Range": `bytes */${size}` },
  });
}

/** parseChunkRange reads the Content-Range of an upload, `<first>-<last>`, both inclusive. Throws `BLOB_UPLOAD_INVALID`. */
export function parseChunkRange(header: string): ByteRange {
  const match = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header.trim());
  const start = Number(match?.[1] ?? Number.NaN);
  const end = Number(match?.[2] ?? Number.NaN);
  if (end >= start) return { start, end };
  throw new ProtocolError("BLOB_UPLOAD_INVALID", "Content-Range is not <first byte>-<last byte>");
}
