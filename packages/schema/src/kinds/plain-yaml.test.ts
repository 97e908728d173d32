import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { plainYaml } from "./plain-yaml.ts";

const whole = (yaml: string): unknown => {
  const document = parseDocument(yaml, {
    uniqueKeys: true,
    prettyErrors: false,
    strict: true,
    merge: false,
    version: "1.2",
  });
  return document.errors.length > 0 ? document.errors[0]?.message : document.toJS();
};

const piece = fc.constantFrom(
  "key",
  "name",
  "globs",
  "true",
  "Null",
  "y",
  "no",
  "scope",
  "a b",
  "x-1",
  ":",
  ": ",
  " ",
  "  - ",
  "- ",
  "\n",
  "\n",
  "\n",
  '"',
  '"a"',
  '""',
  '"*.ts"',
  "[",
  "]",
  ", ",
  "0",
  "12",
  "007",
  "1e3",
  "0x1",
  ".inf",
  "~",
  "#",
  " #c",
  "*a",
  "&a",
  "!t",
  "|",
  ">",
  "'",
  "\\",
  "\t",
  "é",
  "---",
  "...",
  "a/b.c",
  "a, b",
  "src/**",
);
const field = fc
  .tuple(
    fc.constantFrom("id", "scope", "globs", "priority", "no", "tags"),
    fc.constantFrom(
      "always",
      "two words",
      "7",
      "0",
      "012",
      '"quoted: text # no"',
      '["a", "b"]',
      '["**/*.ts","x"]',
      "[]",
      '[ "a" ]',
      '["a" ]',
      "true",
      "a #c",
      "a: b",
      "a - b",
      '\n  - "x"\n  - y',
      "\n  - 1",
      "\n- x",
      "\n  -  x",
      "a.",
      "a/",
      "v1.2.3",
      "2024-01-01",
      "1.5",
      '"a\\nb"',
      '"é"',
      " padded",
      "end ",
    ),
  )
  .map(([key, value]) => (value.startsWith("\n") ? `${key}:${value}` : `${key}: ${value}`));

describe("plainYaml", () => {
  it("reads what the parser reads, or leaves it to the parser", () => {
    let read = 0;
    const texts = fc.oneof(
      fc.array(field, { maxLength: 4 }).map((lines) => lines.join("\n")),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
      fc.tuple(field, fc.array(piece, { maxLength: 5 })).map(([first, rest]) => `${first}${rest.join("")}`),
    );
    fc.assert(
      fc.property(texts, (yaml) => {
        const fields = plainYaml(yaml);
        if (fields === undefined) return;
        read += 1;
        expect(fields).toEqual(whole(yaml));
      }),
      { numRuns: 4000 },
    );
    expect(read).toBeGreaterThan(100);
  });
  it("reads the front matter that people write", () => {
    expect(
      plainYaml('id: clear-names\nscope: glob\nglobs: ["src/**", "*.ts"]\npriority: 10\ndescription: "Say: what"'),
    ).toEqual({
      id: "clear-names",
      scope: "glob",
      globs: ["src/**", "*.ts"],
      priority: 10,
      description: "Say: what",
    });
    expect(plainYaml('tags:\n  - one\n  - "two"\nname: x')).toEqual({ tags: ["one", "two"], name: "x" });
    for (const yaml of [
      "",
      "a:",
      "a: true",
      "a: 1\na: 2",
      "__proto__: x",
      "a: *b",
      "a: b: c",
      "a: 'b'",
      "# c",
      "a: x\n  - y",
      "a: x\r",
    ])
      expect([yaml, plainYaml(yaml)]).toEqual([yaml, undefined]);
  });
});
