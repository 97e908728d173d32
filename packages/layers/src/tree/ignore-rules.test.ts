import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LayersError, readIgnoreRules, readTree } from "../index.ts";
import { directoryOf, temporaryDirectory } from "../temporary.fixture.ts";

const files = [
  ...["a.md", "b.txt", "c.log", "#hash", "!bang", "sp ace", "trail ", "[x].md", "x.md", "y.md", "z1.md", "B.TXT"],
  ...[
    "doc/a.md",
    "doc/b.txt",
    "doc/sub/a.md",
    "doc/sub/c.log",
    "doc/sub/deep/x.md",
    "tmp/a.md",
    "tmp/keep/me.md",
    "tmp/keep/not.txt",
  ],
  ...[
    "src/tmp/x.md",
    "src/build/out.js",
    "src/main.ts",
    "build/out.js",
    "build/.keep",
    ".hidden",
    ".config/x",
    "a/b/c/d/e.md",
    "foo",
    "bar/foo/x",
  ],
  ...["a/x/b", "a/b/q", "a/x/y/b", "ab", "abc/x.md"],
];

const empty = Object.fromEntries(files.map((path) => [path, ""]));
let gitRoot = "";
let ownRoot = "";

beforeAll(() => {
  [gitRoot, ownRoot] = [mkdtempSync(join(tmpdir(), "stax-git-")), mkdtempSync(join(tmpdir(), "stax-ignore-"))];
  directoryOf(empty, gitRoot);
  directoryOf(empty, ownRoot);
  execFileSync("git", ["init", "-q", "."], { cwd: gitRoot });
});

afterAll(() => {
  for (const root of [gitRoot, ownRoot]) rmSync(root, { recursive: true });
});

/** What git would add, given its ignore files. */
function notIgnoredByGit(ignoreFiles: Readonly<Record<string, string>>): readonly string[] {
  for (const path of [".gitignore", "doc/.gitignore"]) writeFileSync(join(gitRoot, path), ignoreFiles[path] ?? "");
  const options = ["-c", "core.excludesFile=/dev/null", "-c", "core.ignoreCase=false"];
  const command = [...options, "ls-files", "--others", "--exclude-standard", "-z"];
  const listed = execFileSync("git", command, { cwd: gitRoot, encoding: "utf8" }).split("\0");
  return listed.filter((path) => path !== "" && !path.endsWith(".gitignore")).sort();
}

async function notIgnored(patterns: string): Promise<readonly string[]> {
  writeFileSync(join(ownRoot, ".staxignore"), patterns);
  const ignore = readIgnoreRules({ base: ownRoot, defaults: false });
  const { tree } = await readTree(ownRoot, { ignore });
  return tree
    .map(({ path }) => path)
    .filter((path) => path !== ".staxignore")
    .sort();
}

const patterns = [
  ...[
    "*.md",
    "*.log",
    "a.md",
    "/a.md",
    "doc/",
    "doc",
    "/doc",
    "doc/*",
    "doc/**",
    "**/a.md",
    "**/tmp",
    "tmp/",
    "/tmp/",
    "a/**/b",
  ],
  ...[
    "a/*/b",
    "doc/sub",
    "doc/sub/",
    "sub",
    "sub/",
    "*.MD",
    "[ab].md",
    "[!a].md",
    "[a-y].md",
    "z?.md",
    "?.md",
    "\\#hash",
    "#hash",
  ],
  ...[
    "\\!bang",
    "!bang",
    "sp ace",
    "trail\\ ",
    "trail ",
    "\\[x\\].md",
    "[x].md",
    "**",
    "*",
    "/*",
    "/**",
    "foo",
    "foo/",
    "/foo",
    "bar/foo",
  ],
  ...[
    "**/foo/**",
    "B.TXT",
    "b.txt",
    ".*",
    ".hidden",
    "\\*.md",
    "*/",
    "*/a.md",
    "a/",
    "ab",
    "a*",
    "*.js",
    "/build/*",
    "build/",
  ],
];

describe("readIgnoreRules", () => {
  it.each(patterns)("S03-31 understands the pattern %j as git does", async (pattern) => {
    expect(await notIgnored(`${pattern}\n`)).toEqual(notIgnoredByGit({ ".gitignore": `${pattern}\n` }));
  });

  it.each([
    ["comments and blank lines", "# *.md\n\n   \n*.log\n"],
    ["negation: the last match wins", "*.md\n!a.md\n"],
    ["negation undone", "*.md\n!a.md\n/a.md\n"],
    ["no way back into an ignored directory", "tmp/\n!tmp/keep/me.md\n"],
    ["a way back step by step", "/tmp/*\n!/tmp/keep/\n/tmp/keep/*\n!/tmp/keep/me.md\n"],
    ["everything but one", "/*\n!/doc\n/doc/*\n!/doc/sub\n"],
    ["CRLF line ends", "*.md\r\n!a.md\r\n*.log\r\n"],
    ["no newline at the end", "*.log\n*.txt"],
    ["a byte order mark", "\ufeff*.md\n"],
    ["many rules", "*.md\n*.txt\n!doc/**\ndoc/sub/\n**/keep\n"],
  ])("S03-31 reads %s as git does", async (_, content) => {
    expect(await notIgnored(content)).toEqual(notIgnoredByGit({ ".gitignore": content }));
  });

  it("S03-31 agrees with git about lists of patterns", async () => {
    const list = fc.array(fc.tuple(fc.boolean(), fc.constantFrom(...patterns.filter((p) => !p.startsWith("!")))), {
      minLength: 2,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(list, async (lines) => {
        const content = `${lines.map(([negated, pattern]) => (negated ? "!" : "") + pattern).join("\n")}\n`;
        expect(await notIgnored(content)).toEqual(notIgnoredByGit({ ".gitignore": content }));
      }),
      { numRuns: 25 },
    );
  });

  it("S03-32 reads the two files as git reads nested ones: relative to where they lie, the inner one last", async () => {
    const outer = "/doc/b.txt\n*.log\nsub/\n";
    for (const inner of [
      "!b.txt\n",
      "/a.md\n",
      "a.md\n",
      "sub/deep\n",
      "!sub/\n",
      "**/deep\n",
      "*.md\n!/sub/a.md\n",
      "/\n",
      "[a].md\n",
    ]) {
      const root = directoryOf(Object.fromEntries(files.map((path) => [path, ""])));
      writeFileSync(join(root, ".staxignore"), outer);
      writeFileSync(join(root, "doc/.staxignore"), inner);
      const ignore = readIgnoreRules({ base: join(root, "doc"), workspaceRoot: root, defaults: false });
      const { tree } = await readTree(join(root, "doc"), { ignore, projectRoot: root });
      const ours = tree.map(({ path }) => `doc/${path}`).filter((path) => !path.endsWith(".staxignore"));
      const gits = notIgnoredByGit({ ".gitignore": outer, "doc/.gitignore": inner }).filter((path) =>
        path.startsWith("doc/"),
      );
      expect(ours.sort(), JSON.stringify(inner)).toEqual(gits);
    }
  });

  it("S03-32 evaluates patterns relative to the project, not to the layer", async () => {
    const root = directoryOf({
      ".staxignore": "knowledge/tmp\n",
      "knowledge/tmp/x.md": "",
      "knowledge/a.md": "",
      "knowledge/knowledge/tmp": "",
    });
    const ignore = readIgnoreRules({ base: root });
    const { tree } = await readTree(join(root, "knowledge"), { projectRoot: root, ignore });
    expect(tree.map(({ path }) => path)).toEqual(["a.md", "knowledge/tmp"]);
  });

  it("takes a character for one, where git counts its bytes", async () => {
    const root = directoryOf({ ".staxignore": "?.md\n[!a].txt\n", "é.md": "", "é.txt": "", "a.txt": "" });
    const { tree } = await readTree(root);
    expect(tree.map(({ path }) => path)).toEqual([".staxignore", "a.txt"]);
  });

  it("treats special characters of a directory's name literally", async () => {
    const root = directoryOf({ "a[b]*/.staxignore": "x.md\n", "a[b]*/x.md": "", "a[b]*/y.md": "" });
    const base = join(root, "a[b]*");
    const { tree } = await readTree(base, { ignore: readIgnoreRules({ base, workspaceRoot: root }) });
    expect(tree.map(({ path }) => path)).toEqual([".staxignore", "y.md"]);
  });

  it("S03-33 S03-34 S03-36 never packs .git and .stax, whatever the file says", async () => {
    const root = directoryOf({
      ".staxignore": "!.git\n!.git/\n!.git/**\n!.stax\n!**/.stax/**\n",
      "knowledge/.git/HEAD": "",
      "knowledge/sub/.git": "gitdir: ../x",
      "knowledge/.stax/artifacts/x": "",
      "knowledge/.GIT/config": "",
      "knowledge/a.md": "",
      "knowledge/.github/x.md": "",
    });
    const ignore = readIgnoreRules({ base: root, defaults: false });
    const { tree } = await readTree(join(root, "knowledge"), { projectRoot: root, ignore });
    expect(tree.map(({ path }) => path)).toEqual([".github/x.md", "a.md"]);
  });

  it("S03-34 packs a layer whose project itself lies in .stax (decision A16)", async () => {
    const root = directoryOf({ ".stax/agent/knowledge/a.md": "", ".stax/agent/knowledge/.stax/b.md": "" });
    const base = join(root, ".stax/agent");
    const ignore = readIgnoreRules({ base, workspaceRoot: root });
    const { tree } = await readTree(join(base, "knowledge"), { projectRoot: base, ignore });
    expect(tree.map(({ path }) => path)).toEqual(["a.md"]);
  });

  it("S03-35 S03-36 never packs the output directories of the build", async () => {
    const root = directoryOf({
      ".staxignore": "!out/\n!out/**\n",
      "k/out/index.json": "",
      "k/out2/x": "",
      "k/a.md": "",
    });
    const ignore = readIgnoreRules({ base: root, outputs: [join(root, "k/out")] });
    const { tree } = await readTree(join(root, "k"), { projectRoot: root, ignore });
    expect(tree.map(({ path }) => path)).toEqual(["a.md", "out2/x"]);
  });

  it("S03-67 S03-68 keeps further names out for source snapshots", async () => {
    const root = directoryOf({ ".staxignore": "!.hg\n", ".git/HEAD": "", ".hg/x": "", "sub/.svn/y": "", "a.ts": "" });
    const ignore = readIgnoreRules({ base: root, always: [".hg", ".svn"], defaults: false });
    expect((await readTree(root, { ignore })).tree.map(({ path }) => path)).toEqual([".staxignore", "a.ts"]);
  });

  it("S03-37 leaves out node_modules and the like unless told", async () => {
    const tree = {
      "k/node_modules/x/index.js": "",
      "k/.DS_Store": "",
      "k/sub/Thumbs.db": "",
      "k/__pycache__/a.pyc": "",
      "k/a.md": "",
    };
    const root = directoryOf(tree);
    const paths = async (defaults: boolean) =>
      (await readTree(join(root, "k"), { ignore: readIgnoreRules({ base: root, defaults }) })).tree.map(
        ({ path }) => path,
      );
    expect(await paths(true)).toEqual(["a.md"]);
    expect(await paths(false)).toHaveLength(5);
  });

  it("S03-37 lets a .staxignore bring a default back", async () => {
    const root = directoryOf({ ".staxignore": "!node_modules/\n", "k/node_modules/x.js": "", "k/.DS_Store": "" });
    const { tree } = await readTree(join(root, "k"), { ignore: readIgnoreRules({ base: root }) });
    expect(tree.map(({ path }) => path)).toEqual(["node_modules/x.js"]);
  });

  it("says when a .staxignore cannot be read", () => {
    const root = directoryOf({ ".staxignore/x": "" }, temporaryDirectory());
    expect(() => readIgnoreRules({ base: root })).toThrow(LayersError);
  });
});
