import { describeAdapter } from "@stax/testing";
import { adapter, openclaw } from "./index.ts";

describeAdapter(adapter, { config: openclaw() });
describeAdapter(
  { ...adapter, name: "openclaw" },
  { config: openclaw({ exact: false, runtimeVersion: "2026.5.1", model: "anthropic/claude-opus-4-5" }) },
);
