import { describeAdapter } from "@stax/testing";
import { adapter, claudeCode } from "./index.ts";

describeAdapter(adapter, {
  config: claudeCode({ model: "opus", permissions: { allowedTools: ["Read"], denyRules: ["Bash(rm:*)"] } }),
});
