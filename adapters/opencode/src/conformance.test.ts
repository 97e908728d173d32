import { describeAdapter } from "@stax/testing";
import { adapter, opencode } from "./index.ts";

describeAdapter(adapter, {
  config: opencode({ model: "anthropic/claude-sonnet-4-5", writeAgents: true, permission: { bash: "ask" } }),
});
