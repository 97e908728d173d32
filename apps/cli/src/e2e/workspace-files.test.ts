import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agent, write } from "./project.fixture.ts";
import { stax, temporaryDirectory } from "./run-stax.fixture.ts";

const surface = "\ufeff# Maya\r\n\r\n  bytes \n";

async function built(options: object, files: Readonly<Record<string, string>>): Promise<string> {
  const fields = { adapter: { name: "openclaw", options }, surfaces: "./surfaces/" };
  const cwd = write(temporaryDirectory(), { "agent.json": agent(fields), "SYSTEM_PROMPT.md": "Prompt.\n", ...files });
  expect(await stax(["build"], { cwd })).toMatchObject({ code: 0 });
  return cwd;
}

describe("a runtime whose files are named surfaces", () => {
  it("S19-01 S03-61 gets a surface byte for byte, and the prompt beside it is a warning", async () => {
    const cwd = await built({}, { "surfaces/instructions.md": surface });
    const { code, stderr } = await stax(["materialize", "helper", "--out", "out"], { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: .*prompt "prompt": is left out/);
    expect(readFileSync(join(cwd, "out/AGENTS.md"), "utf8")).toBe(surface);
  });
  it("B5 S15-02 --exact ends with 5 where something would be left out, and writes nothing", async () => {
    const cwd = await built({}, { "surfaces/instructions.md": surface });
    expect(await stax(["materialize", "helper", "--out", "out", "--exact"], { cwd })).toMatchObject({ code: 5 });
    expect(existsSync(join(cwd, "out/AGENTS.md"))).toBe(false);
  });
  it("S19-04 strictMissingSurfaces ends with 5 where AGENTS.md has no content; otherwise it is a warning", async () => {
    const fields = { prompt: undefined, adapter: { name: "openclaw", options: { strictMissingSurfaces: true } } };
    const files = (more: object) => ({
      "agent.json": agent({ ...fields, ...more, surfaces: "./surfaces/" }),
      "surfaces/persona.md": "P\n",
    });
    const strict = write(temporaryDirectory(), files({}));
    expect(await stax(["build"], { cwd: strict })).toMatchObject({ code: 0 });
    const refused = await stax(["materialize", "helper", "--out", "out"], { cwd: strict });
    expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining("missing-file marker") });
    expect(existsSync(join(strict, "out/SOUL.md"))).toBe(false);
    const lenient = write(temporaryDirectory(), files({ adapter: { name: "openclaw" } }));
    expect(await stax(["build"], { cwd: lenient })).toMatchObject({ code: 0 });
    expect(await stax(["materialize", "helper", "--out", "out"], { cwd: lenient })).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("warning: AGENTS.md not materialized"),
    });
  });
});
