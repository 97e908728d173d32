import { fileURLToPath } from "node:url";
import { defineConfig, type Options } from "tsup";
import { bundle, forCommonJs, recordInputs } from "./bundle/options.ts";
import { shared, sharedLibraries } from "./bundle/shared.ts";

const alone: Options = {
  ...bundle,
  format: "esm",
  platform: "node",
  target: "node22",
  splitting: false,
  clean: false,
  silent: true,
};
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

// A definition that imports one of these loads few files, with nothing in them that it does not need.
const forDefinitions = {
  index: "src/index.ts",
  "adapters/claude-code": "../../adapters/claude-code/src/index.ts",
  "adapters/codex": "../../adapters/codex/src/index.ts",
  "adapters/cursor": "../../adapters/cursor/src/index.ts",
  "adapters/gemini-cli": "../../adapters/gemini-cli/src/index.ts",
  "adapters/generic": "../../adapters/generic/src/index.ts",
  "adapters/openclaw": "../../adapters/openclaw/src/index.ts",
  "adapters/openclaw-profile": "../../adapters/openclaw/src/profile.ts",
  "adapters/opencode": "../../adapters/opencode/src/index.ts",
  "adapters/windsurf": "../../adapters/windsurf/src/index.ts",
  "adapters/github-copilot": "../../adapters/github-copilot/src/index.ts",
};

// The command itself uses them, too.
const libraries = {
  "libraries/errors": "../../packages/errors/src/index.ts",
  "libraries/schema": "../../packages/schema/src/index.ts",
  "libraries/layers": "../../packages/layers/src/index.ts",
  "libraries/materialize": "../../packages/materialize/src/index.ts",
};

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
  },
  {
    ...alone,
    format: "cjs",
    entry: { "shared/yaml-whole": "bundle/shared/yaml-whole.ts" },
    esbuildPlugins: [recordInputs("yaml")],
  },
  {
    ...alone,
    entry: { "shared/yaml": "bundle/shared/yaml.ts", "shared/zod": "bundle/shared/zod.ts" },
    esbuildPlugins: [sharedLibraries(["..", "../../packages", "../../adapters"].map(path)), recordInputs("shared")],
  },
  {
    ...alone,
    entry: forDefinitions,
    esbuildPlugins: [shared("..", ["zod", "yaml"]), recordInputs("definitions")],
  },
  {
    ...alone,
    entry: libraries,
    banner: { js: forCommonJs },
    esbuildPlugins: [
      shared("..", ["zod", "yaml", "@stax/errors", "@stax/schema", "@stax/layers"]),
      recordInputs("libraries"),
    ],
  },
]);
