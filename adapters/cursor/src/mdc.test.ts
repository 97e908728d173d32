import { parseLayers, writeLayers } from "@stax/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { readAgent } from "./agents.ts";
import { adapter } from "./index.ts";
import { applicationOf, globsOf, mdcValue, readMdc, writeMdc } from "./mdc.ts";

// What breaks out of a header: quotes, colons, dashes, line ends, control characters.
const hostile = fc
  .array(
    fc.constantFrom(
      '"',
      "'",
      '"""',
      ":",
      ": ",
      " #",
      "---",
      "--",
      "-",
      "\n",
      "\r",
      "\t",
      "}}",
      "{",
      ",",
      "true",
      "false",
      "\\",
      "\u0000",
      "\u2028",
      "a",
      "é",
      " ",
      "alwaysApply: true",
      "globs: *",
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));
const isBare = (value: unknown) => typeof value === "string";

describe("readMdc", () => {
  it.each([
    ["---\nalwaysApply: true\n---\nx", "always"],
    ['---\nalwaysApply: "true"\n---\nx', "manual"],
    ["---\nalwaysApply: yes\n---\nx", "manual"],
    ["---\nglobs: a/**,b/**\nalwaysApply: false\n---\nx", "glob"],
    ['---\nglobs: "a, b"\n---\nx', "glob"],
    ["---\nglobs:\n  - a\n---\nx", "glob"],
    ["---\nglobs:\n- a\n---\nx", "manual"],
    ["---\ndescription: when\n---\nx", "auto"],
    ["---\r\ndescription: when\r\n---\r\nx", "auto"],
  ])("R8 tells when Cursor applies %j: %s", (text, expected) => {
    expect(applicationOf(readMdc(text) ?? { fields: {}, body: "" })).toBe(expected);
  });
  it("skips a file without a header", () => {
    expect(readMdc("# Rule\n")).toBeUndefined();
    expect(readMdc("---\nx: y\n")).toBeUndefined();
  });
  it("R8 makes patterns with brackets and quotes of a list in brackets: why we write none", () => {
    expect(globsOf(readMdc('---\nglobs: ["a","b"]\n---\nx')?.fields.globs)).toEqual(['["a"', '"b"]']);
  });
  it("splits globs at commas outside braces", () => {
    expect(globsOf("a/*.{ts,tsx}, b ,")).toEqual(["a/*.{ts,tsx}", "b"]);
    expect(globsOf("{a,b")).toEqual(["{a,b"]);
  });
});

describe("mdcValue", () => {
  it("is read back as it was, or refused, whatever it holds", () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: "binary" })), (value) => {
        const form = mdcValue(value);
        expect(form === undefined).toBe(value.includes("\n") || value.includes("---"));
        if (form === undefined) return;
        const read = readMdc(writeMdc({ description: form, alwaysApply: false }, "body\n"));
        expect(read).toEqual({ fields: { description: value, alwaysApply: false }, body: "body" });
      }),
    );
  });
  it.each(["true", "false", '"quoted"', "'single'", " edge ", "a: b", "# no comment", "it's", 'say "x"', "*"])(
    "keeps %j a text",
    (value) => {
      const read = readMdc(writeMdc({ description: mdcValue(value) }, "x"))?.fields.description;
      expect(isBare(read)).toBe(true);
      expect(read).toBe(value);
    },
  );
});

describe("what is written", () => {
  it("R8 sets nothing but what the rule says, whatever its description, patterns and body hold", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("always", "glob", "auto", "manual"),
        hostile,
        fc.array(
          hostile.filter((glob) => glob !== ""),
          { maxLength: 3 },
        ),
        hostile,
        async (scope, description, globs, body) => {
          const source = `---\n${stringify({ scope, description, globs })}---\n${body}`;
          const { files } = await writeLayers(adapter, await parseLayers({ rules: { "r.md": source } }));
          const text = files[".cursor/rules/r.mdc"];
          if (text === undefined) {
            expect(scope).toBe("glob");
            return;
          }
          const read = readMdc(text);
          const allowed = ["description", "globs", "alwaysApply"];
          expect(Object.keys(read?.fields ?? { missing: 1 }).every((field) => allowed.includes(field))).toBe(true);
          expect(read?.fields.alwaysApply).toBe(scope === "always");
          const expected = scope === "auto" && description.trim() === "" ? "manual" : scope;
          expect(read && applicationOf(read)).toBe(expected);
        },
      ),
      { numRuns: 60 },
    );
  });
  it("gives a subagent's description and instructions back, whatever they hold", async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (description, instructions) => {
        fc.pre(description.trim() !== "" && instructions.trim() !== "");
        const { files, losses } = await writeLayers(
          adapter,
          await parseLayers({ subagents: { a: { description, instructions } } }),
        );
        const read = readAgent(files[".cursor/agents/a.md"] ?? "");
        expect(Object.keys(read?.fields ?? {})).toEqual(["name", "description"]);
        if (losses.length === 0) expect(read?.fields.description).toBe(description);
        expect(read?.prompt).toBe(instructions.trim());
      }),
      { numRuns: 60 },
    );
  });
});
