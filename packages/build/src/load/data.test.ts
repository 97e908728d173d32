import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { BuildError } from "../error.ts";
import { readDataDefinition } from "./index.ts";
import { TestWorkspace } from "./workspace.fixture.ts";

const workspace = new TestWorkspace();
afterAll(() => workspace.dispose());
let counter = 0;

function read(text: string | Uint8Array, extension: string) {
  return readDataDefinition(workspace.write(`agent-${counter++}.${extension}`, text), workspace.root);
}

function errorOf(text: string | Uint8Array, extension: string): BuildError {
  try {
    read(text, extension);
  } catch (error) {
    if (error instanceof BuildError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("readDataDefinition of JSON", () => {
  it("gives value and positions", () => {
    const { value, positions } = read(
      '{\n  "name": "a",\n  "adapter": { "type": "generic",\n    "config": [1, { "x": null }] }\n}',
      "json",
    );
    expect(value).toEqual({ name: "a", adapter: { type: "generic", config: [1, { x: null }] } });
    expect(positions(["name"])).toEqual({ line: 2, column: 3 });
    expect(positions(["adapter", "config", 1, "x"])).toEqual({ line: 4, column: 21 });
    expect(positions(["adapter", "nope"])).toEqual({ line: 3, column: 3 });
  });

  it.each([
    ['{ "a": 1, }', 1, 11, "JSON knows no comments"],
    ["{\n // no\n}", 2, 2, "JSON knows no comments"],
    ['{ "a": 1,\n  "a": 2 }', 2, 3, "remove one of them"],
    ['{ "a": { "b": 1, "\\u0062": 2 } }', 1, 18, "remove one of them"],
    ["{ a: 1 }", 1, 3, "JSON knows no comments"],
    ["", 1, 1, ""],
    ['{ "a": 1e999 }', 1, 8, ""],
  ])("refuses %j with its place", (text, line, column, hint) => {
    const error = errorOf(text, "json");
    expect(error).toMatchObject({
      code: "ERR_STAX_DEFINITION_SYNTAX",
      category: "schema",
      diagnostics: [{ line, column }],
    });
    expect(error.hint).toContain(hint);
  });

  it("refuses nesting deeper than 64 levels, and says where", () => {
    const error = errorOf(`${'{"a":'.repeat(65)}1${"}".repeat(65)}`, "json");
    expect(error.message).toMatch(/^agent-\d+\.json:1:\d+: is no valid JSON: it nests deeper than 64$/);
    expect(errorOf("[".repeat(200_000), "json")).toMatchObject({ code: "ERR_STAX_DEFINITION_SYNTAX" });
  });

  it("keeps __proto__ as a key that changes nothing", () => {
    const { value } = read('{ "__proto__": { "polluted": true } }', "json");
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("readDataDefinition of YAML", () => {
  it("gives value and positions", () => {
    const { value, positions } = read(
      "# agent\nname: a\nadapter:\n  type: generic\n  config:\n    - 1\n    - x: ~\n",
      "yaml",
    );
    expect(value).toEqual({ name: "a", adapter: { type: "generic", config: [1, { x: null }] } });
    expect(positions(["name"])).toEqual({ line: 2, column: 1 });
    expect(positions(["adapter", "config", 1, "x"])).toEqual({ line: 7, column: 7 });
    expect(positions(["adapter", "nope"])).toEqual({ line: 3, column: 1 });
  });

  it("is YAML 1.2 core: yes, no, on and dates are text", () => {
    expect(read("a: yes\nb: on\nc: 2024-01-01\nd: 0o17\ne: 1_000\n", "yml").value).toEqual({
      a: "yes",
      b: "on",
      c: "2024-01-01",
      d: 15,
      e: "1_000",
    });
  });

  it("accepts a byte order mark and CRLF", () => {
    expect(read("\ufeffname: a\r\nversion: 1.0.0\r\n", "yaml").value).toEqual({ name: "a", version: "1.0.0" });
  });

  it.each([
    ["name: a\nname: b\n", 2, 1, "unique"],
    ["a: !!js/function 'x'\n", 1, 4, "tag"],
    ["a: !custom x\n", 1, 4, "tag"],
    ["a: !!binary aGk=\n", 1, 4, "tag"],
    ["a: [1, 2\n", 2, 1, ""],
    ["a: 'x\n", 2, 1, "quote"],
    ["globs: **/*.go\n", 1, 8, "no anchor for the alias **/*.go"],
    ["a: 1\n---\nb: 2\n", 2, 1, "multiple documents"],
    ["? [a, b]\n: 1\n", 1, 3, "no text"],
    ["~: 1\n", 1, 1, "no text"],
  ])("refuses %j with its place", (text, line, column, message) => {
    const error = errorOf(text, "yaml");
    expect(error).toMatchObject({ code: "ERR_STAX_DEFINITION_SYNTAX", diagnostics: [{ line, column }] });
    expect(error.message).toContain(message);
  });

  it("reports every error at once", () => {
    expect(errorOf("a: 1\na: 2\nb: 1\nb: 2\n", "yaml").diagnostics.map(({ line }) => line)).toEqual([2, 4]);
  });

  it("does not merge keys: `<<` is a key like any other", () => {
    expect(read("base: &b { x: 1 }\nother:\n  <<: *b\n", "yaml").value).toEqual({
      base: { x: 1 },
      other: { "<<": { x: 1 } },
    });
  });

  it("refuses a bomb of aliases quickly", () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 12; i++)
      lines.push(`${"abcdefghijkl"[i]}: &${"abcdefghijkl"[i]} [${`*${"abcdefghijkl"[i - 1]}, `.repeat(10)}]`);
    const start = performance.now();
    expect(errorOf(lines.join("\n"), "yaml")).toMatchObject({
      code: "ERR_STAX_DEFINITION_SYNTAX",
      message: expect.stringContaining("alias"),
    });
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it.each([
    ["a: .nan\n", "NaN"],
    ["a: -.inf\n", "-Infinity"],
    ["a: &a\n  b: *a\n", "a cycle"],
  ])("S03-44 refuses what JSON cannot carry: %j", (text, what) => {
    const error = errorOf(text, "yaml");
    expect(error).toMatchObject({ code: "ERR_STAX_DEFINITION_NOT_DATA" });
    expect(error.diagnostics[0]).toMatchObject({
      message: `holds ${what}, which JSON cannot carry`,
      line: expect.any(Number),
    });
  });

  it("refuses deep nesting of both styles", () => {
    // Some are so deep that the parser gives up first.
    for (const text of ["[".repeat(100_000), "- ".repeat(20_000), "{a: ".repeat(10_000)]) {
      expect(errorOf(text, "yaml")).toMatchObject({ code: "ERR_STAX_DEFINITION_SYNTAX" });
    }
    const block = Array.from({ length: 70 }, (_, i) => `${" ".repeat(i)}k:`).join("\n");
    for (const text of [block, `a: ${"[".repeat(70)}${"]".repeat(70)}`]) {
      expect(errorOf(text, "yaml")).toMatchObject({
        code: "ERR_STAX_DEFINITION_SYNTAX",
        message: expect.stringContaining("deeper than 64"),
      });
    }
  });

  it.each([["[".repeat(100_000)], ["[".repeat(500)], ["{a: ".repeat(500)]])(
    "says once that it nests too deep, where brackets are left open",
    (text) => {
      const { diagnostics, hint } = errorOf(`name: ${text}`, "yaml");
      expect(diagnostics).toHaveLength(1);
      expect(diagnostics[0]?.message).toBe("nests deeper than 64 levels");
      expect(hint).toBeUndefined();
    },
  );

  it("keeps __proto__ as a key that changes nothing", () => {
    const { value } = read("__proto__:\n  polluted: true\n", "yaml");
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("refuses an empty file", () => {
    expect(errorOf("# nothing\n", "yaml").message).toMatch(/yaml: is empty$/);
  });
});

describe("readDataDefinition", () => {
  it.each([["json"], ["yaml"]])("refuses bytes that are no UTF-8 in .%s", (extension) => {
    expect(errorOf(Uint8Array.of(0x22, 0xff, 0x22), extension).message).toContain("not valid UTF-8");
  });

  it("refuses a file of more than 4 MiB without reading it apart", () => {
    expect(errorOf(`"${"x".repeat(4 * 1024 * 1024)}"`, "json")).toMatchObject({
      code: "ERR_STAX_DEFINITION_TOO_LARGE",
    });
  });

  it("shows control characters of a file's text escaped", () => {
    expect(errorOf('{ "\\u001b[2J": 1, "\\u001b[2J": 2 }', "json").message).not.toContain("\u001b");
  });

  it("names a file below the workspace with /", () => {
    const path = workspace.write("deep/er/agent.json", "[");
    expect(() => readDataDefinition(path, workspace.root)).toThrow(/^deep\/er\/agent\.json:1:2: /);
    expect(() => readDataDefinition(join(workspace.root, "none.json"), workspace.root)).toThrow(
      /none\.json: cannot be read/,
    );
  });
});
