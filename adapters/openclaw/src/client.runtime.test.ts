import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apply, materialize, plan, Root } from "@stax/materialize";
import type { Layers } from "@stax/schema";
import { materializeExample, type Scratch } from "@stax/testing/clients";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { data, openclawClient, promptOf, scratchHome, title } from "./client.fixture.ts";
import { adapter } from "./index.ts";
import { agentConfig, memory, persona, skills, surfaces } from "./materialize.fixture.ts";

async function homeWith(layers: Layers): Promise<string> {
  const home = scratchHome();
  const { composed } = materialize(layers, agentConfig(), [adapter], { scope: "user" });
  const root = Root.at(home);
  await apply(await plan(composed, [], root), root);
  return home;
}

const linesOf = (text: string): readonly string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

// Of this module, so that the compiler sees what it is in the tests below.
const client = openclawClient;

describe.skipIf(typeof client === "string")(title, () => {
  if (typeof client === "string") return;

  describe("with the example in user scope", () => {
    let scratch: Scratch;
    beforeAll(() => {
      scratch = materializeExample("openclaw", "user");
    });
    afterAll(() => scratch.remove());

    it("S19-07 loads every skill of the workspace", () => {
      const expected = scratch.files
        .filter((path) => /^\.openclaw\/workspace\/skills\/[^/]+\/SKILL\.md$/.test(path))
        .map((path) => path.split("/").at(-2));
      const { skills: listed } = data(client, scratch.home, ["skills", "list", "--json"]) as {
        readonly skills: readonly { readonly name: string; readonly source: string; readonly eligible: boolean }[];
      }; // what the client documents
      const own = listed.filter(({ source }) => source === "openclaw-workspace");
      expect(expected.length).toBeGreaterThan(0);
      expect(own.map(({ name }) => name).sort()).toEqual(expected.sort());
      expect(own.every(({ eligible }) => eligible)).toBe(true);
    });
    it("S17-11 S19-01 puts AGENTS.md, SOUL.md, IDENTITY.md and USER.md into the prompt, whole", async () => {
      const prompt = await promptOf(client, scratch.home);
      const named = scratch.files.filter((path) => /\/workspace\/(?:AGENTS|SOUL|IDENTITY|USER)\.md$/.test(path));
      expect(named).toContain(".openclaw/workspace/AGENTS.md");
      for (const path of named)
        for (const line of linesOf(readFileSync(join(scratch.home, path), "utf8")))
          expect(prompt.includes(line), `${path}: ${line}`).toBe(true);
    });
  });

  it("S17-11 puts each named file into the prompt, and leaves memory to be asked for", async () => {
    const home = await homeWith({
      surfaces: await surfaces({
        "instructions.md": "MARK-INSTRUCTIONS\n",
        "persona.md": "MARK-PERSONA\n",
        "identity.md": "MARK-IDENTITY\n",
        "user.md": "MARK-USER\n",
      }),
      memory: await memory({ "2026-11-20.md": "MARK-MEMORY\n" }),
    });
    const prompt = await promptOf(client, home);
    for (const name of ["INSTRUCTIONS", "PERSONA", "IDENTITY", "USER"]) expect(prompt).toContain(`MARK-${name}`);
    expect(prompt).not.toContain("MARK-MEMORY");
  });
  it("keeps 9,000 characters of the start and 3,000 of the end of a file beyond its limit, as the budget says", async () => {
    const text = `${"S".repeat(10_000)}${"M".repeat(10_000)}${"E".repeat(4_000)}`;
    const home = await homeWith({ surfaces: await surfaces({ "instructions.md": text }) });
    const prompt = await promptOf(client, home);
    expect([/S{99,}/, /M{99,}/, /E{99,}/].map((run) => run.exec(prompt)?.[0].length)).toEqual([
      9_000,
      undefined,
      3_000,
    ]);
  });
  it("S19-06 reads the name out of a synthesised IDENTITY.md", async () => {
    const home = await homeWith({ surfaces: await surfaces({ "instructions.md": "I\n" }), persona });
    expect(data(client, home, ["agents", "list", "--json"])).toMatchObject([
      { identityName: "Maya Chen", workspace: join(home, ".openclaw/workspace") },
    ]);
  });
  it("S19-07 shows the model a skill by its description, quotes and colons included", async () => {
    const fix = '---\nname: fix\ndescription: "a: \\"b\\""\n---\nx\n';
    const home = await homeWith({ skills: await skills({ "fix/SKILL.md": fix }) });
    const seen = { name: "fix", description: 'a: "b"', source: "openclaw-workspace", modelVisible: true };
    expect(data(client, home, ["skills", "list", "--json"])).toMatchObject({
      skills: expect.arrayContaining([expect.objectContaining(seen)]),
    });
  });
  it("S19-05 S17-12 marks a missing AGENTS.md, where it does not write its own template there", async () => {
    const home = await homeWith({ surfaces: await surfaces({ "persona.md": "MARK-PERSONA\n" }) });
    const prompt = await promptOf(client, home, { skipBootstrap: true });
    expect(prompt).toContain("[MISSING] Expected at:");
    expect(prompt).toContain("MARK-PERSONA");
  });
  it("R6 reads a folded tools surface, and neither TOOLS.md nor HEARTBEAT.md", async () => {
    const home = await homeWith({
      surfaces: await surfaces({ "instructions.md": "MARK-INSTRUCTIONS\n", "tools.md": "MARK-TOOLS\n" }),
    });
    for (const name of ["TOOLS.md", "HEARTBEAT.md"])
      writeFileSync(join(home, ".openclaw/workspace", name), `MARK-RETIRED-${name}\n`);
    const prompt = await promptOf(client, home);
    for (const seen of ["MARK-INSTRUCTIONS", "## Tools", "MARK-TOOLS"]) expect(prompt).toContain(seen);
    expect(prompt).not.toContain("MARK-RETIRED");
  });
  it.each([
    [true, {}],
    [false, { "user.md": "MARK-USER\n" }],
  ])("R12 BOOTSTRAP.md read: %s, with %j beside it", async (isRead, beside) => {
    const files = { "instructions.md": "MARK-INSTRUCTIONS\n", "bootstrap.md": "MARK-BOOTSTRAP\n", ...beside };
    const home = await homeWith({ surfaces: await surfaces(files) });
    expect((await promptOf(client, home)).includes("MARK-BOOTSTRAP")).toBe(isRead);
    expect(existsSync(join(home, ".openclaw/workspace/BOOTSTRAP.md"))).toBe(isRead);
  });
});
