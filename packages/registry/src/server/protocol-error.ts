import { printable } from "@stax/errors";

/** statuses are the codes of the distribution specification ("Error Codes") with the HTTP status each usually has. */
const statuses = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  TOOMANYREQUESTS: 429,
  UNAUTHORIZED: 401,
  UNKNOWN: 500,
  UNSUPPORTED: 405,
} as const;

/** ProtocolCode is an error code of the distribution specification. */
export type ProtocolCode = keyof typeof statuses;

/** ProtocolErrorOptions say what differs from the usual answer. */
export interface ProtocolErrorOptions {
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** One for each further error of the same code. */
  readonly details?: readonly unknown[] | undefined;
}

/** ProtocolError is an answer that a client gets instead of what it asked for. */
export class ProtocolError extends Error {
  readonly code: ProtocolCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #details: readonly unknown[];

  constructor(code: ProtocolCode, message: string, options: ProtocolErrorOptions = {}) {
    super(printable(message));
    this.code = code;
    this.status = options.status ?? statuses[code];
    this.headers = options.headers ?? {};
    this.#details = options.details ?? [];
  }

  /** The body of the answer. */
  toJson(): string {
    const { code, message } = this;
    const details = this.#details.length === 0 ? [undefined] : this.#details;
    return JSON.stringify({
      errors: details.map((detail) => ({ code, message, ...(detail !== undefined && { detail }) })),
    });
  }
}
