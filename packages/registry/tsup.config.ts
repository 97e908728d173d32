import { library } from "../../packages/toolchain/presets/tsup.ts";

export default library({ entry: { index: "src/index.ts", "faults/index": "src/faults/index.ts" } });
