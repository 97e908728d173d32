import { library } from "../../packages/toolchain/presets/tsup.ts";

export default library();
