import { printable } from "@stax/errors";
import { parseJson } from "@stax/layers";
import { type FileEntry, readEntry } from "@stax/schema";
import * as z from "zod";
import { ForeignError } from "./error.ts";

const paths = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => (typeof given === "string" ? [given] : given));
const json = z.record(z.string(), z.unknown());

/** What a plugin's manifest, or a marketplace's entry for it, says of the parts that are carried. Absent: where they lie by convention. */
const components = {
  skills: paths.optional(),
  commands: paths.optional(),
  agents: paths.optional(),
  /** Servers themselves, or the path of a file with them. */
  mcpServers: z.union([json, paths]).optional(),
};

const about = {
  name: z.string().min(1).max(256),
  version: z.string().optional(),
  description: z.string().optional(),
};

const plugin = z.looseObject({ ...about, ...components });
const entry = z.looseObject({
  ...about,
  ...components,
  /** A folder of the marketplace, or a place elsewhere. */
  source: z.union([z.string(), json]),
  /** False: the entry says all there is to say of the plugin. */
  strict: z.boolean().default(true),
});
const marketplace = z.looseObject({
  ...about,
  metadata: z
    .looseObject({
      version: z.string().optional(),
      description: z.string().optional(),
      pluginRoot: z.string().optional(),
    })
    .default({}),
  plugins: z.array(entry),
});

/** PluginManifest is what is read of `plugin.json`; further fields are kept. */
export interface PluginManifest extends z.output<typeof plugin> {}
/** MarketplaceEntry is a plugin as its marketplace describes it. */
export interface MarketplaceEntry extends z.output<typeof entry> {}
/** Marketplace is what is read of `marketplace.json`. */
export interface Marketplace extends z.output<typeof marketplace> {}

const largest = 1024 * 1024;

/** readPluginManifest reads a `plugin.json`. Throws FOREIGN_INVALID. */
export const readPluginManifest = (file: FileEntry): Promise<PluginManifest> => read(file, plugin);
/** readMarketplace reads a `marketplace.json`. Throws FOREIGN_INVALID. */
export const readMarketplace = (file: FileEntry): Promise<Marketplace> => read(file, marketplace);

async function read<T>(file: FileEntry, schema: z.ZodType<T>): Promise<T> {
  const value = await jsonOf(file);
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw invalid(file, `${issue?.path.map(String).join(".") || "it"}: ${issue?.message}`);
}

async function jsonOf(file: FileEntry): Promise<unknown> {
  if (file.size > largest) throw invalid(file, `it holds more than ${largest} bytes`);
  try {
    return parseJson(await readEntry(file, largest), { name: file.path, maxSize: largest });
  } catch (cause) {
    throw invalid(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

const invalid = ({ path }: FileEntry, reason: string, cause?: unknown): ForeignError =>
  new ForeignError("FOREIGN_INVALID", `${printable(path)} cannot be read: ${printable(reason)}`, {
    cause,
    hint: "mend it, or ask its author to",
  });
