import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { matchesGitignore, portableGlobs } from "./glob.ts";
import { temporaryDirectory } from "./sample.fixture.ts";

const paths = [
  "a.ts",
  "src/a.ts",
  "src/deep/b.ts",
  "src/x.tsx",
  "docs/a.md",
  "docs/api/b.md",
  "docs",
  "cmd/main.go",
  "lib/cmd/x.go",
  "a-b",
  "[x]",
  "build/out.js",
];
const patterns = [
  "*.ts",
  "/*.ts",
  "src/",
  "src/**",
  "**/*.ts",
  "src/*.ts",
  "docs",
  "/docs",
  "docs/*.md",
  "cmd/",
  "**/cmd",
  "a?b",
  "[ab].ts",
  "[!b].ts",
  "\\[x\\]",
  "**/deep/**",
  "src/**/b.ts",
  "build/*",
];

function hasGit(): boolean {
  try {
    execFileSync("git", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("matchesGitignore", () => {
  it.runIf(hasGit())("S08-03 agrees with git about every pattern and path (runs where git is)", () => {
    const directory = temporaryDirectory();
    execFileSync("git", ["init", "-q", directory]);
    const files = paths.filter((path) => path !== "docs");
    for (const path of files) {
      mkdirSync(join(directory, dirname(path)), { recursive: true });
      writeFileSync(join(directory, path), "");
    }
    for (const pattern of patterns) {
      writeFileSync(join(directory, ".git", "info", "exclude"), `${pattern}\n`);
      let output = "";
      try {
        output = execFileSync("git", ["check-ignore", ...files], { cwd: directory, encoding: "utf8" });
      } catch {
        output = ""; // nothing is ignored: exit code 1
      }
      const ignored = output.split("\n").filter(Boolean);
      expect({ pattern, matched: files.filter((path) => matchesGitignore([pattern], path)) }).toEqual({
        pattern,
        matched: ignored,
      });
    }
  });
  it("S08-03 lets the last pattern that matches decide", () => {
    expect(matchesGitignore(["*.ts", "!a.ts"], "a.ts")).toBe(false);
    expect(matchesGitignore(["!a.ts", "*.ts"], "a.ts")).toBe(true);
    expect(matchesGitignore(["# comment", ""], "# comment")).toBe(false);
  });
});

describe("portableGlobs", () => {
  it.each([
    ["**/*.go", ["**/*.go"]],
    ["*.ts", ["**/*.ts"]],
    ["/*.ts", ["*.ts"]],
    ["src/**/*.ts", ["src/**/*.ts"]],
    ["docs/", ["**/docs/**"]],
    ["/cmd/", ["cmd/**"]],
    ["Makefile", ["**/Makefile", "**/Makefile/**"]],
    ["go.mod", ["**/go.mod"]],
  ])("writes %s so that every glob library reads it alike", (pattern, globs) => {
    expect(portableGlobs([pattern])).toEqual({ globs, problems: [] });
  });
  it("drops negated patterns and says so", () => {
    const { globs, problems } = portableGlobs(["*.ts", "!x.ts"]);
    expect(globs).toEqual(["**/*.ts"]);
    expect(problems).toEqual([expect.stringContaining('"!x.ts"')]);
  });
});
