import { library } from "../../packages/toolchain/presets/tsup.ts";
import { bundle } from "./bundle/options.ts";

/** The executable: one file without imports until there is something to run, so that `stax --version` is fast and old Nodes get an answer. */
export default library({
  ...bundle,
  entry: { bin: "src/bin.ts" },
  target: "es2020",
  clean: false,
  esbuildPlugins: [
    {
      name: "main-apart",
      setup(build) {
        build.onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: "./main.js", external: true }));
      },
    },
  ],
});
