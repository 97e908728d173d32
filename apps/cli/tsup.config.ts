import { library } from "../../packages/toolchain/presets/tsup.ts";
import { bundle } from "./bundle/options.ts";

/** The command and what definitions import from it. Each command is a chunk that loads only what it needs. */
export default library({
  ...bundle,
  entry: {
    main: "src/main.ts",
    index: "src/index.ts",
    "adapters/claude-code": "../../adapters/claude-code/src/index.ts",
    "adapters/generic": "../../adapters/generic/src/index.ts",
    "libraries/errors": "../../packages/errors/src/index.ts",
    "libraries/schema": "../../packages/schema/src/index.ts",
    "libraries/materialize": "../../packages/materialize/src/index.ts",
  },
  splitting: true,
  metafile: true,
  // Libraries that are CommonJS call `require` for what Node brings along.
  banner: { js: 'import { createRequire as _require } from "node:module"; const require = _require(import.meta.url);' },
});
