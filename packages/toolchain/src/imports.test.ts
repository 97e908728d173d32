import { describe, expect, it } from "vitest";
import { codeOf, importsOf, withoutComments, withoutTexts } from "./imports.ts";

const specifiers = (source: string) => importsOf(source).map(({ specifier }) => specifier);

describe("importsOf", () => {
  it.each([
    ['import { a } from "one";', ["one"]],
    ['import type { A } from "one";\nimport b, * as c from "two";', ["one", "two"]],
    ['import {\n  a,\n  b,\n} from "one";', ["one"]],
    ['export { a } from "./a.ts";\nexport * from "./b.ts";', ["./a.ts", "./b.ts"]],
    ['import "side-effect";', ["side-effect"]],
    ['const lazy = () => import("lazy");', ["lazy"]],
    ['type T = import("typed").T;', ["typed"]],
  ])("finds the modules of %j", (source, expected) => {
    expect(specifiers(source)).toEqual(expected);
  });

  it.each([
    ['// import { a } from "one";'],
    ['/** import { a } from "one"; */'],
    ['const text = `\nimport { defineAgent } from "stax";\n`;'],
    ['const text = \'import "x"; import("y")\';'],
    ['const pattern = /import "x"/;'],
    ['const nested = `${`import "x"`} import("y")`;'],
  ])("passes over %j", (source) => {
    expect(specifiers(source)).toEqual([]);
  });

  it("goes on after a template, a quote in a regular expression and a division", () => {
    const source = 'const a = `x${b / 2}`;\nconst q = s.replace(/["\'`]/g, "");\nconst c = a / 2 / 3;\nimport "last";';
    expect(importsOf(source)).toEqual([{ specifier: "last", line: 4 }]);
  });
});

describe("codeOf", () => {
  it("keeps every position and every line break", () => {
    const source = "a /* x\ny */ b `t\n${c}` // 👍 end\nd";
    expect(codeOf(source)).toHaveLength(source.length);
    expect(codeOf(source).split("\n")).toHaveLength(source.split("\n").length);
    expect(codeOf(source)).toContain("${c}");
    expect(codeOf(source)).not.toMatch(/x|y|t|end/);
  });
});

describe("withoutComments", () => {
  it("keeps strings, templates and regular expressions", () => {
    expect(withoutComments('a("b // c", `/* d */`, /[/*]/); // e')).toBe('a("b // c", `/* d */`, /[/*]/);     ');
  });
});

describe("withoutTexts", () => {
  it("leaves what runs", () => {
    expect(
      withoutTexts('a("process.exit()"); // process.exit()\nprocess.exit();').match(/process\.exit/g),
    ).toHaveLength(1);
  });
});
