import { isUtf8 } from "node:buffer";

const textName = /\.(?:md|mdc|markdown|ya?ml)$/i;

/** TextCheck tells whether content that comes in pieces is valid UTF-8. */
export class TextCheck {
  /** Only where a piece is not valid by itself, because a character may be cut in two. */
  #decoder: InstanceType<typeof TextDecoder> | undefined;
  #valid = true;

  /** for makes a check for files that people write as text (Markdown, YAML), none for others. */
  static for(path: string): TextCheck | undefined {
    return textName.test(path) ? new TextCheck() : undefined;
  }

  push(piece: Uint8Array): void {
    if (this.#decoder === undefined && isUtf8(piece)) return;
    this.#decoder ??= new TextDecoder("utf-8", { fatal: true });
    this.#decode(piece, true);
  }

  /** end tells the verdict. */
  end(): boolean {
    if (this.#decoder !== undefined) this.#decode(new Uint8Array(0), false);
    return this.#valid;
  }

  #decode(piece: Uint8Array, stream: boolean): void {
    if (!this.#valid) return;
    try {
      this.#decoder?.decode(piece, { stream });
    } catch {
      this.#valid = false;
    }
  }
}
