import type { Adapter } from "@stax/materialize";
import type { AdapterConfig } from "@stax/schema";
import { parseLayers, type Written, writeLayers } from "@stax/testing";
import fc from "fast-check";
import { type ParseError, parse as parseJsonc } from "jsonc-parser";
import { parse as parseToml } from "smol-toml";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { importSource, published } from "./docs/modules.ts";

const adapters = await Promise.all(
  published()
    .filter(({ group }) => group === "adapters")
    .map(async ({ folder }) => (await importSource(`${folder}/src/index.ts`))?.["adapter"] as Adapter), // what adapters export
);

// Between two letters that nothing else of a file holds, so that it can be found again in whatever is read.
const wrapped = (field: number, text: string) => `Q${field}${text}Z${field}`;

const layersWith = (text: string) => {
  // A glob keeps to what is no syntax of globs, and names to one line.
  const inGlob = text.replace(/[^ "'#:-]/g, "");
  const inName = text.replace(/[^ "'#:=[\]-]/g, "");
  return parseLayers({
    rules: {
      "a.md": header({ scope: "glob", globs: [`src/${wrapped(0, inGlob)}/x.ts`], description: wrapped(1, text) }),
      "b.md": header({ scope: "auto", description: wrapped(2, text) }),
    },
    subagents: { helper: { description: wrapped(3, text), instructions: "I\n", model: wrapped(4, inName) } },
    mcp: {
      [wrapped(5, inName)]: { command: wrapped(6, text), args: [wrapped(7, text)], env: { A: wrapped(8, text) } },
      web: { url: "https://h.example/mcp", transport: "http", headers: { "X-A": wrapped(9, inName) } },
    },
  });
};
// JSON is YAML, whatever the text holds.
const header = (fields: object) => `---\n${JSON.stringify(fields)}\n---\nB\n`;

type Parsed = Readonly<Record<string, unknown>>;

// Every file of the runtime's that has a syntax, by path; what the generic adapter writes for importers is JSON too.
function parsed({ files }: Written): Parsed {
  return Object.fromEntries(
    Object.entries(files).flatMap(([path, text]) => {
      const value = contentOf(path, text);
      return value === undefined ? [] : [[path, value]];
    }),
  );
}

function contentOf(path: string, text: string): unknown {
  if (path.endsWith(".toml")) return parseToml(text);
  if (/\.jsonc?$/.test(path)) return jsonOf(text);
  const [, front] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? [];
  if (front === undefined) return undefined;
  // Cursor reads line by line: another line would be another field.
  if (path.startsWith(".cursor/")) return front.split("\n").map(withoutQuotes);
  return parseYaml(front);
}

const withoutQuotes = (line: string) => line.replace(/^([\w-]+: )["']+/, "$1").replace(/["']+$/, "");

function jsonOf(text: string): unknown {
  const errors: ParseError[] = [];
  const value: unknown = parseJsonc(text, errors);
  expect(errors).toEqual([]);
  return value;
}

const flat = (text: string) => text.replace(/\s+/g, " ").trim();

// The same structure with the text taken out of its wraps, and all that stood in them.
function unwrapped(value: unknown): {
  readonly shape: unknown;
  readonly texts: readonly (readonly [string, string])[];
} {
  const texts: [string, string][] = [];
  const take = (text: string) =>
    text.replace(/Q(\d)([\s\S]*?)Z\1/g, (_, field: string, inner: string) => {
      texts.push([field, flat(inner)]);
      return `Q${field}Z${field}`;
    });
  const walk = (one: unknown): unknown => {
    if (typeof one === "string") return take(one);
    if (Array.isArray(one)) return one.map(walk);
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [take(key), walk(inner)]));
  };
  return { shape: walk(value), texts };
}

const nasty = fc
  .array(
    fc.constantFrom(
      '"',
      "'",
      ":",
      ": ",
      "\n",
      '"""',
      "'''",
      "---",
      "\n---\n",
      "}}",
      "]",
      "[x]",
      "=",
      "#",
      " # ",
      ",",
      "\\",
      "\u0001",
      "\u007f",
      "\u2028",
      "é",
      "a: b",
      "- ",
      "!!x",
      "&a",
      "*a",
      "|",
      ">",
      "%",
      "@",
      "`",
      "\t",
      "\r\n",
      "true",
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join(""));

const lossesOf = ({ losses }: Written) =>
  losses.map(({ feature, item = "", field = "" }) => unwrapped(`${feature} ${item} ${field}`).shape).sort();

describe.each(adapters.map((adapter) => [adapter.name, adapter] as const))(
  "injection into files for %s",
  (_, adapter) => {
    it.each(["project", "user"] as const)(
      "S12-15 S15-16 in %s scope: whatever a text holds, it is read back equal and nothing else is set",
      async (scope) => {
        const config = configOf(adapter);
        const harmless = await writeLayers(adapter, await layersWith(""), config, { scope });
        const wanted = unwrapped(parsed(harmless));
        let kept = 0;
        await fc.assert(
          fc.asyncProperty(nasty, async (text) => {
            const written = await writeLayers(adapter, await layersWith(text), config, { scope });
            // What a runtime cannot hold is changed or left out, and reported.
            if (JSON.stringify(lossesOf(written)) !== JSON.stringify(lossesOf(harmless))) return;
            const found = unwrapped(parsed(written));
            for (const [field, inner] of found.texts)
              expect(
                [flat(text), flat(text.replace(/[^ "'#:-]/g, "")), flat(text.replace(/[^ "'#:=[\]-]/g, ""))],
                `field ${field}`,
              ).toContain(inner);
            kept += 1;
            expect(found.shape).toEqual(wanted.shape);
          }),
          { numRuns: 20 },
        );
        expect(kept).toBeGreaterThan(3);
      },
    );
  },
);

// Agents are written where that is chosen, for the runtimes that leave the choice.
function configOf(adapter: Adapter): AdapterConfig {
  const configure = adapter.configure as unknown as (options: object) => AdapterConfig; // options are checked when it runs
  try {
    return configure({ writeAgents: true });
  } catch {
    return configure({});
  }
}
