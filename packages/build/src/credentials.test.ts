import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agent, build, packageOf, project, validate } from "./project.fixture.ts";

// Put together here, so that no scanner takes this file for a leak.
const token = `ghp_${"aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzC7R"}`;
const skill = `---\nname: one\ndescription: d\n---\n${token}\n`;

const files = {
  "agent.json": agent({
    prompt: "./prompt.md",
    rules: "./rules",
    skills: "./skills",
    knowledge: "./knowledge",
    surfaces: "./surfaces",
    instructionTree: "./instructions",
    subagents: "./subagents.json",
    packages: ["./pack"],
  }),
  "prompt.md": `One\n\nUse ${token}.\n`,
  "persona.json": `{
  "name": "p",
  "displayName": "${token}",
  "role": "r"
}`,
  "rules/a.md": `---\nid: a\n---\n${token}\n`,
  "skills/one/SKILL.md": skill,
  "knowledge/deep/notes.csv": `a,b\n${token},c\n`,
  "surfaces/soul.md": token,
  "instructions/_root/instructions.md": `x ${token}`,
  "subagents.json": JSON.stringify({ agents: { sub: { description: "d", instructions: "./sub.md" } } }),
  "sub.md": `Sub\n${token}`,
  "pack/package.json": "{}",
  "pack/package.yaml": `${packageOf("pack", { knowledge: "./notes" })}`,
  "pack/notes/p.md": `\n  ${token}`,
};

const expected = [
  "instructions/_root/instructions.md:1:3",
  "knowledge/deep/notes.csv:2:1",
  "pack/notes/p.md:2:3",
  "persona.json:3:3",
  "prompt.md:3:5",
  "rules/a.md:4:1",
  "skills/one/SKILL.md:5:1",
  "sub.md:2:1",
  "surfaces/soul.md:1:1",
];

const placesOf = (
  diagnostics: readonly {
    readonly code: string;
    readonly path?: string | undefined;
    readonly line?: number | undefined;
    readonly column?: number | undefined;
  }[],
) =>
  diagnostics
    .filter(({ code }) => code === "credential-in-text")
    .map(({ path, line, column }) => `${path}:${line}:${column}`)
    .sort();

describe("a credential in a text", () => {
  it("is one warning at its place, wherever it stands, from validate and from build", async () => {
    const cwd = project(files);
    const found = await validate(cwd);
    expect(placesOf(found)).toEqual(expected);
    const built = await build(cwd);
    expect(placesOf(built.diagnostics)).toEqual(expected);
    for (const each of [found, built.diagnostics]) expect(JSON.stringify(each)).not.toContain(token.slice(4));
  });

  it("is told again by a build that packs nothing anew", async () => {
    const cwd = project(files);
    const cacheDir = join(cwd, ".cache");
    await build(cwd, { cacheDir });
    expect(placesOf((await build(cwd, { cacheDir })).diagnostics)).toEqual(expected);
  });

  it("keeps a strict build from making an artifact", async () => {
    const cwd = project({ "agent.json": agent({ knowledge: "./k" }), "k/a.md": token });
    await expect(build(cwd, { strict: true })).rejects.toMatchObject({ code: "ERR_STAX_INVALID" });
    const index = join(cwd, ".stax/artifacts/index.json");
    expect(existsSync(index) ? JSON.parse(readFileSync(index, "utf8")).manifests : []).toEqual([]);
  });

  it("stands in a definition, too", async () => {
    const found = await validate(project({ "agent.json": agent({ description: `uses ${token}` }) }));
    expect(placesOf(found)).toEqual(["agent.json:4:3"]);
  });
});

describe("settings of a server", () => {
  const server = (env: object) =>
    project({
      "agent.json": agent({ mcp: "./mcp.json" }),
      "mcp.json": JSON.stringify({ servers: { s: { command: "c", env } } }, null, 2),
    });

  it("S06-05 are errors at their line where they hold a credential, and the value is not repeated", async () => {
    const found = await validate(server({ A: "x", B: token }));
    expect(found).toEqual([
      expect.objectContaining({
        code: "mcp-secret-value",
        severity: "error",
        path: "mcp.json",
        line: 7,
        field: "servers.s.env.B",
      }),
    ]);
    expect(found[0]?.column).toBeGreaterThan(1);
    expect(JSON.stringify(found)).not.toContain(token);
  });

  it("S06-05 are warnings where a variable is named as credentials are and its value is written down", async () => {
    const found = await validate(
      server({ DB_PASSWORD: "hunter2!", MAX_TOKENS: "100", TOKEN: "true", API_KEY: "/run/secrets/key" }),
    );
    expect(found).toEqual([
      expect.objectContaining({
        code: "mcp-secret-value",
        severity: "warning",
        line: 6,
        field: "servers.s.env.DB_PASSWORD",
      }),
    ]);
    expect(JSON.stringify(found)).not.toContain("hunter2");
  });
});
