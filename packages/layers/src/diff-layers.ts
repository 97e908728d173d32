import { createHash } from "node:crypto";
import {
  compareBytes,
  type FileEntry,
  type FileTree,
  kindOf,
  type LayerName,
  type Layers,
  layerNames,
} from "@stax/schema";
import { canonicalJson } from "./canonical-json.ts";
import { sha256Of } from "./digest.ts";
import { partsOf } from "./layer-parts.ts";

/** Change says what happened to a thing from one side to the other. */
export type Change = "added" | "removed" | "changed";

/** ItemChange is one item of a layer (a rule's id, a skill's name, a server, a file) that differs. */
export interface ItemChange {
  readonly item: string;
  readonly change: Change;
}

/** LayerDiff is a layer that differs. `items` is empty where only what belongs to no item differs. */
export interface LayerDiff {
  readonly layer: LayerName;
  readonly change: Change;
  readonly items: readonly ItemChange[];
}

/** DiffOptions narrow what is compared. */
export interface DiffOptions {
  /** Only these items; what belongs to no item is left aside then. */
  readonly items?: ReadonlySet<string> | undefined;
}

/**
 * diffLayers compares two sets of layers item by item, by content: the digests of files, the canonical bytes of documents. Layers that
 * are the same are left out. Files of decoded layers are not opened.
 */
export async function diffLayers(
  before: Layers,
  after: Layers,
  { items }: DiffOptions = {},
): Promise<readonly LayerDiff[]> {
  const diffs = await Promise.all(layerNames.map((name) => diffLayer(name, before, after, items)));
  return diffs.filter((diff) => diff !== undefined);
}

async function diffLayer(
  layer: LayerName,
  before: Layers,
  after: Layers,
  only: DiffOptions["items"],
): Promise<LayerDiff | undefined> {
  const [old, now] = await Promise.all([fingerprintsOf(layer, before, only), fingerprintsOf(layer, after, only)]);
  if (old === undefined && now === undefined) return undefined;
  const items = compare(old?.items ?? new Map(), now?.items ?? new Map());
  const change = old === undefined ? "added" : now === undefined ? "removed" : "changed";
  if (change === "changed" && items.length === 0 && old?.whole === now?.whole) return undefined;
  return { layer, change, items };
}

function compare(old: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): readonly ItemChange[] {
  const names = [...new Set([...old.keys(), ...now.keys()])].sort(compareBytes);
  return names.flatMap((item): readonly ItemChange[] => {
    const [before, after] = [old.get(item), now.get(item)];
    if (before === after) return [];
    return [{ item, change: before === undefined ? "added" : after === undefined ? "removed" : "changed" }];
  });
}

interface Fingerprints {
  readonly items: ReadonlyMap<string, string>;
  readonly whole: string;
}

async function fingerprintsOf(
  name: LayerName,
  layers: Layers,
  only: DiffOptions["items"],
): Promise<Fingerprints | undefined> {
  const payload = layers[name];
  if (payload === undefined) return undefined;
  const kind = kindOf(name);
  const items = new Map<string, string>();
  for (const [item, part] of partsOf(name, layers))
    if (only === undefined || only.has(item)) items.set(item, await fingerprint(part));
  if (only !== undefined) return { items, whole: "" };
  // The bytes of a text are its one item.
  if (kind.format === "text") return { items, whole: "" };
  const whole: unknown = kind.format === "tree" ? kind.files(payload) : payload;
  return { items, whole: await fingerprint(whole) };
}

async function fingerprint(part: unknown): Promise<string> {
  if (part instanceof Uint8Array) return sha256Of(part);
  if (isFiles(part)) return sha256Of(Buffer.from((await Promise.all(part.map(lineOf))).join("")));
  return sha256Of(canonicalJson(part));
}

const isFiles = (part: unknown): part is FileTree =>
  Array.isArray(part) && part.length > 0 && part.every((item) => typeof item?.open === "function");

const lineOf = async (file: FileEntry): Promise<string> =>
  `${file.path}\0${file.executable ? "x" : "-"} ${file.digest ?? (await digestOf(file))}\n`;

async function digestOf(file: FileEntry): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of file.open()) hash.update(piece);
  return `sha256:${hash.digest("hex")}`;
}
