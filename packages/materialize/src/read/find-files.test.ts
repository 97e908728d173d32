import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readEntry } from "@stax/schema";
import { describe, expect, it, onTestFinished } from "vitest";
import { findFiles } from "./find-files.ts";

function directoryOf(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), "stax-find-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}

const found = (directory: string, ...globs: readonly string[]) =>
  findFiles(directory, globs).tree.map(({ path }) => path);

describe("findFiles", () => {
  it("lists what the globs ask for, sorted, and reads it when it is opened", async () => {
    const directory = directoryOf({
      "CLAUDE.md": "a",
      "b/CLAUDE.md": "b",
      "b/c/x.md": "x",
      "z.md": "z",
      ".claude/rules/r.md": "r",
    });
    const { tree, diagnostics } = findFiles(directory, ["**/CLAUDE.md", ".claude/rules/*.md"]);
    expect(tree.map(({ path }) => path)).toEqual([".claude/rules/r.md", "CLAUDE.md", "b/CLAUDE.md"]);
    expect(new TextDecoder().decode(await readEntry(tree[2] as never, 10))).toBe("b");
    expect(diagnostics).toEqual([]);
  });
  it("does not enter other repositories, package managers' directories, or hidden ones that no glob names", () => {
    const directory = directoryOf({
      "node_modules/x/CLAUDE.md": "no",
      "vendor/.git/HEAD": "ref",
      "vendor/CLAUDE.md": "no",
      ".stax/agent/CLAUDE.md": "no",
      ".venv/CLAUDE.md": "no",
      ".hidden/CLAUDE.md": "no",
      "src/CLAUDE.md": "yes",
    });
    expect(found(directory, "**/CLAUDE.md", ".claude/**")).toEqual(["src/CLAUDE.md"]);
  });
  it("enters hidden directories at any depth where a glob names them", () => {
    const directory = directoryOf({
      "api/.toy/rules/a.md": "yes",
      "api/.other/.toy/rules/a.md": "no",
      ".toy/rules/b.md": "yes",
    });
    expect(found(directory, "**/.toy/rules/*.md")).toEqual([".toy/rules/b.md", "api/.toy/rules/a.md"]);
  });
  it("follows a link to a file inside, as repositories share one document under two names", async () => {
    const directory = directoryOf({ "AGENTS.md": "shared" });
    symlinkSync("AGENTS.md", join(directory, "CLAUDE.md"));
    const { tree } = findFiles(directory, ["CLAUDE.md"]);
    expect(tree.map(({ path, size }) => [path, size])).toEqual([["CLAUDE.md", 6]]);
    expect(new TextDecoder().decode(await readEntry(tree[0] as never, 10))).toBe("shared");
  });
  it("follows no link that leads outside, and says so", () => {
    const outside = directoryOf({ "secret.md": "no", "skills/x/SKILL.md": "no" });
    const directory = directoryOf({ "a.md": "" });
    symlinkSync(join(outside, "secret.md"), join(directory, "CLAUDE.md"));
    symlinkSync("/nowhere", join(directory, "AGENTS.md"));
    mkdirSync(join(directory, ".claude"));
    symlinkSync(join(outside, "skills"), join(directory, ".claude/skills"));
    const { tree, diagnostics } = findFiles(directory, ["CLAUDE.md", "AGENTS.md", ".claude/**"]);
    expect(tree).toEqual([]);
    expect(diagnostics.map(({ path }) => path).sort()).toEqual([".claude/skills", "AGENTS.md", "CLAUDE.md"]);
  });
  it("ends where links lead in a circle", () => {
    const directory = directoryOf({ ".claude/skills/a/SKILL.md": "x" });
    symlinkSync("..", join(directory, ".claude/skills/up"));
    expect(found(directory, ".claude/skills/**")).toContain(".claude/skills/a/SKILL.md");
  });
  it("reads nothing outside where a directory was replaced by a link after it was listed", async () => {
    const outside = directoryOf({ "CLAUDE.md": "no" });
    const directory = directoryOf({ "sub/CLAUDE.md": "yes" });
    const { tree } = findFiles(directory, ["**/CLAUDE.md"]);
    rmSync(join(directory, "sub"), { recursive: true });
    symlinkSync(outside, join(directory, "sub"));
    await expect(readEntry(tree[0] as never, 10)).rejects.toMatchObject({ code: "ERR_STAX_PATH_UNSAFE" });
  });
  it("says that a directory is none", () => {
    expect(() => findFiles("/nowhere/at/all", ["a"])).toThrow(/is no directory/);
  });
});
