import type { LayerName } from "@stax/schema";
import { CliError } from "../error.ts";
import type { Flags } from "../flags.ts";

/** maxLayerSizeFlag sets other limits of uncompressed layers; what packs layers and what reads them takes it. */
export const maxLayerSizeFlag = {
  "max-layer-size": {
    type: "list",
    value: "<kind>=<size>",
    describe: "Other limits of uncompressed layers, e.g. knowledge=1GiB",
  },
} as const satisfies Flags;

/** LayerSizes is limits of uncompressed layers, bytes, where they differ from the format's. */
export type LayerSizes = Partial<Readonly<Record<LayerName, number>>>;

/** maxLayerSizes reads the limits that settings and flags give; flags win. Throws `CONFIG_INVALID`, `FLAG_VALUE`. */
export async function maxLayerSizes(
  configured: Readonly<Record<string, string | number>> = {},
  given: readonly string[] = [],
): Promise<LayerSizes> {
  if (Object.keys(configured).length === 0 && given.length === 0) return {};
  const { layerNamed } = await import("./layers.ts"); // it brings every layer kind along
  const named = ([kind, size]: readonly [string, number]) => [layerNamed(kind, "max-layer-size"), size] as const;
  return Object.fromEntries([...configuredSizes(configured), ...givenSizes(given)].map(named));
}

type Size = readonly [kind: string, bytes: number];
type Fail = (flaw: string) => CliError;

const configuredSizes = (sizes: Readonly<Record<string, string | number>>): readonly Size[] =>
  Object.entries(sizes).map(([kind, size]) => [
    kind,
    bytesIn(String(size), (flaw) => new CliError("CONFIG_INVALID", `maxLayerSize: ${flaw}`)),
  ]);

function givenSizes(pairs: readonly string[]): readonly Size[] {
  const fail: Fail = (flaw) => new CliError("FLAG_VALUE", `--max-layer-size: ${flaw}`);
  return pairs.map((pair) => {
    const [kind = "", size, ...rest] = pair.split("=");
    if (size === undefined || rest.length > 0) throw fail(`"${pair}" is not <kind>=<size>`);
    return [kind, bytesIn(size, fail)];
  });
}

const units = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
} as const;

function bytesIn(text: string, fail: Fail): number {
  const match = /^(\d+)\s*(|b|[kmg]i?b)$/i.exec(text);
  const unit = match?.[2]?.toLowerCase() as keyof typeof units | undefined; // the pattern lists the keys
  const bytes = unit === undefined ? 0 : Number(match?.[1]) * units[unit];
  if (!Number.isSafeInteger(bytes) || bytes <= 0)
    throw fail(`"${text}" is no size; write bytes, or a number with KB, MB, GB, KiB, MiB or GiB`);
  return bytes;
}
