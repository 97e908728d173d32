import { defineConfig, type Options } from "tsup";
import { bundle } from "./bundle/options.ts";

const alone: Options = { ...bundle, format: "esm", platform: "node", clean: false, silent: true };

/** What must stand alone, in one file each. */
export default defineConfig([
  {
    // Without imports until there is something to run, so that `stax --version` is fast and old Nodes get an answer.
    ...alone,
    entry: { bin: "src/bin.ts" },
    target: "es2020",
    esbuildPlugins: [
      {
        name: "main-apart",
        setup(build) {
          build.onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: "./main.js", external: true }));
        },
      },
    ],
  },
  {
    // The process that evaluates definitions: it guards itself before anything else is loaded.
    ...alone,
    entry: { "evaluator-child": "../../packages/build/src/load/evaluator-child.ts" },
    target: "node22",
  },
]);
