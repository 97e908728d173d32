import { type Diagnostic, printable } from "@stax/errors";
import type { AdapterConfig, AgentConfig } from "@stax/schema";
import type { Adapter } from "./adapter-contract.ts";
import { parseOptions } from "./define-adapter.ts";
import { modelParamFindings } from "./model-params.ts";

/**
 * adapterFindings checks the adapter configs of an agent against the adapters that are registered: options, model parameters, what an
 * adapter itself asks for. For `validate` and `build`, whatever the definition was written in. `field` says which config.
 */
export function adapterFindings(
  { adapter, adapterFallback = [] }: Pick<AgentConfig, "adapter" | "adapterFallback">,
  adapters: readonly Adapter[],
): readonly Diagnostic[] {
  return [
    ...configFindings(adapter, "adapter", true, adapters),
    ...adapterFallback.flatMap((config, index) => configFindings(config, `adapterFallback[${index}]`, false, adapters)),
  ];
}

function configFindings(
  config: AdapterConfig,
  field: string,
  primary: boolean,
  adapters: readonly Adapter[],
): readonly Diagnostic[] {
  const adapter = adapters.find(({ name, aliases }) => name === config.type || aliases.includes(config.type));
  if (adapter === undefined) return [uncheckedConfig(config, field)];
  const { diagnostics } = parseOptions(adapter, adapter.decompile(config), "warning");
  return [
    ...diagnostics,
    ...modelParamFindings(adapter, config.modelParams ?? {}),
    ...adapter.check(config, primary),
  ].map((finding) => ({ ...finding, field: finding.field === undefined ? field : `${field}.${finding.field}` }));
}

/** uncheckedConfig says that the options of an adapter cannot be validated here. */
export const uncheckedConfig = ({ type }: Pick<AdapterConfig, "type">, field?: string): Diagnostic => ({
  code: "adapter-unchecked",
  severity: "warning",
  message: `the options of the adapter "${printable(type)}" cannot be validated: it is not registered here`,
  ...(field === undefined ? {} : { field }),
});
