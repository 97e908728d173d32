import { describeAdapter } from "@stax/testing";
import { adapter, codex } from "./index.ts";

describeAdapter(adapter, {
  config: codex({ model: "gpt-5-codex", approval: "on-request", sandbox: "workspace-write" }),
});
