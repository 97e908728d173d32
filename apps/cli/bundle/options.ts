import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Options } from "tsup";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** bundle is how everything in the published package is built: from the sources of our libraries, nothing left outside. */
export const bundle: Options = {
  minify: true,
  noExternal: [/.*/],
  define: { STAX_VERSION: JSON.stringify(version) },
  esbuildOptions(options) {
    options.conditions = ["stax:source", "module", "import"];
    // jsonc-parser's "main" is a UMD file that hides its imports.
    options.mainFields = ["module", "main"];
    options.legalComments = "none";
  },
};

/** forCommonJs begins what holds libraries in CommonJS: they call `require` for what Node brings along. */
export const forCommonJs =
  'import { createRequire as _require } from "node:module"; const require = _require(import.meta.url);';

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

/** recordInputs writes beside the output what went into it, as `metafile: true` does where a directory is built at once. */
export const recordInputs = (name: string): Plugin => ({
  name: "record-inputs",
  setup(build) {
    build.initialOptions.metafile = true;
    build.onEnd(({ metafile }) => {
      const { outdir = "dist" } = build.initialOptions;
      if (metafile !== undefined) writeFileSync(join(outdir, `metafile-${name}.json`), JSON.stringify(metafile));
    });
  },
});
