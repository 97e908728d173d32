import { isStaxError } from "@stax/errors";

/** unreadableMessage is the finding about a file that the system does not let us read; `undefined` for every other failure. */
export function unreadableMessage(
  error: unknown,
): { readonly code: "file-unreadable"; readonly message: string; readonly hint: string } | undefined {
  const known = isStaxError(error) ? error.code === "ERR_STAX_SOURCE_UNREADABLE" : isSystemError(error);
  if (!known || !(error instanceof Error)) return undefined;
  const message = isStaxError(error) ? error.message : `cannot be read: ${error.message}`;
  return { code: "file-unreadable", message, hint: "check its permissions" };
}

const isSystemError = (error: unknown): boolean => error instanceof Error && "syscall" in error && "errno" in error;
