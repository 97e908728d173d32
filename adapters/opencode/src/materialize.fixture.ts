import type { MaterializeOptions } from "@stax/materialize";
import type { AgentConfig } from "@stax/schema";
import { parseLayers, type Sources, writeLayers } from "@stax/testing";
import { parse } from "jsonc-parser";
import { adapter, opencode } from "./index.ts";

/** written materializes sources of layers for opencode and reads back every file. */
export async function written(
  sources: Sources,
  options: Parameters<typeof opencode>[0] = {},
  more: MaterializeOptions & Pick<AgentConfig, "hints"> = {},
) {
  const made = await writeLayers(adapter, await parseLayers(sources), opencode(options), more);
  return { ...made, config: parse(made.files["opencode.jsonc"] ?? "null") };
}
