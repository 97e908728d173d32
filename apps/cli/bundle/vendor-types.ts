import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

/** A declaration file that is published: where it is and where a copy of it goes. */
interface Declaration {
  readonly source: string;
  readonly target: string;
}

// `… from "x"`, `import("x")` and `import "x"`, as tsc writes them in declarations.
const specifiers = /((?:\bfrom|\bimport)\s*\(?\s*)(["'])([^"'\n]+)\2/g;

/**
 * vendorTypes copies the declarations that the entries reach, across packages, to one directory and points their imports at the
 * copies: the published package has no dependencies whose types an author's editor could read instead.
 */
export function vendorTypes(entries: readonly Declaration[]): number {
  const queue = [...entries];
  const placed = new Map(queue.map(({ source, target }) => [source, target]));
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { source, target } = next;
    const text = readFileSync(source, "utf8").replace(
      specifiers,
      (match, head: string, quote: string, specifier: string) => {
        if (specifier.startsWith("node:")) return match;
        const found = resolveDeclaration(specifier, source, target);
        if (!placed.has(found.source)) {
          placed.set(found.source, found.target);
          queue.push(found);
        }
        const path = relative(dirname(target), placed.get(found.source) ?? found.target).replace(/\.d\.ts$/, ".js");
        return `${head}${quote}${path.startsWith(".") ? path : `./${path}`}${quote}`;
      },
    );
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  return placed.size;
}

function resolveDeclaration(specifier: string, source: string, target: string): Declaration {
  if (specifier.startsWith(".")) {
    const path = specifier.replace(/(\.d)?\.[cm]?[jt]s$/, "");
    const found = [`${path}.d.ts`, `${path}/index.d.ts`].find((candidate) =>
      existsSync(join(dirname(source), candidate)),
    );
    if (found === undefined) throw new Error(`${source} imports ${specifier}, which has no declaration`);
    return { source: join(dirname(source), found), target: join(dirname(target), found) };
  }
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const root = packageRoot(name, source);
  const types = typesOf(root, `.${specifier.slice(name.length)}`);
  return {
    source: join(root, types),
    target: join(typesDirectoryOf(target), shortName(name), types.replace(/^(\.\/)?dist\//, "")),
  };
}

const shortName = (name: string): string => name.replace(/^@stax\//, "").replaceAll(/[@/]/g, "_");

function typesDirectoryOf(target: string): string {
  const marker = join("dist", "types");
  return target.slice(0, target.lastIndexOf(`${marker}/`) + marker.length);
}

function packageRoot(name: string, from: string): string {
  for (const directory of createRequire(from).resolve.paths(name) ?? [])
    if (existsSync(join(directory, name, "package.json"))) return join(directory, name);
  throw new Error(`${from} imports ${name}, which is not installed`);
}

/** The declaration beside the ES module, where there is one: some packages name the CommonJS one first. */
function typesOf(root: string, subpath: string): string {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    exports: Record<string, Record<string, string>>;
  };
  const entry = exports[subpath] ?? {};
  const beside = entry.import?.replace(/\.m?js$/, ".d.ts");
  const types = beside !== undefined && existsSync(join(root, beside)) ? beside : entry.types;
  if (types === undefined) throw new Error(`${root} exports no types for ${subpath}`);
  return types;
}
