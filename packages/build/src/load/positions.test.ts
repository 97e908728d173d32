import { stripTypeScriptTypes } from "node:module";
import type { Field } from "@stax/schema";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { modulePositions, syntaxErrorIn } from "./positions.ts";

// `|` marks where the position must be.
function marked(source: string): { readonly source: string; readonly expected: { line: number; column: number } } {
  const before = source.slice(0, source.indexOf("|")).split("\n");
  return {
    source: source.replace("|", ""),
    expected: { line: before.length, column: (before.at(-1) ?? "").length + 1 },
  };
}

describe("modulePositions", () => {
  it.each<[what: string, source: string, field: Field]>([
    [
      "a field of the object in a call",
      `import { defineAgent } from "stax";\nexport default defineAgent({\n  name: "a",\n  |version: "1",\n});`,
      ["version"],
    ],
    ["a field of a plain object", `export default {\n  a: { b: [1, { |c: 2 }] },\n};`, ["a", "b", 1, "c"]],
    ["an item of a list", `export default { tags: ["a", |"b"] };`, ["tags", 1]],
    ["a quoted key", `export default { |"x-y": 1 };`, ["x-y"]],
    ["a number as a key", `export default { a: { |1: 2 } };`, ["a", "1"]],
    ["a shorthand", `const name = "a";\nexport default { |name };`, ["name"]],
    ["a method", `export default { |run() {} };`, ["run"]],
    ["a variable", `const agent = defineAgent({\n  |name: 1 });\nexport default agent;`, ["name"]],
    ["an exported variable", `export const agent = { |name: 1 };\nexport default agent;`, ["name"]],
    ["a renamed export", `const a = { |name: 1 };\nexport { a as default };`, ["name"]],
    ["satisfies and as", `export default ({ a: { |b: 1 } as const } satisfies object) as unknown;`, ["a", "b"]],
    [
      "types around it",
      `type T = { a: number; b: string };\nconst f = <X,>(x: X): X => x;\nexport default f<T>({\n  a: 1,\n  |b: "é",\n});`,
      ["b"],
    ],
    ["a nested call", `export default defineAgent({ adapter: claudeCode({ |model: "m" }) });`, ["adapter", "model"]],
    ["an awaited value", `export default await Promise.resolve({ |a: 1 });`, ["a"]],
    ["a spread variable", `const base = { |model: 1 };\nexport default { ...base, name: 2 };`, ["model"]],
    ["the last of two spreads", `const a = { x: 1 }, b = { |x: 2 };\nexport default { ...a, ...b };`, ["x"]],
    ["the field after a spread", `const a = { x: 1 };\nexport default { ...a, |x: 2 };`, ["x"]],
    [
      "the nearest field around an import",
      `import { config } from "./c.ts";\nexport default { adapter: { |config } };`,
      ["adapter", "config", "deep", 3],
    ],
    ["the nearest field around a computation", `export default { |tags: ["a"].concat("b") };`, ["tags", 1]],
    ["the list that a spread starts", `const more = ["x"];\nexport default { |tags: [...more, "b"] };`, ["tags", 1]],
    ["the whole where the field is missing", `export default |defineAgent({ name: 1 });`, ["version"]],
    ["the whole for the empty field", `export default |{ a: 1 };`, []],
    ["the export of what comes from elsewhere", `import agent from "./a.ts";\nexport default |agent;`, ["name"]],
    ["the export of what another file exports", `export { |default } from "./a.ts";`, ["name"]],
    ["a circle of variables", `const a = b, b = a;\nexport default |a;`, ["name"]],
  ])("finds %s", (_what, source, field) => {
    const { source: text, expected } = marked(source);
    expect(modulePositions(text, "agent.ts")(field)).toEqual(expected);
  });

  it.each([["const a = ;"], ["enum A { b }\nexport default {}"], ["export const a = 1;"], [""]])(
    "tells nothing for %j",
    (source) => {
      expect(modulePositions(source, "agent.ts")(["a"])).toBeUndefined();
    },
  );

  it("counts in UTF-16 units after text that types and emoji take up", () => {
    expect(modulePositions(`const x = "👍é"; export default { a: x };`, "agent.ts")(["a"])).toEqual({
      line: 1,
      column: 35,
    });
    expect(modulePositions(`const x: string = "👍é"; export default { a: x };`, "agent.ts")(["a"])).toEqual({
      line: 1,
      column: 43,
    });
  });

  it("does not warn, and does not parse before it is asked", () => {
    const emitted = vi.spyOn(process, "emitWarning");
    const positions = modulePositions("const a: number = 1; export default { a };", "agent.ts");
    expect(positions(["a"])).toEqual({ line: 1, column: 39 });
    expect(emitted).not.toHaveBeenCalled();
    emitted.mockRestore();
  });

  it("places every field of any object that is written as JSON", () => {
    fc.assert(
      fc.property(
        fc.object({
          key: fc.string({ minLength: 1, maxLength: 8 }).filter((key) => key !== "__proto__"),
          maxDepth: 3,
          values: [fc.integer(), fc.string(), fc.boolean()],
        }),
        (value) => {
          const source = `export default ${JSON.stringify(value, null, 2)};`;
          const positions = modulePositions(source, "agent.js");
          const lines = source.split("\n");
          for (const field of fieldsOf(value)) {
            const at = positions(field);
            const key = field.at(-1);
            const text = lines[(at?.line ?? 0) - 1]?.slice((at?.column ?? 0) - 1) ?? "";
            if (typeof key === "string") expect(text.startsWith(JSON.stringify(key))).toBe(true);
            else expect(at).toBeDefined();
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

function fieldsOf(value: unknown, at: Field = []): readonly Field[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => [[...at, index], ...fieldsOf(item, [...at, index])]);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [[...at, key], ...fieldsOf(item, [...at, key])]);
}

describe("syntaxErrorIn", () => {
  it("finds the place, and nothing where there is none", () => {
    expect(syntaxErrorIn("/w/a.js", "export default {\n  a: 1,,\n}")).toEqual({ path: "/w/a.js", line: 2, column: 8 });
    expect(syntaxErrorIn("/w/a.ts", "const a: number = 1;")).toBeUndefined();
    expect(syntaxErrorIn("/w/a.json", "{,}")).toBeUndefined();
  });
});

it("types are stripped without moving anything", () => {
  const source = "const a: Array<{ b: string }> = []; export default a;";
  expect(stripTypeScriptTypes(source)).toHaveLength(source.length);
});
