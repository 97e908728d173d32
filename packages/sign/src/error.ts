import { type ErrorCategory, printable, StaxError, type StaxErrorOptions } from "@stax/errors";

/** errorCodes explains every error of this package. */
export const errorCodes = {
  KEY_INVALID: "The text is no private key in PEM that can be read; the message says what it is instead.",
  KEY_NOT_FOUND: "The file or the environment variable that should hold the key is not there or cannot be read.",
  KEY_PASSWORD: "The key is encrypted and STAX_KEY_PASSWORD does not hold its password.",
  KEY_UNFIT: "The key is of a kind that is not signed with: take EC P-256, Ed25519, or RSA of 2048 bits or more.",
} as const;

/** diagnosticCodes explains the findings of this package. */
export const diagnosticCodes = {
  "key-readable-by-all": "Every user of this machine can read or change the file with the private key; chmod 600 it",
} as const;

/** SignError is the error of reading keys and signing; no message holds anything of a key. */
export class SignError extends StaxError<keyof typeof errorCodes> {
  readonly category: ErrorCategory = "usage";

  constructor(code: keyof typeof errorCodes, message: string, options: StaxErrorOptions = {}) {
    super(code, printable(message), options);
  }
}
