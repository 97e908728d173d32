import { type AgentConfig, fileEntry, type Layers } from "@stax/schema";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { Part } from "./contract.ts";
import { config, defineAdapter, document, files } from "./define-adapter.ts";
import { shortfallsOf } from "./fidelity-report.ts";
import { materialize } from "./materialize.ts";
import { mcpServers } from "./parts/mcp-servers.ts";
import { personaSection, promptSection } from "./parts/root-document.ts";
import { skillTrees } from "./parts/trees.ts";
import { plan } from "./plan.ts";
import { noDisk } from "./root.ts";
import { mcpOf, promptOf, rulesOf, skillsOf } from "./sample.fixture.ts";
import { type ConsumerSummary, summarize } from "./summarize.ts";

type RuleFiles = Part<"rules", unknown, ReturnType<typeof fileEntry>>;

// Rules as they are; without front matter where they have any; none that are `manual`.
const ruleFiles = (directory: string): RuleFiles => ({
  feature: "rules",
  fidelity: "native",
  keeps: ["scope", "globs", "body"],
  *write({ rules }, context) {
    for (const { id, body, scope, file } of rules?.rules ?? [])
      if (scope === "manual") context.item(id).lose(undefined, "nobody can ask for it");
      else if (scope === "always") yield { items: [id], out: { ...file, path: `${directory}/${id}` } };
      else yield { items: [id], out: fileEntry(`${directory}/${id}`, body) };
  },
});

const none = "Toy has no such thing";
const unsupported = { subagents: none, instructionTree: none, knowledge: none, memory: none, secrets: none } as const;
const rest = { ...unsupported, surfaces: none, toolPermissions: none, modelConfig: none } as const;
const options = z.object({ model: z.string().optional(), writeSkills: z.boolean().optional() });
const toy = defineAdapter({
  name: "toy",
  displayName: "Toy",
  adapterVersion: "1.0.0",
  runtimeVersionRange: ">=3 <4",
  options,
  outputs: [
    document("TOY.md", [promptSection, personaSection]),
    files("rules/*.md", ruleFiles("rules"), {
      alwaysLoaded: ({ rules }) =>
        new Set((rules?.rules ?? []).filter(({ scope }) => scope === "always").map(({ id }) => id)),
    }),
    files("skills/**", skillTrees("skills"), { when: "writeSkills" }),
    config("json", "mcp.json", [
      mcpServers("servers", ({ source }) => ({ command: source.command ?? "" }), { keeps: ["command"] }),
    ]),
  ],
  unsupported: rest,
  budgets: [
    { paths: "rules/*.md", unit: "bytes", limit: 30, effect: "cuts it" },
    { paths: "TOY.md", unit: "characters", limit: 1000, effect: "cuts it" },
  ],
});
/** Copy reads what Toy writes for rules. */
const copy = defineAdapter({
  name: "copy",
  displayName: "Copy",
  adapterVersion: "1.0.0",
  options,
  outputs: [
    document("COPY.md", [promptSection, personaSection], { alsoAt: ["TOY.md"] }),
    files("own/*.md", { ...ruleFiles("own"), fidelity: "translated" }, { alsoAt: ["rules/*.md"] }),
  ],
  unsupported: { ...rest, skills: none, mcp: none },
});

const agent = (more: Partial<AgentConfig> = {}): AgentConfig => ({
  specVersion: "1.0.0",
  kind: "agent",
  name: "a",
  version: "1.0.0",
  adapter: toy.configure(),
  ...more,
});
const sample = async (): Promise<Layers> => ({
  prompt: promptOf("Hello\n"),
  persona: { specVersion: "1.0.0", name: "maya", displayName: "Maya", role: "Engineer" },
  rules: await rulesOf({
    "as-is.md": "Wrap errors, and say what was tried.\n",
    "by-file.md": '---\nscope: glob\nglobs: ["*.go"]\npriority: 1\n---\nGo\n',
    "by-hand.md": "---\nscope: manual\n---\nAsk\n",
  }),
  skills: await skillsOf({ "s-1/SKILL.md": "---\nname: s-1\ndescription: Does it\n---\nDo\n", "s-1/x.sh": "x\n" }),
  mcp: mcpOf({ docs: { command: "docs", description: "The docs", connectTimeoutMs: 5 } }),
});

async function report(layers: Layers, adapters = [toy], given = agent()) {
  const made = materialize(layers, given, adapters, { adapters: adapters.map(({ name }) => name) });
  const { consumers, writes } = summarize(layers, made, await plan(made.composed, [], noDisk));
  const of = (name: string): ConsumerSummary => {
    const found = consumers.find(({ adapter }) => adapter === name);
    if (found === undefined) throw new Error(`no consumer ${name}`);
    return found;
  };
  const reachOf = (name: string) => Object.fromEntries(of(name).items.map(({ item, reach }) => [item, reach]));
  return { made, of, writes, reachOf };
}

describe("the report of what reaches a runtime", () => {
  it("S12-24 S12-27 says of every item whether it is exact, translated, embedded or lost", async () => {
    const { reachOf } = await report(await sample());
    expect(reachOf("toy")).toEqual({
      prompt: "embedded",
      maya: "embedded",
      "as-is.md": "exact",
      "by-file.md": "translated",
      "by-hand.md": "lost",
      "s-1": "exact",
      docs: "translated",
    });
  });
  it("S12-25 names the files, and for what is less than exact the field and the reason", async () => {
    const { of } = await report(await sample());
    const find = (item: string) => of("toy").items.find((one) => one.item === item);
    expect(find("s-1")).toMatchObject({ files: ["skills/s-1/SKILL.md", "skills/s-1/x.sh"], shortfalls: [] });
    expect(find("by-hand.md")).toMatchObject({ files: [], shortfalls: [{ reason: "nobody can ask for it" }] });
    expect(find("by-file.md")).toMatchObject({
      files: ["rules/by-file.md"],
      shortfalls: [{ field: "priority", fidelity: "lost", severity: "warning" }],
    });
    expect(
      find("docs")
        ?.shortfalls.map(({ field }) => field)
        .sort(),
    ).toEqual(["connectTimeoutMs", "description"]);
  });
  it("says what documents an item and has no place changes nothing", async () => {
    const { reachOf } = await report({ mcp: mcpOf({ docs: { command: "docs", description: "The docs" } }) });
    expect(reachOf("toy")).toEqual({ docs: "exact" });
  });
  it("says of every file how its content stands in it", async () => {
    const { writes } = await report(await sample());
    expect(Object.fromEntries(writes.map(({ path, reach }) => [path, reach]))).toEqual({
      "TOY.md": "embedded",
      "mcp.json": "exact",
      "rules/as-is.md": "exact",
      "rules/by-file.md": "translated",
      "skills/s-1/SKILL.md": "exact",
      "skills/s-1/x.sh": "exact",
    });
  });
  it("S15-01 takes a prompt that stands alone in its document as exact", async () => {
    const { reachOf, writes } = await report({ prompt: promptOf("Hello\n") });
    expect(reachOf("toy")).toEqual({ prompt: "exact" });
    expect(writes).toMatchObject([{ path: "TOY.md", reach: "exact" }]);
  });
  it("says which versions of the runtime it was checked with", async () => {
    const { of } = await report(await sample());
    expect(of("toy").runtimeVersionRange).toBe(">=3 <4");
  });
  it("names another adapter's file where the runtime reads that one", async () => {
    const { of, writes } = await report(await sample(), [toy, copy]);
    expect(writes.map(({ path }) => path)).not.toContain("own/as-is.md");
    expect(of("copy").items.find(({ item }) => item === "as-is.md")).toMatchObject({ files: ["rules/as-is.md"] });
  });
  it("takes what an author switched off as lost, but not against the author", async () => {
    const layers = await sample();
    const off = agent({ adapter: toy.configure({ writeSkills: false }) });
    const { reachOf, made } = await report({ skills: layers.skills } as Layers, [toy], off);
    expect(reachOf("toy")).toEqual({ "s-1": "lost" });
    expect(shortfallsOf({ skills: layers.skills } as Layers, made, "translated")).toEqual([]);
  });
});

describe("shortfallsOf", () => {
  it("S12-25 finds nothing against what is exact, and names what is not by threshold", async () => {
    const layers = await sample();
    const { made } = await report(layers);
    const of = (atWorst: "lost" | "translated") =>
      shortfallsOf(layers, made, atWorst).map(({ layer, field, code }) => [layer, field ?? "", code].join(" "));
    expect(of("lost").sort()).toEqual([
      "mcp connectTimeoutMs field-lost",
      "rules  item-lost",
      "rules priority field-lost",
    ]);
    expect(of("translated").sort()).toEqual([
      "mcp connectTimeoutMs field-lost",
      "persona  item-changed",
      "prompt  item-changed",
      "rules  item-lost",
      "rules priority field-lost",
    ]);
    const exact = { prompt: promptOf("Hello\n") };
    expect(shortfallsOf(exact, (await report(exact)).made, "translated")).toEqual([]);
  });
});

describe("what a runtime always reads", () => {
  it("is the root document, the rules that always apply, and names and descriptions", async () => {
    const { of } = await report(await sample());
    const { context } = of("toy");
    const sizes = Object.fromEntries((context?.files ?? []).map(({ path, bytes }) => [path, bytes]));
    expect(Object.keys(sizes).sort()).toEqual(["TOY.md", "rules/as-is.md"]);
    expect(sizes["rules/as-is.md"]).toBe(37);
    expect(context?.listed).toEqual({ count: 1, bytes: "s-1Does it".length });
    expect(context?.bytes).toBe((sizes["TOY.md"] ?? 0) + 37 + 10);
    expect(context?.tokens).toBe(Math.ceil((context?.bytes ?? 0) / 4));
  });
  it("says what is beyond a limit, and how near the nearest is", async () => {
    const { of } = await report(await sample());
    expect(of("toy").context?.limits).toMatchObject([
      { path: "rules/as-is.md", size: 37, limit: 30, unit: "bytes", over: 7, effect: "cuts it" },
      { path: "TOY.md", limit: 1000, over: 0 },
    ]);
  });
  it("is read where another adapter writes it, once", async () => {
    const { of } = await report(await sample(), [toy, copy]);
    expect(of("copy").context?.files.map(({ path }) => path)).toEqual(["TOY.md"]);
  });
});
