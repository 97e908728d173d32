import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import type { Diagnostic } from "@stax/errors";
import { SignError } from "./error.ts";
import { parseKey, type SigningKey } from "./parse-key.ts";

/** LoadKeyOptions say what a reference to a key is relative to. */
export interface LoadKeyOptions {
  /** Absolute; default: the directory of the process. */
  readonly cwd?: string | undefined;
  /** For `env://` and the password in `STAX_KEY_PASSWORD` (default: that of the process). */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Hears everything secret that is read, so that it can be kept out of logs. */
  readonly onSecret?: ((secret: string) => void) | undefined;
}

/** LoadedKey is a key and what is to be said about where it lies. */
export interface LoadedKey {
  readonly key: SigningKey;
  readonly diagnostics: readonly Diagnostic[];
}

const scheme = "env://";
/** In bytes; the longest keys in PEM have about 13,000. */
const limit = 64 * 1024;

/**
 * loadKey reads a private key from a PEM file, or from the environment variable of `env://NAME`; the password of an encrypted one is in
 * `STAX_KEY_PASSWORD`. Throws `KEY_NOT_FOUND`, `KEY_INVALID`, `KEY_PASSWORD`, `KEY_UNFIT`.
 */
export async function loadKey(reference: string, options: LoadKeyOptions = {}): Promise<LoadedKey> {
  const { env = process.env, onSecret = () => {} } = options;
  const password = env.STAX_KEY_PASSWORD;
  if (password) onSecret(password);
  const { pem, diagnostics } = reference.startsWith(scheme)
    ? fromEnvironment(reference.slice(scheme.length), env)
    : await fromFile(reference, options);
  for (const line of pem.split("\n")) if (line.length > 20 && !line.startsWith("-----")) onSecret(line.trim());
  return { key: parseKey(pem, { password, name: `the key ${reference}` }), diagnostics };
}

interface Found {
  readonly pem: string;
  readonly diagnostics: readonly Diagnostic[];
}

function fromEnvironment(name: string, env: Readonly<Record<string, string | undefined>>): Found {
  // Somebody who pastes the key itself here must not read it again in the message.
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name))
    throw new SignError("KEY_NOT_FOUND", "what follows env:// is no name of an environment variable", {
      hint: "write env://NAME, where the variable NAME holds the key in PEM",
    });
  const value = env[name];
  if (value === undefined || value === "")
    throw new SignError("KEY_NOT_FOUND", `the environment variable ${name} is not set`, {
      hint: "put the private key in PEM into it",
    });
  // Some CI systems keep secrets in one line.
  return { pem: value.includes("\n") ? value : value.replaceAll("\\n", "\n"), diagnostics: [] };
}

async function fromFile(reference: string, { cwd = process.cwd() }: LoadKeyOptions): Promise<Found> {
  if (reference.includes("-----BEGIN") || reference.includes("\0"))
    throw new SignError(
      "KEY_NOT_FOUND",
      "a key is named by its file or by env://NAME, never given on the command line",
      {
        hint: "what was typed is in the history of the shell now: make a new key",
      },
    );
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(reference))
    throw new SignError(
      "KEY_NOT_FOUND",
      `${reference.slice(0, reference.indexOf(":"))}:// is no place that keys are read from`,
      {
        hint: "name a PEM file, or env://NAME",
      },
    );
  const path = resolve(cwd, reference);
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY);
    const stat = await file.stat();
    const pem = await readUpTo(file, reference);
    const isOpen = process.platform !== "win32" && stat.isFile() && (stat.mode & 0o006) !== 0;
    return { pem, diagnostics: isOpen ? [readableByAll(path)] : [] };
  } catch (error) {
    if (error instanceof SignError) throw error;
    throw unreadable(reference, error);
  } finally {
    await file?.close();
  }
}

/** A pipe, as the shell's `<(…)` makes one, has no size. */
async function readUpTo(file: FileHandle, reference: string): Promise<string> {
  const chunks: Buffer[] = [];
  for (let size = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(limit));
    if (bytesRead === 0) return Buffer.concat(chunks).toString("utf8");
    size += bytesRead;
    if (size > limit)
      throw new SignError("KEY_INVALID", `${reference} has more than ${limit} bytes: it is no key`, {
        hint: "name the file that holds the private key in PEM",
      });
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

const readableByAll = (path: string): Diagnostic => ({
  code: "key-readable-by-all",
  severity: "warning",
  message: "every user of this machine can read or change the private key: chmod 600 it",
  path,
});

function unreadable(reference: string, error: unknown): SignError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const flaw =
    code === "ENOENT"
      ? "there is no such file"
      : code === "EISDIR"
        ? "it is a directory"
        : `it cannot be read (${code})`;
  return new SignError("KEY_NOT_FOUND", `the key ${reference}: ${flaw}`, {
    hint: "name a PEM file, or env://NAME for an environment variable that holds the key",
    cause: error,
  });
}
