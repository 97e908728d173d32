import { readFileSync } from "node:fs";
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
