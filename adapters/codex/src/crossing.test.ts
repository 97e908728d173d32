import { adapter as claudeCode } from "@stax/claude-code";
import { findFiles, type Loss, type Rendering, readablePaths, readRuntime, render } from "@stax/materialize";
import { adapter as opencode } from "@stax/opencode";
import { materializeExample } from "@stax/testing/clients";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adapter } from "./index.ts";

type Imported = Awaited<ReturnType<typeof readRuntime>>;

const losses = ({ losses: all }: Rendering): readonly string[] =>
  [...new Set(all.map(({ feature, field = "", fidelity }: Loss) => `${fidelity} ${feature} ${field}`.trim()))].sort();

describe("the example, written for Claude Code and read back from its files", () => {
  const scratch: { remove: () => void }[] = [];
  let imported: Imported;
  beforeAll(async () => {
    const made = materializeExample("claude-code");
    scratch.push(made);
    const { tree } = findFiles(made.project, readablePaths(claudeCode));
    imported = await readRuntime(claudeCode, tree);
  });
  afterAll(() => {
    for (const { remove } of scratch) remove();
  });

  it("leaves nothing behind", () => {
    expect(imported.diagnostics.filter(({ code }) => code === "import-left")).toEqual([]);
  });
  // SKILL.md keeps every byte; what of its header means nothing elsewhere is said.
  const headers = [
    "lost skills allowed-tools",
    "lost skills argument-hint",
    "lost skills tags",
    "lost skills user-invocable",
  ];
  it("loses for Codex only what Codex has no place for", () => {
    // A secret under another name than its variable's, and arguments that Codex does not fill in.
    expect(losses(render(imported.layers, adapter, adapter.configure()))).toEqual([
      "lost mcp env",
      ...headers,
      "translated skills body",
    ]);
  });
  it("loses for opencode only what opencode has no place for", () => {
    const agents = opencode.configure({ writeAgents: true } as never); // options of the adapter's own
    expect(losses(render(imported.layers, opencode, agents))).toEqual([...headers, "lost subagents model"]);
    expect(losses(render(imported.layers, opencode, opencode.configure()))).toEqual([...headers, "lost subagents"]);
  });
});
