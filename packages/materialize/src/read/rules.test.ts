import { fileEntry, type Rule } from "@stax/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FoundRule, rulesLayer } from "./rules.ts";
import { heard } from "./toy.fixture.ts";

async function layerOf(...found: readonly (Partial<FoundRule> & Pick<FoundRule, "path">)[]) {
  const { context, said } = heard();
  const rules = found.map((rule) => ({ from: `from/${rule.path}`, scope: "always" as const, body: "B\n", ...rule }));
  const layers = await rulesLayer(rules, context);
  return { rules: layers.rules?.rules ?? [], assets: layers.rules?.assets ?? [], said };
}

describe("rulesLayer", () => {
  it("is none without rules", async () => {
    expect(await rulesLayer([], heard().context)).toEqual({});
  });
  it("gives a second rule of a name a number, also where only case tells them apart, and says so", async () => {
    const { rules, said } = await layerOf({ path: "a.md" }, { path: "A.md" }, { path: "a.md" }, { path: "a-2.md" });
    expect(rules.map(({ id }) => id).sort()).toEqual(["A-2.md", "a-2-2.md", "a-3.md", "a.md"]);
    expect(said).toHaveLength(3);
  });
  it("gives every rule the extension that makes it one", async () => {
    const { rules, assets } = await layerOf({ path: "a.mdc" }, { path: "b" });
    expect(rules.map(({ id }) => id)).toEqual(["a.mdc.md", "b.md"]);
    expect(assets).toEqual([]);
  });
  it("numbers thousands of one name in no time", async () => {
    const start = performance.now();
    const { rules } = await layerOf(...Array.from({ length: 3000 }, () => ({ path: "a.md" })));
    expect(rules).toHaveLength(3000);
    expect(performance.now() - start).toBeLessThan(5000);
  });
  it("keeps the bytes of a file without a header, and no others", async () => {
    const file = fileEntry("x", "B\n");
    expect((await layerOf({ path: "a.md", file })).rules[0]?.file.open).toBe(file.open);
    const marked = fileEntry("x", "\ufeff---\nscope: bad\n");
    const { rules } = await layerOf({ path: "a.md", file: marked, body: "---\nscope: bad\n" });
    expect(rules.map(({ scope, body }) => [scope, body])).toEqual([["always", "---\nscope: bad\n"]]);
  });
  it("reads back as it was found, whatever texts hold", async () => {
    const text = fc.string({ unit: "grapheme", maxLength: 20 });
    const body = fc
      .array(fc.oneof(text, fc.constantFrom("---", "scope: no", "\ufeff")), { maxLength: 4 })
      .map((lines) => lines.join("\n"));
    const rule = fc.record({
      scope: fc.constantFrom<Rule["scope"]>("always", "glob", "auto", "manual"),
      globs: fc.array(
        text.filter((glob) => glob !== ""),
        { maxLength: 3 },
      ),
      description: fc.option(text, { nil: undefined }),
      body: body.filter((one) => !one.startsWith("\ufeff")),
    });
    await fc.assert(
      fc.asyncProperty(rule, async (found) => {
        const { rules } = await layerOf({ path: "r.md", ...found });
        const [read] = rules;
        expect({ scope: read?.scope, globs: read?.globs, description: read?.description, body: read?.body }).toEqual(
          found,
        );
      }),
    );
  });
});
