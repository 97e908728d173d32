import { library } from "../../packages/toolchain/presets/tsup.ts";

// The child that evaluates definitions is a program of its own: it starts with few files to read.
export default library({
  entry: { index: "src/index.ts", evaluator: "src/evaluator.ts", "evaluator-child": "src/load/evaluator-child.ts" },
});
