import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Context } from "./contract.ts";
import { matchesGitignore, portableGlobs, ruleGlobs } from "./glob.ts";
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

describe("ruleGlobs", () => {
  it("writes a pattern for the root alone for every directory, and says so; what is below the root's directories stays there", () => {
    const said: (string | undefined)[] = [];
    const item = { lose: (_: unknown, reason: string) => said.push(reason) } as unknown as Context; // what it reports to
    expect(ruleGlobs(["/go.mod", "/*.md", "/cmd/", "/src/x", "*.ts", "!y"], item)).toEqual([
      "**/go.mod",
      "**/*.md",
      "cmd/**",
      "src/x",
      "src/x/**",
      "**/*.ts",
    ]);
    expect(said).toEqual([
      'the negated pattern "!y" has no equivalent and is dropped',
      'the pattern "/go.mod" is written for every directory, not for the root alone',
      'the pattern "/*.md" is written for every directory, not for the root alone',
    ]);
  });
  it("writes what it wrote itself as it is", () => {
    const silent = { lose: () => undefined } as unknown as Context; // as above
    for (const pattern of [...patterns, "/**", "/x", "a/b/", "**/x/"]) {
      const once = ruleGlobs([pattern], silent);
      expect(ruleGlobs(once, silent), pattern).toEqual(once);
    }
  });
});
