import { readEntry } from "@stax/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Section } from "./contract.ts";
import { frontMatter, joinSections, markdownFile, plainYaml, wholeYaml } from "./markdown.ts";

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    '"',
    "'",
    ": ",
    "\n",
    "---",
    "\n---\n",
    '"""',
    "}}",
    "{{x}}",
    "# x",
    "\u0000",
    "\u0085",
    "\u2028",
    "\ufeff",
    "!!js/function x",
    "- a",
    "yes",
    "null",
    "1e3",
    "<<",
    "*a",
    "&a b",
    "%YAML",
    "\t",
    "\r\n",
    "é",
    "a".repeat(300),
  ),
  fc
    .array(fc.constantFrom('"', "\\", "\n", "---", ":", " ", "x", "#", "\r", "\t", "\u001b"), { maxLength: 20 })
    .map((parts) => parts.join("")),
);

describe("frontMatter", () => {
  it("reads back equal, whatever is in it, and stays between its fences", () => {
    fc.assert(
      fc.property(hostile, fc.array(hostile, { maxLength: 4 }), (text, list) => {
        fc.pre(![text, ...list].some((item) => /\p{Surrogate}/u.test(item)));
        const written = frontMatter({ description: text, paths: list, flag: true });
        const lines = written.split("\n");
        expect(lines[0]).toBe("---");
        expect(lines.indexOf("---", 1)).toBe(lines.length - 2);
        expect(parse(lines.slice(1, -2).join("\n"))).toEqual({ description: text, paths: list, flag: true });
      }),
      { numRuns: 500 },
    );
  });
  it("S12-15 holds three dashes at its fences only, where Claude Code ends it at the first", () => {
    fc.assert(
      fc.property(hostile, fc.array(fc.constantFrom("-", "---", "----", " ", "x")), (text, parts) => {
        const value = [...parts, text].join("");
        const written = frontMatter({ description: value, paths: [value], nested: { a: value } });
        expect(written.slice(4).indexOf("---")).toBe(written.length - 8);
        expect(parse(written.slice(4, -4))).toEqual({ description: value, paths: [value], nested: { a: value } });
      }),
    );
  });
  it("writes each string quoted on one line", () => {
    expect(frontMatter({ a: "x\ny", b: ["1", "é"], c: undefined })).toBe(
      '---\na: "x\\ny"\nb:\n  - "1"\n  - "é"\n---\n',
    );
  });
  it("is empty without fields", () => {
    expect(frontMatter({ a: undefined })).toBe("");
  });
});

describe("markdownFile", () => {
  it("does not let a body be taken for front matter", async () => {
    const file = markdownFile("a.md", {}, "---\npaths: ['x']\n---\nbody");
    expect(new TextDecoder().decode(await readEntry(file, 1000))).toBe("\n---\npaths: ['x']\n---\nbody");
  });
});

const section = (id: string, rank: number, text: string, more: Partial<Section> = {}): Section => ({
  id,
  rank: [rank, 0],
  text,
  origin: id,
  heading: id.toUpperCase(),
  ...more,
});
const textOf = async (sections: readonly Section[]) =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readEntry(joinSections("A.md", sections).entry, 10_000));

describe("joinSections", () => {
  it("puts parts in order, with headings between them and none above the first", async () => {
    expect(await textOf([section("b", 2, "two\n"), section("a", 1, "one"), section("c", 3, "three\n\n")])).toBe(
      "one\n\n## B\n\ntwo\n\n## C\n\nthree\n\n",
    );
  });
  it("adds no heading to a text that has its own, unless the heading says when it applies", async () => {
    expect(await textOf([section("a", 1, "one\n"), section("b", 2, "# Own\n")])).toBe("one\n\n# Own\n");
    expect(await textOf([section("a", 1, "one\n"), section("b", 2, "# Own\n", { headed: true })])).toBe(
      "one\n\n## B\n\n# Own\n",
    );
  });
  it("S15-10 keeps white space and line endings of the parts", async () => {
    expect(await textOf([section("a", 1, "  one  \r\n\r\n"), section("b", 2, "\ttwo\r\n")])).toBe(
      "  one  \r\n\r\n## B\n\n\ttwo\r\n",
    );
  });
  it("is exact for the bytes of one source only", () => {
    expect(joinSections("A.md", [section("a", 1, "x")]).exact).toBe(false);
    const { entry } = joinSections("A.md", [section("a", 1, "x")]);
    expect(joinSections("A.md", [section("a", 1, "x", { file: entry })])).toMatchObject({ exact: true });
  });
});

describe("plainYaml", () => {
  const plain = fc.oneof(fc.string({ unit: "grapheme-ascii" }), hostile, fc.boolean(), fc.integer());
  const fields = fc.dictionary(
    fc.oneof(
      fc.stringMatching(/^[a-zA-Z][a-zA-Z-]{0,12}$/),
      fc.constantFrom("yes", "null", "On", "n", "name", "x_y", "é"),
    ),
    fc.oneof(plain, fc.array(plain, { maxLength: 4 }), fc.double(), fc.constant({ a: 1 }), fc.constant(null)),
    { maxKeys: 5 },
  );
  // Half of all are such as it writes itself: what it leaves to the library proves nothing about it.
  const easy = fc.dictionary(
    fc.stringMatching(/^[a-z][a-z-]{2,12}$/),
    fc.oneof(fc.stringMatching(/^[a-z][a-z ]{0,20}$/), fc.boolean()),
    { minKeys: 1, maxKeys: 5 },
  );
  it("writes the bytes that the library writes, or leaves it to the library", () => {
    let written = 0;
    fc.assert(
      fc.property(fc.oneof(fields, easy), (given) => {
        const yaml = plainYaml(given);
        if (yaml === undefined || Object.keys(given).length === 0) return;
        written += 1;
        expect(yaml).toBe(wholeYaml(given));
      }),
      { numRuns: 2000 },
    );
    expect(written).toBeGreaterThan(500);
  });
});
