import type { ConfigFormat, Json, JsonObject } from "./contract.ts";
import { newJsonFile, openJsonFile } from "./edit-json.ts";
import { newTomlFile, openTomlFile } from "./edit-toml.ts";
import type { Key } from "./keys.ts";

/** ConfigFile is a person's configuration file, parsed for edits that leave the rest of it byte for byte. */
export interface ConfigFile {
  readonly text: string;
  /** Nothing that a person could have written is in it. */
  readonly isEmpty: boolean;
  /** valueAt is the value at a place; `undefined` where there is none. */
  valueAt(at: readonly string[]): Json | undefined;
  /** set gives the text with a key set, or a member added to a list; `undefined` where that cannot be done without touching the rest. */
  set(key: Key): string | undefined;
  /** remove gives the text without a key or member, and without what became empty around it and was made with it. */
  remove(key: Key, keepEmpty: (at: readonly string[]) => boolean): string;
}

interface Editor {
  readonly open: (bytes: Uint8Array) => ConfigFile | string;
  readonly create: (value: JsonObject) => string;
}

const editors: Readonly<Record<ConfigFormat, Editor>> = {
  json: { open: openJsonFile, create: newJsonFile },
  toml: { open: openTomlFile, create: newTomlFile },
};

/** openConfigFile reads a file that keys are to be merged into. The result is a reason where it cannot be edited safely. */
export const openConfigFile = (format: ConfigFormat, bytes: Uint8Array): ConfigFile | string =>
  editors[format].open(bytes);

/** newConfigFile is the text of a file that holds nothing but our keys. */
export const newConfigFile = (format: ConfigFormat, value: JsonObject): string => editors[format].create(value);
