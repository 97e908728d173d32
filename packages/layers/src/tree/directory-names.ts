import { isUtf8 } from "node:buffer";
import { readdirSync } from "node:fs";
import { compareBytes } from "@stax/schema";

/** DirectoryNames is what a directory lists: names, and those that are not UTF-8 with their bytes shown as `\xNN`. */
export interface DirectoryNames {
  readonly names: readonly string[];
  readonly notUtf8: readonly string[];
}

/** namesIn lists a directory, sorted. Throws what the file system throws. */
export function namesIn(directory: string): DirectoryNames {
  const names = readdirSync(directory);
  // Node puts U+FFFD for what it cannot decode; a name may also hold that character itself.
  if (!names.some((name) => name.includes("\ufffd"))) return { names: names.sort(compareBytes), notUtf8: [] };
  const raw = readdirSync(directory, { encoding: "buffer" });
  return {
    names: raw
      .filter((name) => isUtf8(name))
      .map((name) => name.toString("utf8"))
      .sort(compareBytes),
    notUtf8: raw.filter((name) => !isUtf8(name)).map(showBytes),
  };
}

const showBytes = (name: Buffer): string =>
  name.toString("latin1").replace(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
