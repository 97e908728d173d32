import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agent, write } from "./project.fixture.ts";
import { stax, staxJson, temporaryDirectory } from "./run-stax.fixture.ts";

const source = (body: string): string => `import { defineAgent } from "stax";
import claudeCode from "@stax/claude-code";
${body}
export default defineAgent({ name: "helper", version: "1.0.0", description: "d", prompt: "./P.md", adapter: claudeCode({}) });
`;

const project = (body: string): string =>
  write(temporaryDirectory(), { "agent.ts": source(body), "P.md": "Hi.\n", ".git/HEAD": "" });

describe("a definition in TypeScript", () => {
  it("finds stax and the adapters in this installation, without a node_modules of its own", async () => {
    const { code, json } = await staxJson(["build"], { cwd: project("") });
    expect(code).toBe(0);
    expect(json.data.artifacts[0].reference).toBe("helper:1.0.0");
  });

  it("names each option that its adapter does not have, and the one that was meant", async () => {
    const cwd = project('claudeCode({ modle: "opus", permisions: {} });');
    const { code, stderr } = await stax(["validate"], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^agent\.ts:3:1: error: .*unknown field "modle".*did you mean "model"\?$/m);
    expect(stderr).toMatch(/^agent\.ts:3:1: error: .*unknown field "permisions".*did you mean "permissions"\?$/m);
  });

  it("X-23 cannot write, start programs or read the environment while it is validated", async () => {
    const cases = [
      'import { writeFileSync } from "node:fs"; writeFileSync("written.txt", "x");',
      'import { execSync } from "node:child_process"; execSync("touch written.txt");',
      'import { readFileSync } from "node:fs"; readFileSync("/etc/passwd");',
    ];
    for (const body of cases) {
      const cwd = project(body);
      const { code, stderr } = await stax(["validate"], { cwd });
      expect({ body, code: code !== 0, written: existsSync(join(cwd, "written.txt")) }).toEqual({
        body,
        code: true,
        written: false,
      });
      expect(stderr).not.toMatch(/^ {4}at /m);
    }
    const reads = project('if (process.env.MY_SETTING !== undefined) throw new Error("it is set");');
    const env = { MY_SETTING: "value-of-setting" };
    expect((await stax(["validate"], { cwd: reads, env })).code).toBe(0);
    expect((await stax(["validate", "--env", "MY_SETTING"], { cwd: reads, env })).stderr).toContain("it is set");
  });

  it("X-23 runs freely with --trust-definition, and data-only definitions run nothing at all", async () => {
    const trusted = project('import { writeFileSync } from "node:fs"; writeFileSync("written.txt", "x");');
    expect((await stax(["validate", "--trust-definition"], { cwd: trusted })).code).toBe(0);
    expect(existsSync(join(trusted, "written.txt"))).toBe(true);
    const yaml = write(temporaryDirectory(), {
      "agent.yaml": "name: helper\nversion: 1.0.0\ndescription: d\nprompt: ./P.md\nadapter:\n  name: claude-code\n",
      "P.md": "Hi.\n",
    });
    const json = write(temporaryDirectory(), { "agent.json": agent(), "SYSTEM_PROMPT.md": "Hi.\n" });
    for (const cwd of [yaml, json]) expect((await stax(["validate"], { cwd })).code).toBe(0);
  });
});
