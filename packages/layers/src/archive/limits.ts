import { LayersError } from "../error.ts";

/** ReadLimits bound what a layer may unpack to. */
export interface ReadLimits {
  /** Largest sum of file sizes, bytes; 4 GiB unless told. */
  readonly maxSize?: number | undefined;
  /** Up to here any compression ratio is accepted, bytes; 256 MiB unless told. */
  readonly freeSize?: number | undefined;
  /** Above `freeSize`: largest ratio of unpacked to packed bytes; 100 unless told. Documents compress 3 to 10 times, bombs 1,000 times. */
  readonly maxRatio?: number | undefined;
  /** Most entries; 500,000 unless told. */
  readonly maxEntries?: number | undefined;
}

const mebibyte = 1024 * 1024;

/** Budget counts what comes out of a layer and throws LAYER_TOO_LARGE as soon as it is too much. */
export class Budget {
  readonly #limits: Required<{ [Key in keyof ReadLimits]: number }>;
  #packed = 0;
  #plain = 0;
  #content = 0;
  #entries = 0;

  constructor(limits: ReadLimits = {}) {
    this.#limits = {
      maxSize: limits.maxSize ?? 4096 * mebibyte,
      freeSize: limits.freeSize ?? 256 * mebibyte,
      maxRatio: limits.maxRatio ?? 100,
      maxEntries: limits.maxEntries ?? 500_000,
    };
  }

  /** takePacked counts compressed bytes that went in. */
  takePacked(bytes: number): void {
    this.#packed += bytes;
  }

  /** takePlain counts archive bytes that came out. */
  takePlain(bytes: number): void {
    this.#plain += bytes;
    const { maxSize, freeSize, maxRatio } = this.#limits;
    // Headers, long names and padding beside the content.
    if (this.#plain > maxSize + mebibyte + this.#entries * 4096) throw tooLarge(`more than ${maxSize} bytes`);
    if (this.#plain > freeSize && this.#packed > 0 && this.#plain > this.#packed * maxRatio)
      throw tooLarge(`${this.#plain} bytes from ${this.#packed}, more than ${maxRatio} times as many`);
  }

  /** takeEntry counts an entry before its content is read, so that a size lie costs nothing. */
  takeEntry(size: number): void {
    const { maxSize, maxEntries } = this.#limits;
    this.#content += size;
    if (this.#content > maxSize)
      throw tooLarge(`files of ${this.#content} bytes or more, over the limit of ${maxSize}`);
    if (++this.#entries > maxEntries) throw tooLarge(`more than ${maxEntries} entries`);
  }
}

const tooLarge = (what: string): LayersError =>
  new LayersError("LAYER_TOO_LARGE", `the layer unpacks to ${what}`, {
    hint: "raise the limit only if you trust its author",
  });
