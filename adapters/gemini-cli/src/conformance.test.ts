import { describeAdapter } from "@stax/testing";
import { adapter, geminiCli } from "./index.ts";

describeAdapter(adapter, {
  config: geminiCli({ model: "gemini-3-pro", modelParams: { temperature: 0.2 }, sandbox: true }),
});
