import { filesWritten, importFiles, importTree, parseLayers, textsOf } from "@stax/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adapter, openclaw } from "./index.ts";

const read = (files: Readonly<Record<string, string | Uint8Array>>, scope?: "user") =>
  importFiles(adapter, files, scope);
const surfacesOf = ({ layers }: Awaited<ReturnType<typeof read>>) =>
  Object.fromEntries((layers.surfaces?.surfaces ?? []).map(({ name, text }) => [name, text]));
const skill = (name: string, body: string) => `---\nname: ${name}\ndescription: d\n---\n${body}\n`;

const workspace = {
  "AGENTS.md": "# Agents\r\n",
  "SOUL.md": "\ufeffKind.",
  "IDENTITY.md": "- **Name:** Maya\n",
  "USER.md": "On call.\n\n",
  "BOOTSTRAP.md": "Ask.\n",
};
const surfaces = {
  instructions: "# Agents\r\n",
  persona: "\ufeffKind.",
  identity: "- **Name:** Maya\n",
  user: "On call.\n\n",
  bootstrap: "Ask.\n",
};

describe("a workspace", () => {
  it("S19-01 has its documents in surfaces, byte for byte", async () => {
    const imported = await read(workspace);
    expect(surfacesOf(imported)).toEqual(surfaces);
    expect(imported.said).toEqual([]);
    expect(imported.options).toEqual({});
    expect(await textsOf(filesWritten(adapter, imported.layers))).toEqual(
      Object.fromEntries(Object.entries(workspace).map(([path, text]) => [path, Buffer.from(text).toString("latin1")])),
    );
  });
  it("of a user lies in .openclaw/workspace, and what is beside it is the runtime's own", async () => {
    const below = Object.fromEntries(
      Object.entries(workspace).map(([path, text]) => [`.openclaw/workspace/${path}`, text]),
    );
    const imported = await read(
      {
        ...below,
        "AGENTS.md": "not mine",
        ".openclaw/openclaw.json": "{ key: 1 }",
        ".openclaw/credentials/x": "s",
        ".openclaw/state/a.sqlite": "",
      },
      "user",
    );
    expect(surfacesOf(imported)).toEqual(surfaces);
    expect(
      Object.entries(imported.outcomes)
        .filter(([, outcome]) => outcome === "left")
        .map(([path]) => path),
    ).toEqual([".openclaw/credentials/x", ".openclaw/openclaw.json", ".openclaw/state/a.sqlite"]);
    expect(imported.diagnostics.every(({ severity }) => severity === "info")).toBe(true);
  });
  it("R6 keeps TOOLS.md and HEARTBEAT.md, says that they are read no more, and writes them for an OpenClaw that does", async () => {
    const files = { "AGENTS.md": "A\n", "TOOLS.md": "Use rg.\n", "HEARTBEAT.md": "Hourly.\n" };
    const imported = await read(files);
    expect(surfacesOf(imported)).toEqual({ instructions: "A\n", tools: "Use rg.\n", heartbeat: "Hourly.\n" });
    expect(imported.options).toEqual({ runtimeVersion: "2026.7.0" });
    expect(imported.said).toHaveLength(2);
    expect(await textsOf(filesWritten(adapter, imported.layers, openclaw(imported.options as object)))).toEqual(files);
  });
  it("keeps the memory that an artifact owns; MEMORY.md is the agent's", async () => {
    const { layers, outcomes, said } = await read({
      "AGENTS.md": "A\n",
      "MEMORY.md": "mine",
      "memory/2026-01-01.md": "Monday\n",
      "memory/memory.meta.json": "{ not json",
    });
    expect(layers.memory?.files.map(({ path }) => path)).toEqual(["2026-01-01.md"]);
    expect(outcomes).toMatchObject({
      "MEMORY.md": "left",
      "memory/memory.meta.json": "left",
      "memory/2026-01-01.md": "carried",
    });
    expect(said.some((text) => text.startsWith("import-changed memory:"))).toBe(true);
  });
  it("has skills in several directories, the workspace's first", async () => {
    const { layers } = await read(
      {
        ".openclaw/workspace/skills/group/aa/SKILL.md": skill("aa", "workspace"),
        ".openclaw/workspace/.agents/skills/bb/SKILL.md": skill("bb", "agents"),
        ".agents/skills/aa/SKILL.md": skill("aa", "home"),
        ".agents/skills/bb/SKILL.md": skill("bb", "home"),
        ".openclaw/skills/cc/SKILL.md": skill("cc", "state"),
      },
      "user",
    );
    expect(Object.fromEntries((layers.skills?.skills ?? []).map(({ name, body }) => [name, body]))).toEqual({
      aa: "workspace\n",
      bb: "agents\n",
      cc: "state\n",
    });
  });
  it("has knowledge, and the pointer to it goes with exact: false", async () => {
    const layers = await parseLayers({
      surfaces: { "instructions.md": "A\n" },
      knowledge: { "a.md": "a", "knowledge.manifest.json": '{"files":{"a.md":{"title":"T"}}}' },
    });
    const first = filesWritten(adapter, layers, openclaw({ exact: false }));
    const back = await importTree(adapter, first);
    expect(surfacesOf(back)).toEqual({ instructions: "A\n" });
    expect(back.options).toEqual({ exact: false });
    expect(back.layers.knowledge?.metadata).toEqual({ "a.md": { title: "T" } });
  });
});

describe("laws", () => {
  const text = fc
    .array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("---", "## Tools", "# Soul", "", "\r")), {
      minLength: 1,
      maxLength: 4,
    })
    .map((lines) => `${lines.join("\n")}\n`)
    .filter((one) => one.trim() !== "" && !one.includes("Reference material"));
  const sources = fc.record({
    instructions: text,
    persona: text,
    identity: text,
    user: text,
    bootstrap: text,
    memory: text,
  });
  it.each(["project", "user"] as const)(
    "reading gives every surface and the memory back, byte for byte, in %s scope",
    async (scope) => {
      await fc.assert(
        fc.asyncProperty(sources, async ({ memory, ...all }) => {
          const layers = await parseLayers({
            surfaces: Object.fromEntries(Object.entries(all).map(([name, body]) => [`${name}.md`, body])),
            memory: { "a/b.md": memory },
          });
          const first = filesWritten(adapter, layers, openclaw(), scope);
          const back = await importTree(adapter, first, scope);
          expect(surfacesOf(back)).toEqual(all);
          expect(await textsOf(back.layers.memory?.files ?? [])).toEqual(await textsOf(layers.memory?.files ?? []));
          expect(await textsOf(filesWritten(adapter, back.layers, openclaw(back.options as object), scope))).toEqual(
            await textsOf(first),
          );
        }),
        { numRuns: 40 },
      );
    },
  );
});
