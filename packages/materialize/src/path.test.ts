import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPath, collisionKey, matchesClaim, pathProblem } from "./path.ts";
import { slugOf } from "./slug.ts";

describe("pathProblem", () => {
  it.each([
    "",
    "/etc/passwd",
    "../x",
    "a/../../x",
    "a/./b",
    "a//b",
    "a/",
    "C:/x",
    "c:x",
    "a\\b",
    "a\0b",
    "a\nb",
    "\ud800",
    "x".repeat(256),
  ])("S15-16 refuses %j", (path) => {
    expect(pathProblem(path)).toBeDefined();
    expect(() => checkPath(path)).toThrow(expect.objectContaining({ code: "ERR_STAX_PATH_UNSAFE" }));
  });
  it.each(["a", ".claude/rules/a..b.md", "a b/ü.md", "con"])("allows %j", (path) => {
    expect(pathProblem(path)).toBeUndefined();
  });
});

describe("collisionKey", () => {
  it("X-24 is equal for names that differ in case or in Unicode normalisation", () => {
    expect(collisionKey("A/É.md")).toBe(collisionKey("a/e\u0301.md"));
    expect(collisionKey("a")).not.toBe(collisionKey("b"));
  });
});

describe("matchesClaim", () => {
  it("reads * as part of a name and ** as any directories", () => {
    expect(matchesClaim(".claude/rules/*.md", ".claude/rules/a.md")).toBe(true);
    expect(matchesClaim(".claude/rules/*.md", ".claude/rules/a/b.md")).toBe(false);
    expect(matchesClaim(".claude/skills/**", ".claude/skills/a/b/c")).toBe(true);
    expect(matchesClaim("**/CLAUDE.md", "CLAUDE.md")).toBe(true);
    expect(matchesClaim("a.c", "abc")).toBe(false);
  });
});

describe("slugOf", () => {
  it.each([
    ["go/errors.md", "go-errors"],
    ["../x", "x"],
    ["a b:c", "a-b-c"],
    [".hidden", "hidden"],
    ["...", "unnamed"],
    ["über/größe.md", "über-größe"],
  ])("makes a file name of %j", (id, slug) => {
    expect(slugOf(id)).toBe(slug);
  });
  it("S15-16 makes a safe name of any id", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (id) => {
        expect(pathProblem(`rules/${slugOf(id)}.instructions.md`)).toBeUndefined();
        expect(slugOf(id)).not.toContain("/");
      }),
    );
  });
});
