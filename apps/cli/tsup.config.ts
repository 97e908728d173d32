import { library } from "../../packages/toolchain/presets/tsup.ts";
import { directImports } from "./bundle/direct-imports.ts";
import { bundle, forCommonJs } from "./bundle/options.ts";
import { shared } from "./bundle/shared.ts";

/** The command. Each command is a chunk that loads only what it needs. What definitions import is built by tsup.bin.config.ts. */
export default library({
  ...bundle,
  entry: { main: "src/main.ts" },
  splitting: true,
  metafile: true,
  banner: { js: forCommonJs },
  esbuildPlugins: [shared(".", ["zod", "yaml", "@stax/errors", "@stax/schema", "@stax/layers"]), directImports],
});
