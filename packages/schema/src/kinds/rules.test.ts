import { describe, expect, it } from "vitest";
import { layerKinds, orderRules } from "../index.ts";
import { codesOf, parseTree } from "../sample.fixture.ts";

const parse = (files: Record<string, string>) => parseTree("rules", files);
const only = async (text: string) => {
  const { payload, findings } = await parse({ "a.md": text });
  return { rule: payload.rules[0], findings };
};

describe("rules.parse", () => {
  it("S08-02 gives a rule without front matter every default", async () => {
    const { rule, findings } = await only("# Be kind\n");
    expect(findings).toEqual([]);
    expect(rule).toMatchObject({
      id: "a.md",
      scope: "always",
      globs: [],
      priority: 100,
      severity: "warn",
      tags: [],
      triggers: [],
      body: "# Be kind\n",
    });
  });
  it("S08-01 refuses an unknown scope with its line and column", async () => {
    const { rule, findings } = await only("---\nid: x\nscope: bogus\n---\nbody\n");
    expect(rule).toBeUndefined();
    expect(findings).toMatchObject([
      { code: "field-invalid", severity: "error", field: "scope", path: "a.md", line: 3, column: 1 },
    ]);
    expect(findings[0]?.message).toContain('"bogus"');
  });
  it("S08-05 reads lists, quotes, CRLF and a byte order mark", async () => {
    const { rule, findings } = await only(
      '\ufeff---\r\nscope: glob\r\nglobs:\r\n  - "src/**"\r\n  - lib/*.ts\r\ndescription: "a: b # c"\r\n---\r\nbody\r\n',
    );
    expect(findings).toEqual([]);
    expect(rule).toMatchObject({
      scope: "glob",
      globs: ["src/**", "lib/*.ts"],
      description: "a: b # c",
      body: "body\r\n",
    });
  });
  it("S03-82 names the line of invalid YAML and offers the quoted form", async () => {
    const { findings } = await only("---\ndescription: d\nglobs: **/*.go\n---\nbody\n");
    expect(findings).toMatchObject([{ code: "front-matter-invalid", severity: "error", line: 3 }]);
    expect(findings[0]?.hint).toContain('globs: ["**/*.go"]');
  });
  it("offers the list that a comma-separated string was meant to be", async () => {
    const { findings } = await only("---\nglobs: a/**/*.{ts,tsx}, b/*.js\n---\n");
    expect(findings).toMatchObject([{ message: 'must be a list: globs: ["a/**/*.{ts,tsx}", "b/*.js"]', line: 2 }]);
  });
  it("S03-82 refuses front matter that never closes", async () => {
    expect(codesOf((await only("---\nid: x\nbody\n")).findings)).toEqual(["error front-matter-unclosed a.md:1"]);
  });
  it("S08-10 keeps files that are no Markdown as assets", async () => {
    const { payload, findings } = await parse({ "a.md": "x", "logo.png": "PNG" });
    expect(payload.rules.map(({ id }) => id)).toEqual(["a.md"]);
    expect(payload.assets.map(({ path }) => path)).toEqual(["logo.png"]);
    expect(codesOf(findings)).toEqual(["warning rule-not-markdown logo.png"]);
  });
  it("S03-51 warns about a rule file that is no .md", async () => {
    expect(codesOf((await parse({ "rule.txt": "x" })).findings)).toEqual(["warning rule-not-markdown rule.txt"]);
  });
  it("refuses two rules with one id", async () => {
    const { findings } = await parse({ "a.md": "---\nid: x\n---\n", "b.md": "---\nid: x\n---\n" });
    expect(codesOf(findings)).toEqual(["error rule-id-duplicate b.md"]);
  });
  it("keeps front matter that it does not know", async () => {
    const { rule } = await only("---\nowner: platform\n---\nbody");
    expect(rule?.extra).toEqual({ owner: "platform" });
  });
  it("survives aliases that would blow up", async () => {
    const bomb = `---\na: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghij"
      .split("")
      .map((k, i) => `${k}: &${k} [${Array(9).fill(`*${"abcdefghi"[i]}`).join(",")}]`)
      .join("\n")}\n---\n`;
    expect(codesOf((await only(bomb)).findings)).toEqual(["error front-matter-invalid a.md:1"]);
  });
  it("takes a prototype key for plain data", async () => {
    const { findings, rule } = await only("---\n__proto__:\n  scope: manual\n---\nbody");
    expect(findings).toEqual([]);
    expect(rule?.scope).toBe("always");
    expect(({} as Record<string, unknown>)["scope"]).toBeUndefined();
  });
});

describe("orderRules", () => {
  it("S08-04 puts always before glob before auto, each by priority, then by path bytes", async () => {
    const rule = (scope: string, priority: number) =>
      `---\nscope: ${scope}\npriority: ${priority}\nglobs: [x]\ndescription: d\n---\n`;
    const { payload } = await parse({
      "a.md": rule("auto", 1),
      "b.md": rule("glob", 1),
      "c.md": rule("always", 9),
      "e.md": rule("always", 5),
      "Z.md": rule("always", 5),
    });
    expect(orderRules(payload.rules).map(({ id }) => id)).toEqual(["Z.md", "e.md", "c.md", "b.md", "a.md"]);
  });
});

describe("rules.merge", () => {
  it("S08-06 replaces by id, else by path, and keeps precedence readable in the order", async () => {
    const base = (await parse({ "a.md": "---\nid: shared\n---\nold", "b.md": "keep", "c.md": "old c" })).payload;
    const override = (await parse({ "z.md": "---\nid: shared\n---\nnew", "c.md": "new c" })).payload;
    const merged = layerKinds.rules.merge?.(base, override);
    expect(merged?.rules.map(({ id, body }) => [id, body])).toEqual([
      ["b.md", "keep"],
      ["c.md", "new c"],
      ["shared", "new"],
    ]);
  });
});

describe("rules.annotate", () => {
  it("S08-08 counts the rules", async () => {
    expect(layerKinds.rules.annotate?.((await parse({ "a.md": "", "b.md": "" })).payload)).toEqual({
      "dev.stax.rules.count": "2",
    });
  });
});
