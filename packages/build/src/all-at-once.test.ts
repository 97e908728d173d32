import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agent, codesOf, packageOf, project, validate } from "./project.fixture.ts";

const token = `ghp_${"aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzC7R"}`; // put together, so that no scanner takes it for a leak
const minimal = { name: "x", version: "1.0.0", description: "d" };
const says = async (content: object) => validate(project({ "agent.json": JSON.stringify(content) }));

describe("all that is wrong is told at once", () => {
  it("checks what a definition names even where the definition is wrong itself", async () => {
    const found = await validate(
      project({
        "agent.json": agent({ name: "No Name", mcp: "./mcp.json", memory: "./m", prompt: "./p.md", rulez: "./r" }),
        "mcp.json": JSON.stringify({ servers: { s: { command: "c", env: { K: token }, secrets: ["MISSING"] } } }),
        "m/a.md": token,
        "p.md": "{{persona.nothing}}",
      }),
    );
    expect(codesOf(found)).toEqual([
      "error unknown-field agent.json rulez",
      "error field-invalid agent.json name",
      "error mcp-secret-undeclared mcp.json servers.s.secrets[0]",
      "error mcp-secret-value mcp.json servers.s.env.K",
      "warning template-empty p.md",
      "error memory-secret m/a.md",
    ]);
  });

  it("tells of a misspelt field of a secret once, with the suggestion", async () => {
    const found = await says({
      ...minimal,
      secrets: [{ key: "A", required: true, descripton: "x" }],
      adapter: adapterOf(),
    });
    expect(found).toEqual([
      expect.objectContaining({
        code: "unknown-field",
        severity: "error",
        field: "secrets[0].descripton",
        hint: 'did you mean "description"?',
      }),
    ]);
  });

  it("says of a list that it is one, and nothing else", async () => {
    const found = await validate(project({ "agent.json": "[]" }));
    expect(found.map(({ message }) => message)).toEqual(["must be a map, not a list"]);
  });

  it("tells how an adapter is named where only its type is written", async () => {
    const found = await says({ ...minimal, adapter: { type: "claude-code" }, adapterFallback: [{ type: "codex" }] });
    expect(found.map(({ field, hint }) => [field, hint])).toEqual([
      ["adapterFallback[0]", 'write "codex", or { "name": "codex", "options": { … } }'],
      ["adapter", 'write "claude-code", or { "name": "claude-code", "options": { … } }'],
    ]);
    const module = `export default ${JSON.stringify({ ...minimal, adapter: { type: "claude-code" } })};`;
    const [inModule] = await validate(project({ "agent.ts": module }));
    expect(inModule?.hint).toBe("call the adapter's function: adapter: claudeCode({ … })");
  });

  it("names the workspace that a package lies outside of by its path", async () => {
    const cwd = project({ "agent.json": agent({ packages: ["../"] }) });
    const [found] = await validate(cwd);
    expect(found?.message).toBe(`the package ../ lies outside the workspace, which begins at ${cwd}`);
  });
});

const adapterOf = () => JSON.parse(agent()).adapter as object;

describe("what cannot be read", () => {
  // root reads everything
  const mayNot = process.getuid?.() === 0 ? it.skip : it;
  const names = ["p.md", "mcp.json", "rules/a.md", "pack/package.yaml", "subagents/a.md", "kn/a.md"];
  mayNot.each(names)("is one finding beside the others: %s (needs another user than root)", async (name) => {
    const cwd = project({
      "agent.json": agent({
        name: "No Name",
        prompt: "./p.md",
        mcp: "./mcp.json",
        rules: "./rules",
        subagents: "./subagents.json",
        packages: ["./pack"],
        knowledge: "./kn",
      }),
      "p.md": "p",
      "mcp.json": '{"servers":{}}',
      "rules/a.md": "a",
      "kn/a.md": "a",
      "pack/package.yaml": packageOf("pack"),
      "subagents.json": JSON.stringify({ agents: { a: { description: "d", instructions: "./subagents/a.md" } } }),
      "subagents/a.md": "a",
    });
    chmodSync(join(cwd, name), 0);
    const codes = codesOf(await validate(cwd));
    expect(codes).toContain("error field-invalid agent.json name");
    if (name !== "kn/a.md") expect(codes.filter((code) => code.includes("unreadable"))).toHaveLength(1);
  });

  it("is refused at once where it is a pipe or a directory", async () => {
    const pipe = project({});
    execFileSync("mkfifo", [join(pipe, "agent.json")]);
    await expect(validate(pipe)).rejects.toMatchObject({ message: "agent.json is no regular file" });
    const directory = project({});
    mkdirSync(join(directory, "agent.json"));
    for (const entry of [undefined, "agent.json"])
      await expect(validate(directory, { entry })).rejects.toMatchObject({
        message: "agent.json is a directory, and a definition is a file",
      });
  });
});
