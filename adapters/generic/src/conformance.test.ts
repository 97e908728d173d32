import { describeAdapter } from "@stax/testing";
import { adapter, generic } from "./index.ts";

describeAdapter(adapter, {
  config: generic({
    runtime: "my-platform",
    importMode: "filesystem",
    fidelity: "best-effort",
    model: "any-model",
    config: { schema: "https://example.com/schema.json" },
    targets: [{ kind: "directory", path: "./" }],
  }),
});
