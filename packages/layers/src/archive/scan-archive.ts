import { printable } from "@stax/errors";
import type { Pax } from "tar/pax";
import { LayersError } from "../error.ts";
import { headerInvalid, isZeroBlock, type RawHeader, readHeader } from "./entry-header.ts";
import { checkPath, PathSet } from "./entry-path.ts";
import { maxExtendedSize, readGlobalPax, readLongName, readPax } from "./extended-header.ts";
import { truncated } from "./gunzip.ts";
import { blockSize, maxUstarSize, roundUp } from "./header.ts";
import type { Budget } from "./limits.ts";

/** ScannedFile is one file of an archive and where its content lies in it. */
export interface ScannedFile {
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
  /** Of the content, in the uncompressed archive. */
  readonly offset: number;
}

/** ScanVisitor is told of each file, then of its content in pieces (lent), then of its end. */
export interface ScanVisitor {
  file(file: ScannedFile): void;
  data(piece: Uint8Array): void;
  end(): void;
}

type State = "header" | "content" | "skip" | "extended" | "zero" | "ended";

/**
 * ArchiveScanner reads a tar block by block as it comes in. It writes nothing, and refuses what a layer may not hold before the visitor
 * hears of it: links, devices, unsafe or duplicate paths, lies about size, anything after the end.
 */
export class ArchiveScanner {
  readonly #visitor: ScanVisitor;
  readonly #budget: Budget;
  readonly #mayStartHere: boolean;
  readonly #paths = new PathSet();
  /** A header or an extended header that is not complete yet. */
  #partial = Buffer.alloc(0);
  #state: State = "header";
  /** Of the current content, and of the padding after it. */
  #left = 0;
  #padding = 0;
  /** In the archive: of the bytes being taken, and of what follows the block being read. */
  #offset = 0;
  #next = 0;
  #extendedType = "";
  #pax: Pax | undefined;
  #longName: string | undefined;

  /** `mayStartHere`: paths that start at `./`, as in archives that others make, are taken without it. */
  constructor(visitor: ScanVisitor, budget: Budget, mayStartHere = false) {
    this.#visitor = visitor;
    this.#budget = budget;
    this.#mayStartHere = mayStartHere;
  }

  /** push takes the next bytes of the archive. */
  push(bytes: Uint8Array): void {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < piece.length; ) {
      const used = this.#step(piece.subarray(at));
      at += used;
      this.#offset += used;
    }
  }

  /** finish must be called when no bytes are left. Throws LAYER_TRUNCATED. */
  finish(): void {
    if (this.#state !== "ended") throw truncated();
  }

  #step(bytes: Buffer): number {
    switch (this.#state) {
      case "content":
        return this.#content(bytes);
      case "skip":
        return this.#skip(bytes);
      case "extended":
        return this.#gather(bytes, this.#left + this.#padding, (block) =>
          this.#extended(block.subarray(0, this.#left)),
        );
      case "ended":
        if (bytes.some((byte) => byte !== 0))
          throw new LayersError("LAYER_TRAILING_DATA", "the layer has data after the end of its archive");
        return bytes.length;
      default:
        return this.#gather(bytes, blockSize, (block) => this.#block(block));
    }
  }

  #content(bytes: Buffer): number {
    const piece = bytes.subarray(0, this.#left);
    this.#visitor.data(piece);
    this.#left -= piece.length;
    if (this.#left === 0) this.#endOfContent();
    return piece.length;
  }

  #endOfContent(): void {
    this.#visitor.end();
    this.#state = this.#padding > 0 ? "skip" : "header";
  }

  #skip(bytes: Buffer): number {
    const used = Math.min(bytes.length, this.#padding);
    this.#padding -= used;
    if (this.#padding === 0) this.#state = "header";
    return used;
  }

  #gather(bytes: Buffer, length: number, take: (block: Buffer) => void): number {
    const missing = length - this.#partial.length;
    if (bytes.length < missing) {
      this.#partial = Buffer.concat([this.#partial, bytes]);
      return bytes.length;
    }
    const whole =
      this.#partial.length === 0
        ? bytes.subarray(0, length)
        : Buffer.concat([this.#partial, bytes.subarray(0, missing)]);
    this.#partial = Buffer.alloc(0);
    this.#next = this.#offset + missing;
    take(whole);
    return missing;
  }

  #block(block: Buffer): void {
    if (isZeroBlock(block)) {
      this.#pendingMustBeUsed();
      this.#state = this.#state === "zero" ? "ended" : "zero";
      return;
    }
    if (this.#state === "zero") throw headerInvalid("a block of zeros stands between entries");
    const header = readHeader(block);
    if ("xgLK".includes(header.type)) this.#startExtended(header);
    else this.#startEntry(header);
  }

  // An extended header describes the next entry only: its size must not be applied to extended headers between (CVE-2026-53655).
  #startExtended({ type, size }: RawHeader): void {
    if (type === "K") throw entryType("a link with a long target");
    if (size > maxExtendedSize) throw headerInvalid(`an extended header of ${size} bytes`);
    // Readers disagree which one counts, and how far: one at a time is all that any writer needs.
    if (type !== "g" && (this.#pax !== undefined || this.#longName !== undefined))
      throw headerInvalid("two extended headers stand before one entry");
    this.#budget.takeEntry(size);
    this.#extendedType = type;
    this.#left = size;
    this.#padding = roundUp(size) - size;
    this.#state = "extended";
    if (size === 0) this.#extended(Buffer.alloc(0));
  }

  #extended(content: Buffer): void {
    if (this.#extendedType === "x") this.#pax = readPax(content);
    else if (this.#extendedType === "g") readGlobalPax(content);
    else this.#longName = readLongName(content);
    this.#state = "header";
  }

  #startEntry(header: RawHeader): void {
    const given = this.#pax?.path ?? this.#longName ?? header.path();
    const path = this.#mayStartHere ? given.replace(/^(?:\.\/)+/, "") : given;
    const kind = kindOf(header.type, path);
    const size = sizeOf(header.size, this.#pax?.size, path);
    this.#pax = undefined;
    this.#longName = undefined;
    if (kind === "directory") this.#startDirectory(path, size);
    else this.#startFile(path, size, header.executable);
  }

  #startFile(path: string, size: number, executable: boolean): void {
    checkPath(path);
    this.#paths.addFile(path);
    this.#budget.takeEntry(size);
    this.#left = size;
    this.#padding = roundUp(size) - size;
    this.#visitor.file({ path, size, executable, offset: this.#next });
    this.#state = "content";
    if (size === 0) this.#endOfContent();
  }

  #startDirectory(path: string, size: number): void {
    if (size !== 0)
      throw new LayersError("LAYER_ENTRY_SIZE", `the directory "${printable(path)}" claims ${size} bytes`);
    const name = path.endsWith("/") ? path.slice(0, -1) : path;
    const isHere = this.#mayStartHere && name === "";
    if (!isHere) {
      checkPath(name);
      this.#paths.addDirectory(name);
    }
    this.#budget.takeEntry(0);
    this.#state = "header";
  }

  #pendingMustBeUsed(): void {
    if (this.#pax !== undefined || this.#longName !== undefined)
      throw headerInvalid("an extended header stands before no entry");
  }
}

function kindOf(type: string, path: string): "file" | "directory" {
  if (type === "0" || type === "\u0000") return "file";
  if (type === "5") return "directory";
  throw entryType(`${specialTypes[type] ?? `an entry of type "${type}"`}, "${path.slice(0, 300)}"`);
}

// A pax size is for what does not fit the header. Where it contradicts the header, readers without pax see other files than we do.
function sizeOf(inHeader: number, inPax: number | undefined, path: string): number {
  if (inPax === undefined || inPax === inHeader) return inHeader;
  if (inPax > maxUstarSize) return inPax;
  throw new LayersError("LAYER_ENTRY_SIZE", `"${printable(path)}" has two sizes, ${inHeader} and ${inPax}`);
}

const specialTypes: Readonly<Record<string, string>> = {
  "1": "a hard link",
  "2": "a symlink",
  "3": "a character device",
  "4": "a block device",
  "6": "a FIFO",
  "7": "a contiguous file",
  S: "a sparse file",
  M: "a continuation of another volume",
  V: "a volume label",
};

const entryType = (what: string): LayersError =>
  new LayersError("LAYER_ENTRY_TYPE", `the layer's archive holds ${printable(what)}`, {
    hint: "layers hold files and directories only; rebuild it from real files",
  });
