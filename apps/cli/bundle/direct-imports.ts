import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Options } from "tsup";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];
type Resolve = (specifier: string, from: string) => Promise<{ readonly path: string; readonly external: boolean }>;

/** Where a name that an index exports is defined. */
interface Origin {
  readonly specifier: string;
  readonly name: string;
}

/**
 * directImports imports names from the files that define them instead of from the tables of contents that list them. What is loaded at run
 * time is decided by file: through an index, every chunk would need all that any chunk needs of the package.
 */
export const directImports: Plugin = {
  name: "direct-imports",
  setup(build) {
    const resolve: Resolve = (specifier, from) =>
      build.resolve(specifier, { resolveDir: dirname(from), kind: "import-statement" });
    build.onLoad({ filter: /\/(?:packages|adapters|apps)\/[^/]+\/src\/.*\.ts$/ }, async ({ path }) => ({
      contents: await rewritten(path, resolve),
      loader: "ts",
    }));
  },
};

const statement = /^(import|export) \{([^}]*)\} from "(@stax\/[^"]+|\.[^"]*\/index\.ts)";$/gm;

async function rewritten(path: string, resolve: Resolve): Promise<string> {
  const source = readFileSync(path, "utf8");
  const found = [...source.matchAll(statement)];
  const direct = await Promise.all(
    found.map(async ([, keyword = "", names = "", specifier = ""]) => {
      const lines = valuesIn(names).map(async ({ name, as }) => {
        const origin = await originOf(name, specifier, path, resolve);
        return `${keyword} { ${origin.name} as ${as} } from ${JSON.stringify(origin.specifier)};`;
      });
      return (await Promise.all(lines)).join(" ");
    }),
  );
  return source.replace(statement, () => direct.shift() ?? "");
}

async function originOf(name: string, specifier: string, from: string, resolve: Resolve): Promise<Origin> {
  const { path, external } = await resolve(specifier, from);
  if (external) return { specifier, name };
  const origin = path.endsWith("/index.ts") ? listedIn(path).get(name) : undefined;
  return origin === undefined
    ? { specifier: path, name }
    : await originOf(origin.name, origin.specifier, path, resolve);
}

function listedIn(index: string): ReadonlyMap<string, Origin> {
  const lines = readFileSync(index, "utf8").matchAll(/^export \{([^}]*)\} from "([^"]+)";$/gm);
  return new Map(
    [...lines].flatMap(([, names = "", specifier = ""]) =>
      valuesIn(names).map(({ name, as }) => [as, { specifier, name }] as const),
    ),
  );
}

// Types are gone before anything is loaded.
function valuesIn(names: string): readonly { readonly name: string; readonly as: string }[] {
  const items = names.split(",").map((item) => item.trim());
  return items
    .filter((item) => item !== "" && !item.startsWith("type ") && !item.startsWith("//"))
    .map((item) => {
      const [name = "", as = name] = item.split(/\s+as\s+/);
      return { name, as };
    });
}
