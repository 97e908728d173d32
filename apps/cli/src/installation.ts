import { fileURLToPath } from "node:url";
import type { Installation } from "@stax/build";

// In the bundle, each lies in a file of its own; in a checkout, the packages themselves resolve.
const bundled = {
  stax: "./index.js",
  "@stax/cli": "./index.js",
  "@stax/errors": "./libraries/errors.js",
  "@stax/schema": "./libraries/schema.js",
  "@stax/materialize": "./libraries/materialize.js",
  "@stax/claude-code": "./adapters/claude-code.js",
  "@stax/codex": "./adapters/codex.js",
  "@stax/cursor": "./adapters/cursor.js",
  "@stax/gemini-cli": "./adapters/gemini-cli.js",
  "@stax/generic": "./adapters/generic.js",
  "@stax/github-copilot": "./adapters/github-copilot.js",
  "@stax/openclaw": "./adapters/openclaw.js",
  "@stax/openclaw/profile": "./adapters/openclaw-profile.js",
  "@stax/opencode": "./adapters/opencode.js",
  "@stax/windsurf": "./adapters/windsurf.js",
} as const;

/** installation is where definitions find `stax` and `@stax/*` when their project has none of its own (decision O1). */
export const installation = (): Installation => (import.meta.url.endsWith(".ts") ? checkout() : bundle());

function bundle(): Installation {
  const files = new Map(Object.entries(bundled).map(([name, file]) => [name, pathOf(file)]));
  return { resolve: (specifier) => files.get(specifier), brings: [...files.keys()], readable: [pathOf(".")] };
}

function checkout(): Installation {
  const own = pathOf("./index.ts");
  const known: readonly string[] = Object.keys(bundled);
  const resolve = (specifier: string): string | undefined => {
    if (specifier === "stax" || specifier === "@stax/cli") return own;
    return known.includes(specifier) ? fileURLToPath(import.meta.resolve(specifier)) : undefined;
  };
  // The packages of a checkout read each other and what is in node_modules.
  return { resolve, readable: [pathOf("../../../")] };
}

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
