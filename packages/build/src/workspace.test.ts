import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findDefinitions } from "./index.ts";
import { agent, build, codesOf, contentOf, packageOf, project, validate } from "./project.fixture.ts";

const several = {
  "agents/one/agent.json": agent({ name: "one", packages: ["../../packages/team"] }),
  "agents/two/agent.yaml":
    "name: two\nversion: 1.0.0\ndescription: Two\nadapter: { type: x, runtime: x, adapterVersion: 1.0.0, config: {}, features: {} }\npackages: [../../packages/team, ../../packages/base]\n",
  "packages/base/stax.package.json": packageOf("base", { rules: "./rules" }),
  "packages/base/rules/kind.md": "Be kind.\n",
  "packages/team/stax.package.json": packageOf("team", { packages: ["../base"] }),
};

const namesOf = (cwd: string, entry?: string): readonly string[] =>
  findDefinitions({ cwd, all: true, entry }).map(({ path }) => path.slice(cwd.length + 1));

describe("all definitions of a workspace", () => {
  it("are found wherever they lie, from any directory of it, and below one that is named", () => {
    const cwd = project({ ...several, ".stax/inner/agent.json": agent({ name: "inner" }) });
    const all = [
      ".stax/inner/agent.json",
      "agents/one/agent.json",
      "agents/two/agent.yaml",
      "packages/base/stax.package.json",
      "packages/team/stax.package.json",
    ];
    expect(namesOf(cwd)).toEqual(all);
    const below = findDefinitions({ cwd: join(cwd, "agents/one"), all: true });
    expect(below.map(({ path }) => path.slice(cwd.length + 1))).toEqual(all);
    expect(namesOf(cwd, "packages")).toEqual(all.slice(3));
  });

  it("are of one workspace, even where nothing marks it", () => {
    const outer = project({ "a/agents/one/agent.json": agent(), "a/package.yaml": "" });
    const found = findDefinitions({ cwd: join(outer, "a"), all: true });
    expect(new Set(found.map(({ workspaceRoot }) => workspaceRoot))).toEqual(new Set([outer]));
  });

  it.each([
    ["node_modules/pack/agent.json"],
    ["agents/node_modules/pack/package.yaml"],
    [".github/agent.yaml"],
    ["mine/skills/example/agent.yaml"],
    ["mine/knowledge/samples/deep/package.ts"],
    ["elsewhere/.git/HEAD", "elsewhere/agent.json"],
    ["elsewhere/stax.config.json", "elsewhere/x/agent.json"],
  ])("are not %s", (...paths) => {
    const cwd = project({
      "mine/agent.json": agent(),
      ...Object.fromEntries(paths.map((path) => [path, agent({ name: "other" })])),
    });
    expect(namesOf(cwd)).toEqual(["mine/agent.json"]);
  });

  it("are not behind links to directories", () => {
    const cwd = project({ "mine/agent.json": agent() });
    symlinkSync(join(cwd, "mine"), join(cwd, "again"));
    symlinkSync(cwd, join(cwd, "mine/loop"));
    expect(namesOf(cwd)).toEqual(["mine/agent.json"]);
  });

  it("are not what .staxignore lists, in the root or beside a definition", async () => {
    const cwd = project({
      "mine/agent.json": agent(),
      "mine/drafts/next/agent.json": "broken",
      "mine/.staxignore": "drafts/\n",
      "old/agent.json": "broken",
      "src/package.ts": "throw new Error('no definition')",
      ".staxignore": "old/\nsrc/package.ts\n",
    });
    expect(codesOf(await validate(cwd, { all: true }))).toEqual([]);
    expect((await build(cwd, { all: true })).artifacts.map(({ reference }) => reference)).toEqual(["sample:1.0.0"]);
  });

  it("are built packages first, each once, into one layout", async () => {
    const cwd = project(several);
    const events: string[] = [];
    const built = await build(cwd, {
      all: true,
      onEvent: (event) => events.push(event.type === "artifact" ? event.reference : `${event.project} ${event.layer}`),
    });
    expect(built.artifacts.map(({ reference }) => reference)).toEqual([
      "base:1.0.0",
      "team:1.0.0",
      "one:1.0.0",
      "two:1.0.0",
    ]);
    expect(events).toEqual(["base rules", "base:1.0.0", "team:1.0.0", "one:1.0.0", "two:1.0.0"]);
    const alone = await build(cwd, { entry: "agents/one", out: join(cwd, "out") });
    expect(built.artifacts[2]?.digest).toBe(alone.artifacts[0]?.digest);
    const { packages } = await contentOf(built, "two:1.0.0");
    expect(packages?.packages.map(({ digest }) => digest)).toEqual([
      built.artifacts[1]?.digest,
      built.artifacts[0]?.digest, // declared, and declared last
    ]);
  });

  it("have one lock, in the root of the workspace, which building one of them leaves whole", async () => {
    const cwd = project(several);
    expect(await build(join(cwd, "agents/two"), { all: true })).toMatchObject({ locked: true });
    const lock = readFileSync(join(cwd, "stax.lock"), "utf8");
    expect(lock).toContain("./packages/base");
    expect(lock).toContain("./packages/team");
    expect(existsSync(join(cwd, "agents/two/stax.lock"))).toBe(false);
    expect(await build(cwd, { entry: "agents/one" })).toMatchObject({ locked: false });
    expect(await build(cwd, { entry: "packages", all: true })).toMatchObject({ locked: false });
    expect(readFileSync(join(cwd, "stax.lock"), "utf8")).toBe(lock);
    expect(await build(cwd, { all: true, lockMode: "frozen" })).toMatchObject({ locked: false });
  });

  it("tell a problem of a package once, however many build on it", async () => {
    const cwd = project({ ...several, "packages/base/stax.package.json": packageOf("base", { rules: "./rulez" }) });
    expect(codesOf(await validate(cwd, { all: true }))).toEqual([
      "error path-missing packages/base/stax.package.json rules",
    ]);
  });

  it("have names of their own", async () => {
    const cwd = project({ "a/agent.json": agent(), "b/agent.json": agent() });
    expect(codesOf(await validate(cwd, { all: true }))).toEqual(["error definition-duplicate b/agent.json"]);
    await expect(build(cwd, { all: true })).rejects.toMatchObject({ code: "ERR_STAX_INVALID" });
    expect(existsSync(join(cwd, ".stax"))).toBe(false);
  });

  it("are built with all personas where they have any", async () => {
    const cwd = project({
      ...several,
      "agents/one/personas/ann.json": JSON.stringify({ name: "ann", displayName: "Ann", role: "Engineer" }),
    });
    const { artifacts } = await build(cwd, { all: true, allPersonas: true });
    expect(artifacts.map(({ reference }) => reference)).toEqual([
      "base:1.0.0",
      "team:1.0.0",
      "one:1.0.0-ann",
      "two:1.0.0",
    ]);
  });

  it("that build on each other in a circle are refused", async () => {
    const cwd = project({
      "a/stax.package.json": packageOf("a", { packages: ["../b"] }),
      "b/stax.package.json": packageOf("b", { packages: ["../a"] }),
    });
    await expect(validate(cwd, { all: true })).rejects.toMatchObject({ code: "ERR_STAX_PACKAGE_CYCLE" });
  });

  it("are what a directory without a definition is told of", () => {
    const cwd = project({ ...several, "docs/a.md": "" });
    const hint = (at: string) => {
      try {
        return findDefinitions({ cwd: at });
      } catch (error) {
        return (error as { hint?: string }).hint; // a BuildError
      }
    };
    expect(hint(cwd)).toBe("there is agents/one/agent.json in the workspace; name it, or use --all");
    expect(hint(join(cwd, "docs"))).toContain("there is ../agents/one/agent.json");
  });

  it("are said to be missing where there are none", () => {
    const cwd = project({});
    mkdirSync(join(cwd, "empty"));
    expect(() => findDefinitions({ cwd, all: true })).toThrow(/no agent, package or profile/);
  });
});
