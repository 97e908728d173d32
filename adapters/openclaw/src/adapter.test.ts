import { readFileSync } from "node:fs";
import { join } from "node:path";
import { apply, isRefused, matchesClaim, materialize, plan, Root, readRecord } from "@stax/materialize";
import type { Layers } from "@stax/schema";
import { expectGolden, formatTree, sampleLayers } from "@stax/testing";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import openclawDefault, { adapter, openclaw } from "./index.ts";
import {
  agentConfig,
  instructionTree,
  knowledge,
  mcp,
  memory,
  persona,
  prompt,
  rules,
  skills,
  subagents,
  surfaces,
  written,
} from "./materialize.fixture.ts";

const golden = (name: string) => join(import.meta.dirname, "..", "golden", `${name}.txt`);
const crlf = "\ufeff# Exact\r\n\r\n  bytes  \n\n";

describe("golden files", () => {
  it("S17-11 a sample with every layer, exact as by default", async () => {
    const { directory } = await written(await sampleLayers());
    expectGolden(golden("exact"), formatTree(directory));
  });
  it("S15-08 the same in portable mode: prompt and rules are appended", async () => {
    const { directory } = await written(await sampleLayers(), { exact: false });
    expectGolden(golden("portable"), formatTree(directory));
  });
  it("S12-02 the same for a user, below the chosen home", async () => {
    const { directory } = await written(await sampleLayers(), {}, { scope: "user" });
    expectGolden(golden("user"), formatTree(directory));
  });
  it("R6 the same for a workspace of an old OpenClaw", async () => {
    const { directory } = await written(await sampleLayers(), { runtimeVersion: "2026.5.1" });
    expectGolden(golden("old"), formatTree(directory));
  });
});

describe("openclaw", () => {
  it("S12-29 S19-03 compiles type, runtime, version and exact: true, and is the default export too", () => {
    expect(openclaw()).toMatchObject({
      type: "openclaw",
      runtime: "openclaw",
      adapterVersion: "1.0.0",
      config: { exact: true },
    });
    expect(openclawDefault).toBe(openclaw);
  });
  it("S12-24 B6 says what really happens to each feature", () => {
    expect(openclaw().features).toEqual({
      prompt: "native",
      persona: "translated",
      surfaces: "native",
      rules: "embedded",
      skills: "native",
      mcp: "unsupported",
      subagents: "unsupported",
      instructionTree: "unsupported",
      knowledge: "native",
      memory: "native",
      toolPermissions: "unsupported",
      modelConfig: "unsupported",
      secrets: "consumer-only",
      exactMode: true,
    });
  });
  it("S12-02 S12-11 S17-23 declares its targets with their scope and the versions it was checked against", () => {
    expect(openclaw().runtimeVersionRange).toBe(">=2026.8.0 <2027");
    const paths = (options: Parameters<typeof openclaw>[0]) => openclaw(options).targets?.map(({ path }) => path);
    expect(paths({})).toEqual([
      "AGENTS.md",
      "SOUL.md",
      "IDENTITY.md",
      "USER.md",
      "BOOTSTRAP.md",
      "skills/",
      "memory/",
      ".agents/knowledge/",
    ]);
    expect(paths({ scope: "user" })?.[0]).toBe(".openclaw/workspace/AGENTS.md");
    expect(paths({ runtimeVersion: "2026.7.9" })).toContain("TOOLS.md");
  });
  it("S15-11 writes where its targets say", async () => {
    const targets = openclaw().targets ?? [];
    for (const path of Object.keys((await written(await sampleLayers())).files))
      expect(
        targets.some((target) => matchesClaim(target.path.replace(/\/$/, "/**"), path)),
        path,
      ).toBe(true);
  });
  it("S12-32 has options with a JSON Schema", () => {
    expect(z.toJSONSchema(adapter.optionsSchema, { io: "input" })).toMatchObject({
      type: "object",
      properties: { workspaceRoot: { type: "string" }, strictMissingSurfaces: { type: "boolean" } },
    });
  });
  it.each(["..", "../x", "/etc", "a/../b", "~", "~/../x", "a//b", "https://x.example/y", "a;b", "a\nb"])(
    "S12-17 refuses workspaceRoot %j",
    (workspaceRoot) => {
      expect(() => openclaw({ workspaceRoot })).toThrow(expect.objectContaining({ code: "ERR_STAX_ADAPTER_OPTIONS" }));
    },
  );
  it("S12-16 refuses options of the wrong type", () => {
    const wrong = { writeSkills: "yes" } as unknown as Parameters<typeof openclaw>[0]; // what JSON could hold
    expect(() => openclaw(wrong)).toThrow(expect.objectContaining({ code: "ERR_STAX_ADAPTER_OPTIONS" }));
    expect(() => openclaw({ runtimeVersion: "latest" })).toThrow(
      expect.objectContaining({ code: "ERR_STAX_ADAPTER_OPTIONS" }),
    );
  });
});

describe("named files", () => {
  it("S17-11 S19-02 S16-07 keeps surfaces apart: each has its own file", async () => {
    const { files } = await written({
      surfaces: await surfaces({
        "instructions.md": "I\n",
        "persona.md": "P\n",
        "identity.md": "N\n",
        "user.md": "U\n",
        "bootstrap.md": "B\n",
      }),
    });
    expect(files).toEqual({
      "AGENTS.md": "I\n",
      "SOUL.md": "P\n",
      "IDENTITY.md": "N\n",
      "USER.md": "U\n",
      "BOOTSTRAP.md": "B\n",
    });
  });
  it("S03-61 S19-01 surfaces reach their files byte for byte: CRLF, BOM, invalid UTF-8, no line break at the end", async () => {
    const names = {
      instructions: "AGENTS",
      persona: "SOUL",
      identity: "IDENTITY",
      user: "USER",
      bootstrap: "BOOTSTRAP",
    };
    const content = Object.fromEntries(
      Object.keys(names).map((name, index) => [
        `${name}.md`,
        Buffer.concat([Buffer.from(`${crlf}${"\r\n".repeat(index)}ø`), Buffer.from([0xff, 0xc3])]),
      ]),
    );
    const { bytes } = await written({ surfaces: await surfaces(content) }, {}, { exact: true });
    for (const [surface, file] of Object.entries(names))
      expect(bytes[`${file}.md`]?.equals(content[`${surface}.md`] ?? Buffer.from("?")), file).toBe(true);
  });
  it("S19-01 B5 AGENTS.md is the instructions surface; prompt and rules beside it are left out with a warning", async () => {
    const { files, losses } = await written({
      surfaces: await surfaces({ "instructions.md": crlf }),
      prompt: prompt("Prompt.\n"),
      rules: await rules({ "a.md": "Rule.\n", "b.md": "---\nscope: manual\n---\nx\n" }),
    });
    expect(files).toEqual({ "AGENTS.md": crlf });
    expect(losses.map(({ feature, item, severity, fidelity }) => [feature, item, severity, fidelity])).toEqual([
      ["prompt", "prompt", "warning", "lost"],
      ["rules", "a.md", "warning", "lost"],
      ["rules", "b.md", "warning", "lost"],
    ]);
  });
  it("B5 portable mode appends prompt and rules, and exact mode by the user refuses", async () => {
    const layers = {
      surfaces: await surfaces({ "instructions.md": "# I\n" }),
      prompt: prompt("Prompt.\n"),
      rules: await rules({ "a.md": "Rule.\n" }),
    };
    const { files, losses, made } = await written(layers, { exact: false });
    expect(files).toEqual({ "AGENTS.md": "# I\n\n## Role\n\nPrompt.\n\n## Rule: a.md\n\nRule.\n" });
    expect(losses).toEqual([]);
    expect(made.diagnostics).toContainEqual(expect.objectContaining({ code: "document-composed", path: "AGENTS.md" }));
    await expect(written(layers, {}, { exact: true })).rejects.toMatchObject({ code: "ERR_STAX_EXACT_UNMET" });
  });
  it("B1 the prompt alone is AGENTS.md, byte for byte", async () => {
    expect((await written({ prompt: prompt(crlf) }, {}, { exact: true })).files).toEqual({ "AGENTS.md": crlf });
  });
  it("S19-11 S17-13 a memory called MEMORY.md stays below memory/", async () => {
    const { files } = await written({ memory: await memory({ "MEMORY.md": "x\n" }) });
    expect(Object.keys(files)).toEqual(["memory/MEMORY.md"]);
  });
  it("S19-08 keeps memory as it is, empty files included", async () => {
    const { bytes } = await written({
      memory: await memory({ "2026-11-20.md": "- a\r\n", "empty.md": "", "deep/er/x.bin": new Uint8Array([0, 255]) }),
    });
    expect(Object.keys(bytes)).toEqual(["memory/2026-11-20.md", "memory/deep/er/x.bin", "memory/empty.md"]);
    expect(bytes["memory/empty.md"]).toHaveLength(0);
    expect(bytes["memory/deep/er/x.bin"]).toEqual(Buffer.from([0, 255]));
  });
  it("S19-07 keeps skills as they are, supporting files and modes included, and says what OpenClaw ignores", async () => {
    const skill =
      '---\nname: fix\ndescription: "Fix: it"\nallowed-tools: [Read]\nx-own: {a: 1}\n---\nRun {baseDir}/go.sh.\r\n';
    const { files, losses, directory } = await written({
      skills: await skills({ "fix/SKILL.md": skill, "fix/go.sh": "#!/bin/sh\n", "fix/empty.txt": "" }),
    });
    expect(files).toEqual({
      "skills/fix/SKILL.md": skill,
      "skills/fix/go.sh": "#!/bin/sh\n",
      "skills/fix/empty.txt": "",
    });
    expect(formatTree(directory)).toContain("skills/fix/go.sh (executable)");
    expect(losses).toMatchObject([{ item: "fix", field: "allowed-tools", severity: "warning" }]);
  });
  it("S19-03 honours writeSkills, writeMemory and writeBootstrap, and says so", async () => {
    const { files, losses } = await written(
      {
        surfaces: await surfaces({ "instructions.md": "I\n", "bootstrap.md": "B\n" }),
        skills: await skills({ "fix/SKILL.md": "---\nname: fix\ndescription: d\n---\n" }),
        memory: await memory({ "a.md": "x" }),
      },
      { writeSkills: false, writeMemory: false, writeBootstrap: false },
    );
    expect(files).toEqual({ "AGENTS.md": "I\n" });
    expect(losses.map(({ item, reason }) => `${item}: ${reason}`).sort()).toEqual([
      "a.md: is not written because writeMemory is false",
      "bootstrap: is not written because writeBootstrap is false",
      "fix: is not written because writeSkills is false",
    ]);
  });
  it("puts the workspace where workspaceRoot says, in each scope", async () => {
    const layers = { surfaces: await surfaces({ "instructions.md": "I\n" }), memory: await memory({ "a.md": "x" }) };
    const paths = async (workspaceRoot: string, scope: "project" | "user") =>
      Object.keys((await written(layers, { workspaceRoot }, { scope })).files);
    expect(await paths("bots/maya", "project")).toEqual(["bots/maya/AGENTS.md", "bots/maya/memory/a.md"]);
    expect(await paths("~/claw", "user")).toEqual(["claw/AGENTS.md", "claw/memory/a.md"]);
    expect(await paths("~/claw", "project")).toEqual(["AGENTS.md", "memory/a.md"]);
  });
  it("places knowledge in the workspace and points to it, in portable mode", async () => {
    const layers = {
      surfaces: await surfaces({ "instructions.md": "# I\n" }),
      knowledge: await knowledge({ "a.md": "x\n" }),
    };
    const portable = await written(layers, { exact: false }, { scope: "user" });
    expect(portable.files[".openclaw/workspace/.agents/knowledge/a.md"]).toBe("x\n");
    expect(portable.files[".openclaw/workspace/AGENTS.md"]).toContain("- `.agents/knowledge/a.md`");
    const exact = await written(layers);
    expect(exact.files["AGENTS.md"]).toBe("# I\n");
    expect(exact.made.diagnostics).toContainEqual(
      expect.objectContaining({ code: "pointer-omitted", severity: "warning" }),
    );
  });
  it("a bootstrap that OpenClaw has used up and deleted is no drift and does not come back", async () => {
    const { made, directory } = await written({ surfaces: await surfaces({ "bootstrap.md": "B\n" }) });
    const root = Root.at(directory);
    await apply(await plan(made.composed, [], root), root);
    const { rmSync } = await import("node:fs");
    rmSync(join(directory, "BOOTSTRAP.md"));
    const again = await plan(made.composed, readRecord(root), root);
    expect({ changes: again.changes, conflicts: again.conflicts }).toEqual({ changes: [], conflicts: [] });
    expect(made.diagnostics).toContainEqual(expect.objectContaining({ code: "one-time-file" }));
  });
});

describe("BOOTSTRAP.md", () => {
  const unread = async (files: Readonly<Record<string, string>>, more: Layers = {}, options = {}) => {
    const { made } = await written(
      { surfaces: await surfaces({ "instructions.md": "I\n", "bootstrap.md": "B\n", ...files }), ...more },
      options,
    );
    return made.diagnostics
      .filter(({ code }) => code === "bootstrap-unread")
      .map(({ message }) => /with (.*) for/.exec(message)?.[1]);
  };

  it("R12 warns where OpenClaw deletes it unread: beside what makes a workspace look set up", async () => {
    expect(await unread({})).toEqual([]);
    expect(await unread({ "persona.md": "P\n" })).toEqual(["SOUL.md"]);
    expect(await unread({ "identity.md": "N\n", "user.md": "U\n" })).toEqual(["IDENTITY.md, USER.md"]);
    expect(await unread({}, { persona })).toEqual(["SOUL.md, IDENTITY.md"]);
    expect(await unread({}, { memory: await memory({ "a.md": "x" }) })).toEqual(["memory/"]);
    expect(await unread({}, { memory: await memory({ "a.md": "x" }) }, { writeMemory: false })).toEqual([]);
    const fix = await skills({ "fix/SKILL.md": "---\nname: fix\ndescription: d\n---\n" });
    expect(await unread({}, { skills: fix })).toEqual(["skills/"]);
    expect(await unread({ "user.md": "U\n" }, { skills: fix }, { writeBootstrap: false })).toEqual([]);
  });
});

describe("retired files (R6)", () => {
  const both = { "instructions.md": "# I\n", "tools.md": "Use rg.\n", "heartbeat.md": "Every hour.\n" };

  it("R6 folds the tools surface into AGENTS.md under ## Tools, and says so", async () => {
    const { files, losses, made } = await written({ surfaces: await surfaces(both) });
    expect(files).toEqual({ "AGENTS.md": "# I\n\n## Tools\n\nUse rg.\n" });
    expect(losses).toMatchObject([
      { item: "tools", fidelity: "translated", severity: "warning" },
      { item: "heartbeat", fidelity: "lost", severity: "warning" },
    ]);
    expect(isRefused(made)).toBe(false);
  });
  it("O0 the fold warns where the artifact asks for exact files, and fails where the user does", async () => {
    const layers = { surfaces: await surfaces({ "instructions.md": "# I\n", "tools.md": "Use rg.\n" }) };
    const { made } = await written(layers);
    expect(made.exact).toMatchObject({ requestedBy: "artifact", met: false });
    await expect(written(layers, {}, { exact: true })).rejects.toMatchObject({ code: "ERR_STAX_EXACT_UNMET" });
  });
  it.each(["## Tools\n\nrg\n", "# Tools\r\nrg\n"])("writes no second heading above %j", async (text) => {
    const { files } = await written({ surfaces: await surfaces({ "instructions.md": "I\n", "tools.md": text }) });
    expect(files["AGENTS.md"]).toBe(`I\n\n${text}`);
  });
  it("writes ## Tools even where nothing else is in AGENTS.md", async () => {
    expect((await written({ surfaces: await surfaces({ "tools.md": "rg\n" }) })).files).toEqual({
      "AGENTS.md": "## Tools\n\nrg\n",
    });
  });
  it("R6 writes the old files, byte for byte, for an OpenClaw that reads them", async () => {
    const { files, losses } = await written(
      { surfaces: await surfaces(both) },
      { runtimeVersion: "2026.7.30" },
      { exact: true },
    );
    expect(files).toEqual({ "AGENTS.md": "# I\n", "TOOLS.md": "Use rg.\n", "HEARTBEAT.md": "Every hour.\n" });
    expect(losses).toEqual([]);
    expect((await written({ surfaces: await surfaces(both) }, { runtimeVersion: "2026.8.0" })).files).toHaveProperty(
      "AGENTS.md",
    );
    expect(
      (await written({ surfaces: await surfaces(both) }, { runtimeVersion: "2026.8.0" })).files,
    ).not.toHaveProperty("TOOLS.md");
  });
});

describe("missing surfaces", () => {
  it("S19-05 S17-12 B21 warns that AGENTS.md is missing, in the runtime's words", async () => {
    const { made, files } = await written({ surfaces: await surfaces({ "persona.md": "P\n" }) });
    expect(files).toEqual({ "SOUL.md": "P\n" });
    expect(made.diagnostics.filter(({ code }) => code === "surface-missing")).toEqual([
      expect.objectContaining({
        severity: "warning",
        message: "AGENTS.md not materialized; OpenClaw may inject a missing-file marker",
      }),
    ]);
  });
  it("B21 says nothing of SOUL.md, IDENTITY.md and USER.md, and nothing where AGENTS.md is written", async () => {
    const { made } = await written({ surfaces: await surfaces({ "instructions.md": "I\n" }) });
    expect(made.diagnostics.filter(({ severity }) => severity !== "info")).toEqual([]);
  });
  it("S19-04 strictMissingSurfaces makes it an error, which stops the command with 5", async () => {
    const config = agentConfig({ strictMissingSurfaces: true });
    const missing = materialize({ surfaces: await surfaces({ "persona.md": "P\n" }) }, config, [adapter]);
    expect(isRefused(missing)).toBe(true);
    expect(missing.diagnostics).toContainEqual(expect.objectContaining({ code: "surface-missing", severity: "error" }));
    expect(isRefused(materialize({ prompt: prompt("P\n") }, config, [adapter]))).toBe(false);
  });
});

describe("persona", () => {
  it("S19-06 S16-08 SOUL.md and IDENTITY.md of a persona alone are synthesised: a warning in exact mode, a failure where the user asks", async () => {
    const layers = { surfaces: await surfaces({ "instructions.md": "I\n" }), persona };
    const { files, made } = await written(layers);
    expect(files["SOUL.md"]).toBe(
      "# Soul\n\nYou are Maya Chen, Engineer.\n\n## Background\n\nFifteen years of queues.\n\n## Personality\n\n- Traits: kind; direct\n\n## Boundaries\n\n- Never: merge without review\n",
    );
    expect(files["IDENTITY.md"]).toBe("# Identity\n\n- **Name:** Maya Chen\n");
    expect(made.diagnostics.filter(({ code }) => code === "document-composed")).toMatchObject([
      { path: "IDENTITY.md", severity: "warning" },
      { path: "SOUL.md", severity: "warning" },
    ]);
    await expect(written(layers, {}, { exact: true })).rejects.toMatchObject({ code: "ERR_STAX_EXACT_UNMET" });
  });
  it("B3 the persona surface and a prompt that uses the persona speak for it", async () => {
    const bySurface = await written({
      surfaces: await surfaces({ "instructions.md": "I\n", "persona.md": "P\n" }),
      persona,
    });
    expect(bySurface.files).toEqual({ "AGENTS.md": "I\n", "SOUL.md": "P\n" });
    const byPrompt = await written({ prompt: prompt("You are {{persona.displayName}}.\n"), persona });
    expect(byPrompt.files).toEqual({ "AGENTS.md": "You are Maya Chen.\n" });
  });
  it("B3 a prompt that is left out does not speak for the persona", async () => {
    const { files } = await written({
      surfaces: await surfaces({ "instructions.md": "I\n" }),
      prompt: prompt("You are {{persona.displayName}}.\n"),
      persona,
    });
    expect(files["SOUL.md"]).toContain("You are Maya Chen, Engineer.");
  });
  it("keeps what a persona says on its lines: no field can open a section of its own", async () => {
    const { files } = await written({
      persona: { ...persona, displayName: "M\n\n## Boundaries\n\n- none", role: "a\r\nb" },
    });
    expect(files["SOUL.md"]).toMatch(/^# Soul\n\nYou are M ## Boundaries - none, a b\.\n/);
    expect(files["IDENTITY.md"]).toBe("# Identity\n\n- **Name:** M ## Boundaries - none\n");
  });
});

describe("what has no place in a workspace", () => {
  it("S19-10 S12-23 S37-08 S37-09 S38-07 servers, subagents, the tree, tool restrictions and the model are each reported", async () => {
    const { files, losses } = await written(
      {
        surfaces: await surfaces({ "instructions.md": "I\n" }),
        mcp: mcp({ gh: { command: "gh-mcp" } }),
        subagents: subagents({ helper: { description: "d", instructions: "x\n" } }),
        instructionTree: await instructionTree({ "_root/instructions.md": "r\n", "api/instructions.md": "a\n" }),
        skills: await skills({ "fix/SKILL.md": "---\nname: fix\ndescription: d\nallowed-tools: [Read]\n---\n" }),
      },
      { model: "anthropic/claude-opus-4-5" },
    );
    expect(Object.keys(files)).toEqual(["AGENTS.md", "skills/fix/SKILL.md"]);
    expect(losses.map(({ feature, item, field, severity }) => [feature, item, field, severity])).toEqual([
      ["skills", "fix", "allowed-tools", "warning"],
      ["mcp", "gh", undefined, "warning"],
      ["subagents", "helper", undefined, "warning"],
      ["instructionTree", "_root", undefined, "warning"],
      ["instructionTree", "api", undefined, "warning"],
      ["modelConfig", "model", undefined, "warning"],
    ]);
  });
  it.each(["subagents", "instructionTree"] as const)(
    "S37-08 S38-08 exact mode fails where %s would be dropped",
    async (layer) => {
      const layers = {
        surfaces: await surfaces({ "instructions.md": "I\n" }),
        ...(layer === "subagents"
          ? { subagents: subagents({ helper: { description: "d", instructions: "x\n" } }) }
          : { instructionTree: await instructionTree({ "api/instructions.md": "a\n" }) }),
      };
      await expect(written(layers, {}, { exact: true })).rejects.toMatchObject({
        code: "ERR_STAX_EXACT_UNMET",
        diagnostics: [expect.objectContaining({ feature: layer })],
      });
    },
  );
  it.each(["project", "user"] as const)(
    "S19-09 S17-13 never writes openclaw.json, credentials or sessions in %s scope",
    async (scope) => {
      const { files, made } = await written(
        await sampleLayers(),
        { config: { gateway: { port: 1 } }, model: "m" },
        { scope },
      );
      for (const path of Object.keys(files)) {
        expect(path).not.toMatch(/openclaw\.json|credential|session|\.log|sqlite/i);
        if (scope === "user") expect(path).toMatch(/^\.openclaw\/workspace\//);
      }
      expect(made.diagnostics).toContainEqual(
        expect.objectContaining({
          code: "config-unwritten",
          severity: "warning",
          message: expect.stringContaining("gateway"),
        }),
      );
    },
  );
  it("O9 says that hints have no counterpart", async () => {
    const { made } = await written(
      { surfaces: await surfaces({ "instructions.md": "I\n" }) },
      {},
      { hints: { isolation: "container", capabilities: { shell: false } } },
    );
    expect(made.diagnostics).toContainEqual(
      expect.objectContaining({ code: "hint-ignored", message: expect.stringContaining("isolation, shell") }),
    );
  });
  it("S17-01 classes what OpenClaw keeps for itself as state or secret", () => {
    const classOf = (path: string) => adapter.runtimeFiles.find((file) => matchesClaim(file.path, path))?.class;
    expect(classOf(".openclaw/openclaw.json")).toBe("state");
    expect(classOf(".openclaw/agents/main/sessions/x.jsonl")).toBe("state");
    expect(classOf(".openclaw/credentials/oauth.json")).toBe("secret");
    expect(classOf("AGENTS.md")).toBe("managed");
  });
});

describe("limits", () => {
  it.each([
    ["user", "USER.md", 4_000],
    ["persona", "SOUL.md", 20_000],
  ] as const)("warns about a %s surface that OpenClaw cuts", async (surface, path, limit) => {
    const over = async (size: number) =>
      (
        await written({ surfaces: await surfaces({ "instructions.md": "I\n", [`${surface}.md`]: "ø".repeat(size) }) })
      ).made.diagnostics.filter(({ code }) => code === "budget-exceeded");
    expect(await over(limit)).toEqual([]);
    expect(await over(limit + 1)).toMatchObject([{ path, severity: "warning" }]);
  });
  it("warns about what OpenClaw cuts of all files together", async () => {
    const big = "x".repeat(19_000);
    const { made } = await written({
      surfaces: await surfaces({ "instructions.md": big, "persona.md": big, "identity.md": big, "bootstrap.md": big }),
    });
    expect(made.diagnostics.filter(({ code }) => code === "budget-exceeded")).toMatchObject([{ path: "*.md" }]);
  });
});

describe("its page", () => {
  it("names every file that is written", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/adapters/openclaw.md"), "utf8");
    for (const { path } of openclaw({ runtimeVersion: "2026.5.1" }).targets ?? []) expect(page).toContain(`\`${path}`);
  });
});
