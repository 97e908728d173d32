import { join } from "node:path";
import type { CachePruneOptions, CachePruneResult, CacheUsage, ContentCache } from "@stax/oci";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { derivedParts, pruneDerived, usageOf } from "../derived-cache.ts";
import { CliError } from "../error.ts";
import { parseDuration, parseSize } from "../quantity.ts";
import { bytes, plural, table } from "../table.ts";

const usage = z.object({ files: z.number(), bytes: z.number() });
const part = usage.extend({
  name: z.string(),
  path: z.string(),
  /** With prune: what was deleted; with --dry-run: what would be. */
  removed: usage.optional(),
});
const data = z.object({ directory: z.string(), pruned: z.boolean(), dryRun: z.boolean(), parts: z.array(part) });

type Part = z.output<typeof part>;

/** What prune deletes where nothing is said, ms. */
const defaultAge = 30 * 24 * 60 * 60 * 1000;

/** cache shows what is kept of registries and of work that was done, and deletes it. */
export const cache = defineCommand({
  positionals: { action: { describe: "prune: delete; without it: show", choices: ["prune"] } },
  flags: {
    "max-age": {
      type: "string",
      value: "<time>",
      describe: "Delete what was not used for so long: 30d, 12h, 90m (default: 30d)",
    },
    "max-size": {
      type: "string",
      value: "<size>",
      describe: "Delete the least recently used until the rest has no more: 2GiB, 500MiB",
    },
    "dry-run": { type: "boolean", describe: "Say what would be deleted, and delete nothing" },
  },
  examples: [
    ["stax cache", "What is kept, and how much of it"],
    ["stax cache prune --max-size 2GiB", "Keep what was used last, up to 2 GiB"],
    ["stax cache prune --max-age 7d --dry-run", "What was not used for a week"],
  ],
  details:
    "content is what came from registries, by digest; layers are unpacked ones, packs what builds need not pack again, stripped modules without their types, code what Node compiled of stax itself. All of it can be fetched or made again.",
  data,
  async run({ action, maxAge, maxSize, dryRun }, context) {
    const { cacheDirectory: directory } = context.config;
    const content = await (await context.registries()).cache();
    if (action === undefined) {
      if (maxAge !== undefined || maxSize !== undefined || dryRun)
        throw new CliError("FLAG_VALUE", "--max-age, --max-size and --dry-run go with stax cache prune");
      return { data: { directory, pruned: false, dryRun: false, parts: await show(directory, content) } };
    }
    const options = pruneOptions({ maxAge, maxSize, dryRun }, context);
    return { data: { directory, pruned: true, dryRun, parts: await prune(directory, content, options) } };
  },
  format: ({ directory, pruned, dryRun, parts }) => {
    if (!pruned) return `${table(["PART", "FILES", "SIZE"], parts.map(rowOf))}\nin ${directory}`;
    const [files, size] = parts.reduce(
      ([count, sum], { removed }) => [count + (removed?.files ?? 0), sum + (removed?.bytes ?? 0)],
      [0, 0],
    );
    const left = parts.reduce((sum, { bytes: of }) => sum + of, 0);
    return `${dryRun ? "would delete" : "deleted"} ${plural(files, "file")} (${bytes(size)}), ${bytes(left)} left in ${directory}`;
  },
});

const rowOf = ({ name, files, bytes: size }: Part): string[] => [name, String(files), bytes(size)];

const counted = ({ blobs, size }: CacheUsage): z.output<typeof usage> => ({ files: blobs, bytes: size });

async function show(directory: string, content: ContentCache): Promise<Part[]> {
  const derived = await Promise.all(
    derivedParts.map(async (name) => {
      const path = join(directory, name);
      return { name, path, ...counted(await usageOf(path)) };
    }),
  );
  return [{ name: "content", path: content.path, ...counted(await content.usage()) }, ...derived];
}

/** Content comes first: fetching again takes longer than unpacking again. */
async function prune(directory: string, content: ContentCache, options: CachePruneOptions): Promise<Part[]> {
  const parts = [partOf("content", content.path, await content.prune(options))];
  for (const name of derivedParts) {
    const path = join(directory, name);
    const spent = parts.reduce((sum, { bytes: size }) => sum + size, 0);
    const maxSize = options.maxSize === undefined ? undefined : Math.max(options.maxSize - spent, 0);
    parts.push(partOf(name, path, await pruneDerived(path, { ...options, maxSize })));
  }
  return parts;
}

const partOf = (name: string, path: string, { removed, left }: CachePruneResult): Part => ({
  name,
  path,
  ...counted(left),
  removed: counted(removed),
});

interface Limits {
  readonly maxAge: string | undefined;
  readonly maxSize: string | undefined;
  readonly dryRun: boolean;
}

function pruneOptions({ maxAge, maxSize, dryRun }: Limits, { signal }: Context): CachePruneOptions {
  const age = maxAge === undefined ? undefined : parseDuration(maxAge, "--max-age");
  return {
    maxAge: age ?? (maxSize === undefined ? defaultAge : undefined),
    maxSize: maxSize === undefined ? undefined : parseSize(maxSize, "--max-size"),
    dryRun,
    signal,
  };
}
