import type { Adapter } from "@stax/materialize";
import * as z from "zod";
import { loadAdapters } from "../adapters.ts";
import { defineCommand } from "../command.ts";
import { adapterModuleFlag } from "../options/adapter-module.ts";
import { table } from "../table.ts";

const output = z.object({
  kind: z.enum(["document", "config", "files", "setting", "file", "directory", "api", "bundle", "object"]),
  path: z.string(),
  scope: z.string().optional(),
  description: z.string().optional(),
});

const data = z.object({
  adapters: z.array(
    z.object({
      name: z.string(),
      displayName: z.string(),
      aliases: z.array(z.string()),
      adapterVersion: z.string(),
      runtimeVersionRange: z.string().optional(),
      features: z.record(z.string(), z.unknown()),
      unsupported: z.record(z.string(), z.string()),
      targets: z.array(output),
      capabilities: z.record(z.string(), z.string()),
      modelParams: z.record(z.string(), z.unknown()),
      options: z.record(z.string(), z.unknown()),
    }),
  ),
});

/** adapters lists what is installed, with the feature map, the targets and the schema of the options of each. */
export const adapters = defineCommand({
  positionals: {},
  flags: adapterModuleFlag,
  examples: [
    ["stax adapters", "The runtimes that can be materialized for"],
    ["stax adapters --json", "Feature maps, targets and the JSON Schema of each adapter's options"],
  ],
  data,
  async run({ adapterModule }, { cwd, config }) {
    const loaded = await loadAdapters([...(config.settings.adapterModules ?? []), ...adapterModule], cwd);
    return { data: { adapters: loaded.map(describe) } };
  },
  format: ({ adapters: list }) =>
    table(
      ["NAME", "RUNTIME", "VERSION", "NATIVE", "OTHERWISE"],
      list.map(({ name, displayName, adapterVersion, features }) => {
        const carried = Object.entries(features).filter(([, fidelity]) => typeof fidelity === "string");
        const native = carried.filter(([, fidelity]) => fidelity === "native").map(([feature]) => feature);
        const other = carried
          .filter(([, fidelity]) => fidelity !== "native")
          .map(([feature, fidelity]) => `${feature} ${fidelity}`);
        return [name, displayName, adapterVersion, native.join(" "), other.join(", ")];
      }),
    ),
});

function describe(adapter: Adapter): z.output<typeof data>["adapters"][number] {
  const { name, displayName, aliases, adapterVersion, runtimeVersionRange, capabilities, modelParams } = adapter;
  return {
    name,
    displayName,
    aliases: [...aliases],
    adapterVersion,
    ...(runtimeVersionRange !== undefined && { runtimeVersionRange }),
    features: adapter.features({}),
    unsupported: Object.fromEntries(Object.entries(adapter.unsupported)),
    targets: adapter.targets({}).map(({ kind, path, scope, description }) => ({
      kind,
      path,
      ...(scope !== undefined && { scope }),
      ...(description !== undefined && { description }),
    })),
    capabilities: { ...capabilities },
    modelParams: { ...modelParams },
    options: z.toJSONSchema(adapter.optionsSchema, { io: "input", unrepresentable: "any" }),
  };
}
