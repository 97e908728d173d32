import { printable } from "@stax/errors";
import { fileEntry } from "@stax/schema";
import type { ComposedKeys } from "./compose.ts";
import { type ConfigFile, newConfigFile, openConfigFile } from "./config-file.ts";
import type { ConfigFormat, Json } from "./contract.ts";
import { digestOfJson, formatPointer, type Key, parsePointer } from "./keys.ts";
import { type Conflict, digestOfBytes, type Outcome, type PlanOptions, type Target } from "./outcome.ts";
import type { Claim, Owned } from "./owned.ts";
import type { Disk } from "./root.ts";

type KeysClaim = Extract<Claim, { kind: "keys" }>;

/** Largest configuration file that keys are merged into, bytes. */
export const configLimit = 64 * 1024 * 1024;

/** planKeys plans the merge of our keys into a configuration file. Keys that a person set otherwise are conflicts; the rest of the file stays byte for byte. */
export function planKeys(
  wanted: ComposedKeys,
  owned: Owned | undefined,
  before: Target,
  disk: Disk,
  options: PlanOptions,
): Outcome {
  const { path, format } = wanted;
  const claim = owned?.claim.kind === "keys" ? owned.claim : undefined;
  if (before.kind === "absent") {
    const entry = fileEntry(path, newConfigFile(format, wanted.value));
    const keys = Object.fromEntries(
      wanted.keys.map((key) => [formatPointer(key), digestOfJson(key.value, key.ordered)]),
    );
    return {
      change: {
        before,
        after: { kind: "file", ...digestOfBytes(entry), executable: false },
        why: owned === undefined ? "new" : "restored",
      },
      content: entry,
      claim: {
        kind: "keys",
        format,
        keys,
        made: [...new Set(wanted.keys.flatMap(containersOf))].sort(),
        created: true,
      },
    };
  }
  const file = readConfig(path, format, disk);
  if (typeof file === "string")
    return {
      conflicts: [{ path, reason: "invalid", message: `cannot be merged into: it ${file}`, forceable: false }],
      ...(claim && { claim }),
    };
  const edits = new KeyEdits(file, format, claim);
  const conflicts = wanted.keys
    .flatMap((key) => edits.want(key, options.force ?? false) ?? [])
    .map((conflict) => ({ ...conflict, path }));
  if (conflicts.length > 0) return { conflicts, ...(claim && { claim }) };
  const stale = edits.dropUnwanted(options.prune ?? false);
  return { ...edits.outcome(path, before, { format, created: claim?.created ?? false }), ...(stale ? { stale } : {}) };
}

/** removeKeys plans the removal of our keys; a file that was made for them goes with the last one. */
export function removeKeys(path: string, claim: KeysClaim, before: Target, disk: Disk): Outcome {
  const file = readConfig(path, claim.format, disk);
  if (typeof file === "string") return {};
  const edits = new KeyEdits(file, claim.format, claim);
  edits.dropUnwanted(true);
  if (claim.created && edits.isEmpty) return { change: { before, after: { kind: "absent" }, why: "stale" } };
  const { change, content } = edits.outcome(path, before, claim);
  return { ...(change && { change: { ...change, why: "stale" } }), ...(content && { content }) };
}

function readConfig(path: string, format: ConfigFormat, disk: Disk): ConfigFile | string {
  const bytes = disk.read(path, configLimit);
  return bytes === undefined ? "cannot be read" : openConfigFile(format, bytes);
}

// KeyEdits applies one key after the other to a text, and keeps count of what is ours in it.
class KeyEdits {
  readonly #original: string;
  readonly #old: ReadonlyMap<string, string>;
  readonly #made: Set<string>;
  readonly #keys = new Map<string, ReturnType<typeof digestOfJson>>();
  readonly #format: ConfigFormat;
  #file: ConfigFile;

  constructor(file: ConfigFile, format: ConfigFormat, claim: KeysClaim | undefined) {
    this.#format = format;
    this.#file = file;
    this.#original = file.text;
    this.#old = new Map(Object.entries(claim?.keys ?? {}));
    this.#made = new Set(claim?.made ?? []);
  }

  get isEmpty(): boolean {
    return this.#file.isEmpty;
  }

  want(key: Key, force: boolean): Omit<Conflict, "path"> | undefined {
    const pointer = formatPointer(key);
    const blocked = this.#blocked(key);
    if (blocked !== undefined)
      return { reason: "exists", key: pointer, message: `has ${printable(blocked)} in another form`, forceable: false };
    const present = this.#present(key);
    const wanted = digestOfJson(key.value, key.ordered);
    const old = this.#old.get(pointer);
    const now = present === undefined ? undefined : digestOfJson(present, key.ordered);
    // A person's key that says the same stays the person's.
    if (now === wanted) {
      if (old === wanted) this.#keys.set(pointer, wanted);
      return undefined;
    }
    if (now !== undefined && now !== old && !force)
      return {
        reason: old === undefined ? "exists" : "edited",
        key: pointer,
        message: `has ${printable(key.at.join("."))} already, with another value`,
        forceable: true,
      };
    const text = this.#file.set(key);
    if (text === undefined)
      return {
        reason: "exists",
        key: pointer,
        message: `cannot take ${printable(key.at.join("."))} without changes to what else is in it`,
        forceable: false,
      };
    this.#noteMade(key);
    this.#set(text);
    this.#keys.set(pointer, wanted);
    return undefined;
  }

  /** Removes (or, without `prune`, keeps on record) keys of an earlier run. True where some were kept. */
  dropUnwanted(prune: boolean): boolean {
    let kept = false;
    for (const [pointer, digest] of this.#old) {
      if (this.#keys.has(pointer)) continue;
      const { at, member } = parsePointer(pointer);
      const key: Key = member === undefined ? { at, value: null, member: false } : { at, value: member, member: true };
      const present = this.#present(key);
      if (present === undefined || !isOurs(present, digest) || this.#adoptedNow(pointer)) continue;
      if (prune) this.#set(this.#file.remove(key, (container) => !this.#made.has(pointerOf(container))));
      else {
        this.#keys.set(pointer, digest as ReturnType<typeof digestOfJson>); // out of a claim, whose values are digests
        kept = true;
      }
    }
    return kept;
  }

  outcome(path: string, before: Target, { format, created }: Pick<KeysClaim, "format" | "created">): Outcome {
    const made = [...this.#made].filter((pointer) => this.#file.valueAt(parsePointer(pointer).at) !== undefined).sort();
    const keys = Object.fromEntries([...this.#keys].sort(([a], [b]) => (a < b ? -1 : 1)));
    const claim: Claim = { kind: "keys", format, keys, made, created };
    if (this.#file.text === this.#original) return { claim };
    const entry = fileEntry(path, this.#file.text);
    const executable = before.kind === "file" && before.executable;
    return {
      change: { before, after: { kind: "file", ...digestOfBytes(entry), executable }, why: "updated" },
      content: entry,
      claim,
    };
  }

  // A key under an object that is itself an old key of ours is replaced with it.
  #adoptedNow(pointer: string): boolean {
    return [...this.#keys.keys()].some((key) => key.startsWith(`${pointer}/`));
  }

  #present({ at, value, member }: Key): Json | undefined {
    const present = this.#file.valueAt(at);
    if (!member) return present;
    return Array.isArray(present) && present.includes(value) ? value : undefined;
  }

  // Something else than an object (for a list's member: than a list) stands where the key would go.
  #blocked({ at, member }: Key): string | undefined {
    for (let length = 1; length < at.length; length++) {
      const value = this.#file.valueAt(at.slice(0, length));
      if (value === undefined) return undefined;
      if (typeof value !== "object" || value === null || Array.isArray(value)) return at.slice(0, length).join(".");
    }
    const value = this.#file.valueAt(at);
    return member && value !== undefined && !Array.isArray(value) ? at.join(".") : undefined;
  }

  #noteMade(key: Key): void {
    for (const container of containersOf(key))
      if (this.#file.valueAt(parsePointer(container).at) === undefined) this.#made.add(container);
  }

  #set(text: string): void {
    const file = openConfigFile(this.#format, new TextEncoder().encode(text));
    if (typeof file === "string") throw new Error(`an edit left a file that ${file}`);
    this.#file = file;
  }
}

// The record does not say whether order counted when the digest was taken.
const isOurs = (present: Json, digest: string): boolean =>
  digestOfJson(present) === digest || digestOfJson(present, true) === digest;

// The objects (for a list's member: and the list) around a key.
const containersOf = ({ at, member }: Key): readonly string[] =>
  at.slice(0, member ? at.length : -1).map((_, index) => pointerOf(at.slice(0, index + 1)));

const pointerOf = (at: readonly string[]): string => formatPointer({ at, value: null, member: false });
