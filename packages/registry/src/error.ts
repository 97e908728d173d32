import { type ErrorCategory, printable, StaxError, type StaxErrorOptions } from "@stax/errors";

/** errorCodes lists every code of {@link RegistryError} with its meaning and what to do. What a client gets over HTTP is in the specification's own table. */
export const errorCodes = {
  HTPASSWD_INVALID: "The htpasswd file has a line that is no <user>:<bcrypt hash>; write it with `htpasswd -B`.",
  LISTEN_FAILED: "The server cannot listen on this address; choose another port or host, or stop who has it.",
  STORAGE_CHANGED: "A repository's directory was replaced by something else while the server ran; look what did it.",
  STORAGE_INVALID: "The directory cannot hold a registry: it is a file, a link, or holds something else.",
} as const;

/** RegistryErrorCode is a code without its `ERR_STAX_` prefix. */
export type RegistryErrorCode = keyof typeof errorCodes;

/** RegistryError is what a person who starts a registry can meet. */
export class RegistryError extends StaxError<RegistryErrorCode> {
  readonly category: ErrorCategory;

  constructor(code: RegistryErrorCode, message: string, options: StaxErrorOptions = {}) {
    super(code, printable(message), options);
    this.category = code === "LISTEN_FAILED" || code === "HTPASSWD_INVALID" ? "usage" : "build";
  }
}
