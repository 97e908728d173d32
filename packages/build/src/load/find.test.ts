import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BuildError } from "../error.ts";
import { findDefinitions, workspaceRootOf } from "./index.ts";
import { TestWorkspace } from "./workspace.fixture.ts";

const workspaces: TestWorkspace[] = [];
function workspaceWith(...paths: string[]): TestWorkspace {
  const workspace = new TestWorkspace(Object.fromEntries(paths.map((path) => [path, ""])));
  workspaces.push(workspace);
  return workspace;
}
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const workspace of workspaces.splice(0)) await workspace.dispose();
});

function errorOf(run: () => unknown): BuildError {
  try {
    run();
  } catch (error) {
    if (error instanceof BuildError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("workspaceRootOf", () => {
  it.each([["stax.config.json"], ["stax.config.yaml"], [".git/HEAD"], [".stax/x/agent.ts"]])(
    "is the nearest directory above with %s",
    (marker) => {
      const { root } = workspaceWith(marker, "a/b/agent.ts");
      expect(workspaceRootOf(join(root, "a/b/agent.ts"))).toBe(root);
      expect(workspaceRootOf(join(root, "a/b"))).toBe(root);
    },
  );

  it("takes .git as a file, as in a worktree", () => {
    const { root } = workspaceWith(".git", "a/agent.ts");
    expect(workspaceRootOf(join(root, "a/agent.ts"))).toBe(root);
  });

  it("prefers the nearest of several", () => {
    const { root } = workspaceWith(".git/HEAD", "a/stax.config.json", "a/b/agent.ts");
    expect(workspaceRootOf(join(root, "a/b/agent.ts"))).toBe(join(root, "a"));
  });

  it("is the entry's own directory where nothing marks one", () => {
    const { root } = workspaceWith("a/agent.ts");
    expect(workspaceRootOf(join(root, "a/agent.ts"))).toBe(join(root, "a"));
  });

  it("never takes the home directory for a workspace because of ~/.stax", () => {
    const { root } = workspaceWith(".stax/auth.json", "project/agent.ts", "agent.ts");
    vi.stubEnv("HOME", root);
    expect(homedir()).toBe(root);
    expect(workspaceRootOf(join(root, "project/agent.ts"))).toBe(join(root, "project"));
    expect(workspaceRootOf(join(root, "agent.ts"))).toBe(root);
  });
});

describe("findDefinitions", () => {
  it.each([
    ["agent.ts", "agent"],
    ["agent.mts", "agent"],
    ["agent.js", "agent"],
    ["agent.mjs", "agent"],
    ["agent.json", "agent"],
    ["agent.yaml", "agent"],
    ["agent.yml", "agent"],
    ["package.ts", "package"],
    ["package.mts", "package"],
    ["package.yaml", "package"],
    ["package.yml", "package"],
    ["stax.package.json", "package"],
    ["profile.ts", "profile"],
    ["profile.json", "profile"],
  ])("finds %s", (name, kind) => {
    const { root } = workspaceWith(name, "package.json", "README.md");
    expect(findDefinitions({ cwd: root })).toEqual([
      { path: join(root, name), kind, directory: root, workspaceRoot: root },
    ]);
  });

  it("S13-02 finds agents and packages in .stax/<name>/", () => {
    const { root } = workspaceWith(".stax/backend/agent.ts", ".stax/shared/package.ts", ".stax/artifacts/oci-layout");
    expect(findDefinitions({ cwd: root, all: true })).toEqual([
      {
        path: join(root, ".stax/backend/agent.ts"),
        kind: "agent",
        directory: join(root, ".stax/backend"),
        workspaceRoot: root,
      },
      {
        path: join(root, ".stax/shared/package.ts"),
        kind: "package",
        directory: join(root, ".stax/shared"),
        workspaceRoot: root,
      },
    ]);
  });

  it.each([
    ["agent.ts", "agent.json"],
    ["agent.ts", ".stax/backend/agent.ts"],
    [".stax/one/agent.ts", ".stax/two/agent.yaml"],
  ])("S01-01 refuses two agents and names both: %s, %s", (one, two) => {
    const { root } = workspaceWith(one, two);
    const error = errorOf(() => findDefinitions({ cwd: root }));
    expect(error).toMatchObject({ code: "ERR_STAX_DEFINITION_AMBIGUOUS", category: "schema" });
    expect(error.message).toContain(one);
    expect(error.message).toContain(two);
    expect(findDefinitions({ cwd: root, all: true })).toHaveLength(2);
  });

  it("S01-01 takes an explicit entry where there are two agents", () => {
    const { root } = workspaceWith(".stax/one/agent.ts", ".stax/two/agent.ts");
    expect(findDefinitions({ cwd: root, entry: ".stax/two/agent.ts" })).toMatchObject([
      { path: join(root, ".stax/two/agent.ts") },
    ]);
    expect(findDefinitions({ cwd: root, entry: ".stax/one" })).toMatchObject([
      { path: join(root, ".stax/one/agent.ts"), workspaceRoot: root },
    ]);
  });

  it("means the agent where packages lie beside it", () => {
    const { root } = workspaceWith("agent.ts", ".stax/shared/package.ts", "profile.ts");
    expect(findDefinitions({ cwd: root })).toMatchObject([{ kind: "agent" }]);
    expect(findDefinitions({ cwd: root, all: true })).toHaveLength(3);
  });

  it("refuses several packages without an agent", () => {
    const { root } = workspaceWith(".stax/a/package.ts", ".stax/b/package.ts");
    expect(errorOf(() => findDefinitions({ cwd: root })).message).toContain(".stax/a/package.ts, .stax/b/package.ts");
  });

  it("says where it looked when there is nothing", () => {
    const { root } = workspaceWith("README.md");
    expect(errorOf(() => findDefinitions({ cwd: root }))).toMatchObject({
      code: "ERR_STAX_DEFINITION_MISSING",
      hint: expect.stringContaining("stax init"),
    });
    expect(errorOf(() => findDefinitions({ cwd: root, entry: "nope" }))).toMatchObject({
      code: "ERR_STAX_DEFINITION_MISSING",
      message: "nope does not exist",
    });
  });

  it("points to the workspace's definition from a directory below it", () => {
    const { root } = workspaceWith(".git/HEAD", "agent.ts", "src/main.c");
    expect(errorOf(() => findDefinitions({ cwd: join(root, "src") })).hint).toContain("../agent.ts");
  });

  it.each([
    ["package.json", "stax.package.json"],
    ["main.ts", "agent"],
    ["agent.toml", "agent"],
  ])("refuses %s as an entry and says what to name it", (name, hint) => {
    const { root } = workspaceWith(name);
    expect(errorOf(() => findDefinitions({ cwd: root, entry: name }))).toMatchObject({
      code: "ERR_STAX_DEFINITION_KIND_UNKNOWN",
      hint: expect.stringContaining(hint),
    });
  });

  it("S01-04 resolves links before it looks whether a definition is inside", () => {
    const { root } = workspaceWith("project/stax.config.json", "elsewhere/agent.ts", "project/real/agent.ts");
    symlinkSync(join(root, "elsewhere/agent.ts"), join(root, "project/agent.ts"));
    expect(errorOf(() => findDefinitions({ cwd: join(root, "project") }))).toMatchObject({
      code: "ERR_STAX_DEFINITION_OUTSIDE",
    });
    mkdirSync(join(root, "project/inner"));
    symlinkSync(join(root, "project/real/agent.ts"), join(root, "project/inner/agent.ts"));
    expect(findDefinitions({ cwd: join(root, "project"), entry: "inner" })).toMatchObject([
      { path: join(root, "project/real/agent.ts"), directory: join(root, "project/real") },
    ]);
  });

  it("finds the same through a link to the whole project", () => {
    const { root } = workspaceWith("project/agent.ts");
    symlinkSync(join(root, "project"), join(root, "link"));
    expect(findDefinitions({ cwd: join(root, "link") })).toEqual(
      findDefinitions({ cwd: realpathSync(join(root, "project")) }),
    );
  });

  it("reports a link that leads nowhere", () => {
    const { root } = workspaceWith("README.md");
    symlinkSync(join(root, "gone.ts"), join(root, "agent.ts"));
    expect(errorOf(() => findDefinitions({ cwd: root }))).toMatchObject({
      code: "ERR_STAX_DEFINITION_UNREADABLE",
      category: "build",
    });
  });
});
