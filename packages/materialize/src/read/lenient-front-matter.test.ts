import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frontMatter } from "../markdown.ts";
import { lenientMarkdown, listField, stringField } from "./lenient-front-matter.ts";

const read = (yaml: string) => lenientMarkdown(`---\n${yaml}\n---\nB`);

describe("lenientMarkdown", () => {
  it("reads YAML where it is YAML, whatever the line ends", () => {
    expect(lenientMarkdown("\ufeff---\r\na: [b, c]\r\nd: 'e'\r\n---\r\nBody\r\n")).toEqual({
      fields: { a: ["b", "c"], d: "e" },
      body: "Body\r\n",
    });
    expect(lenientMarkdown("No header\n")).toEqual({ fields: {}, body: "No header\n" });
    expect(read("# nothing").fields).toEqual({});
  });
  it("O11 reads line by line what is no YAML: globs that start with an asterisk, colons in texts", () => {
    const { fields, problem } = read("globs: **/*.go\ndescription: Fix: all\nalwaysApply: true\nempty:\n");
    expect(problem).toBe("front matter is no valid YAML");
    expect(fields).toEqual({ globs: "**/*.go", description: "Fix: all", alwaysApply: true, empty: "" });
  });
  it("reads lists and long texts below a key, and takes quotes off", () => {
    const { fields } = read(
      "bad: *x y\npaths:\n  - \"**/*.go\"\n  - 'b'\n- c\ntext: one\n  two\nquoted: 'true'\nno line of a field",
    );
    expect(fields).toEqual({ bad: "*x y", paths: ["**/*.go", "b", "c"], text: "one two", quoted: "true" });
  });
  it("takes what follows an opening that never closes for text, without its byte order mark", () => {
    expect(lenientMarkdown("\ufeff---\na: b\n")).toMatchObject({ fields: {}, body: "---\na: b\n" });
  });
  it("reads a list, a text or a key that is there twice line by line", () => {
    expect(read("- a\n- b").fields).toEqual({});
    expect(read("just text").fields).toEqual({});
    expect(read("a: 1\na: 2").fields).toEqual({ a: "2" });
  });
  it("knows no field __proto__, in neither way", () => {
    for (const yaml of ["__proto__: x\na: b", "__proto__: *x y\na: b"]) {
      const { fields } = read(yaml);
      expect(Object.keys(fields)).toEqual(["a"]);
      expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
    }
    expect(stringField(read("a: b").fields, "toString")).toBeUndefined();
    expect(listField({}, "constructor")).toBeUndefined();
  });
  it("reads back whatever frontMatter writes", () => {
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.string({ unit: "binary" }), { minLength: 1 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), value),
        (body, fields) => {
          const header = frontMatter(fields);
          fc.pre(header !== "" && !JSON.stringify([fields, body]).match(/\\ud[89a-f]/i));
          const read = lenientMarkdown(header + body);
          expect(read.problem).toBeUndefined();
          expect({ ...read.fields }).toEqual({ ...fields });
          expect(read.body).toBe(body);
        },
      ),
    );
  });
  it("ends soon, whatever it is given", () => {
    const start = performance.now();
    for (const text of [
      "- x\n".repeat(15_000),
      `a: *x\n${"  b\n".repeat(15_000)}`,
      "{".repeat(60_000),
      `a: ${"- ".repeat(30_000)}`,
    ])
      read(text);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe("listField", () => {
  it.each([
    ["a, b,c", ["a", "b", "c"]],
    ["src/**/*.{ts,tsx}, test/**", ["src/**/*.{ts,tsx}", "test/**"]],
    ["{a,{b,c}}/**,d", ["{a,{b,c}}/**", "d"]],
    ["src/{a, b", ["src/{a", "b"]],
    ["a}, {b", ["a}", "{b"]],
    ['["a", "b"]', ["a", "b"]],
    ["[a, b]", ["a", "b"]],
    ["[a-z].[jt]s", ["[a-z].[jt]s"]],
    ["'a', \"b\"", ["a", "b"]],
    [" , ,", []],
    ["", undefined],
    [7, undefined],
    [
      ["a", 7, "", "b"],
      ["a", "b"],
    ],
  ])("reads %j as %j", (value, expected) => {
    expect(listField({ value }, "value")).toEqual(expected);
  });
  it("is linear in braces", () => {
    const start = performance.now();
    listField({ value: "{".repeat(200_000) }, "value");
    listField({ value: "{}".repeat(200_000) }, "value");
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe("stringField", () => {
  it("is a text that says something", () => {
    expect(["x", " ", "", 7, null, ["x"]].map((value) => stringField({ value }, "value"))).toEqual([
      "x",
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
