import { library } from "../../packages/toolchain/presets/tsup.ts";

export default library({ entry: ["src/index.ts", "src/profile.ts"] });
