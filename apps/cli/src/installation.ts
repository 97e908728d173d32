import { fileURLToPath } from "node:url";

/** Installation says where definitions find `stax` and `@stax/*` when their project has none of its own (decision O1). */
export interface Installation {
  /** Files by the specifier that a definition imports, absolute. */
  readonly modules: Readonly<Record<string, string>>;
  /** Directories that the evaluation of a definition may read to load them. */
  readonly roots: readonly string[];
}

// In the bundle, each lies in a file of its own; in a checkout, the packages themselves resolve.
const bundled = {
  stax: "./index.js",
  "@stax/cli": "./index.js",
  "@stax/errors": "./libraries/errors.js",
  "@stax/schema": "./libraries/schema.js",
  "@stax/materialize": "./libraries/materialize.js",
  "@stax/claude-code": "./adapters/claude-code.js",
  "@stax/generic": "./adapters/generic.js",
} as const;

/** installation finds the modules of this installation, whether it is the bundle or a checkout. */
export function installation(): Installation {
  return import.meta.url.endsWith(".ts") ? checkout() : bundle();
}

function bundle(): Installation {
  const located = Object.entries(bundled).map(([name, file]) => [name, fileURLToPath(new URL(file, import.meta.url))]);
  return { modules: Object.fromEntries(located), roots: [fileURLToPath(new URL(".", import.meta.url))] };
}

function checkout(): Installation {
  const own = fileURLToPath(new URL("./index.ts", import.meta.url));
  const modules: Record<string, string> = { stax: own, "@stax/cli": own };
  for (const name of Object.keys(bundled))
    if (!Object.hasOwn(modules, name)) modules[name] = fileURLToPath(import.meta.resolve(name));
  // The packages of a checkout read each other and what is in node_modules.
  return { modules, roots: [fileURLToPath(new URL("../../../", import.meta.url))] };
}
