import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AgentConfig, fileEntry, type Layers } from "@stax/schema";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { commandFindings, isOnPath } from "./command-findings.ts";
import type { Part } from "./contract.ts";
import { config, defineAdapter, document, files } from "./define-adapter.ts";
import { leakFindings } from "./leak-findings.ts";
import { isRefused, materialize } from "./materialize.ts";
import { besideFindings } from "./notices.ts";
import { mcpServers } from "./parts/mcp-servers.ts";
import { allSurfaceSections, personaSection, promptSection } from "./parts/root-document.ts";
import { plan } from "./plan.ts";
import { Root } from "./root.ts";
import { mcpOf, promptOf, rulesOf, secretsOfKeys, surfacesOf, temporaryDirectory } from "./sample.fixture.ts";
import { describeAgent, summarize } from "./summarize.ts";

const ruleFiles: Part<"rules", unknown, ReturnType<typeof fileEntry>> = {
  feature: "rules",
  fidelity: "native",
  keeps: ["scope", "globs", "body"],
  write: ({ rules }) =>
    (rules?.rules ?? []).map(({ id, body }) => ({ items: [id], out: fileEntry(`rules/${id}`, body) })),
};
const none = "Toy has no such thing";
const options = z.object({ exact: z.boolean().optional(), model: z.string().optional() });
const toyOf = (exactMode = true) =>
  defineAdapter({
    name: "toy",
    displayName: "Toy",
    adapterVersion: "1.0.0",
    exactMode,
    options,
    outputs: [
      document("TOY.md", [allSurfaceSections, promptSection, personaSection]),
      files("rules/*.md", ruleFiles),
      config("json", "mcp.json", [
        mcpServers("servers", ({ source }) => ({ command: source.command ?? "" }), { keeps: ["command"] }),
      ]),
    ],
    unsupported: {
      skills: none,
      subagents: none,
      instructionTree: none,
      knowledge: none,
      memory: none,
      secrets: none,
      toolPermissions: none,
      modelConfig: none,
    },
    alsoReads: [{ path: "TOY.local.md", scope: "project", message: "Toy reads it last" }],
  });
const toy = toyOf();
const agent = (more: Partial<AgentConfig> = {}): AgentConfig => ({
  specVersion: "1.0.0",
  kind: "agent",
  name: "a",
  version: "1.0.0",
  adapter: toy.configure(),
  ...more,
});
const persona = { specVersion: "1.0.0", name: "maya", displayName: "Maya", role: "Engineer", background: "long" };
const exactOnly: Layers = { prompt: promptOf("Hello\n") };

describe("materialize", () => {
  it("S15-01 is portable by default and exact where asked", () => {
    expect(materialize(exactOnly, agent(), [toy]).exact).toEqual({ requestedBy: undefined, met: true, violations: [] });
    expect(materialize(exactOnly, agent(), [toy], { exact: true }).exact).toMatchObject({
      requestedBy: "user",
      met: true,
    });
  });
  it("S15-02 S17-06 S18-12 fails in exact mode where a document is composed", () => {
    const layers = { prompt: promptOf("Hello\n"), persona };
    const attempt = () => materialize(layers, agent(), [toy], { exact: true });
    expect(attempt).toThrow(expect.objectContaining({ code: "ERR_STAX_EXACT_UNMET", category: "materialize" }));
    expect(attempt).toThrow(
      expect.objectContaining({
        diagnostics: expect.arrayContaining([expect.objectContaining({ code: "document-composed", path: "TOY.md" })]),
      }),
    );
  });
  it("S16-08 fails in exact mode where the persona is synthesised", () => {
    expect(() => materialize({ persona }, agent(), [toy], { exact: true })).toThrow(
      expect.objectContaining({ code: "ERR_STAX_EXACT_UNMET" }),
    );
  });
  it("S15-02 S37-08 fails in exact mode where a layer is dropped", () => {
    const layers: Layers = {
      ...exactOnly,
      subagents: { specVersion: "1.0.0", agents: { a: { description: "d", instructions: "i" } } },
    };
    expect(() => materialize(layers, agent(), [toy], { exact: true })).toThrow("subagents");
    expect(materialize(layers, agent(), [toy]).diagnostics).toMatchObject([{ code: "item-lost", layer: "subagents" }]);
  });
  it("S15-03 S12-10 S12-21 fails in exact mode where the adapter or the config does not claim exact files", () => {
    const loose = toyOf(false);
    expect(() => materialize(exactOnly, agent({ adapter: loose.configure() }), [loose], { exact: true })).toThrow(
      "never claims exact files",
    );
    const silent = agent({ adapter: { ...toy.configure(), features: {} } });
    expect(() => materialize(exactOnly, silent, [toy], { exact: true })).toThrow("exactMode");
  });
  it("S15-03 S18-09 warns where the artifact itself asks for exact files", () => {
    const asked = agent({ adapter: toy.configure({ exact: true }) });
    const { exact, diagnostics } = materialize({ prompt: promptOf("x\n"), persona }, asked, [toy]);
    expect(exact).toMatchObject({ requestedBy: "artifact", met: false });
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ["field-lost", "warning"],
      ["document-composed", "info"],
      ["exact-unmet", "warning"],
      ["document-composed", "warning"],
    ]);
    expect(diagnostics[0]).toMatchObject({ field: "background" });
  });
  it("S15-08 S15-09 renders templates before they are embedded", async () => {
    const { composed } = materialize({ prompt: promptOf("I am {{persona.displayName}}.\n"), persona }, agent(), [toy]);
    expect(composed.files).toMatchObject([{ path: "TOY.md", origins: ["the prompt"] }]);
    const strict = materialize({ prompt: promptOf("{{persona.nope}}\n"), persona }, agent(), [toy], { strict: true });
    expect(strict.diagnostics).toContainEqual(
      expect.objectContaining({ code: "template-unresolved", severity: "error" }),
    );
    expect(isRefused(strict)).toBe(true);
  });
  it("S04-26 makes an unknown expression an error in strict mode, and a warning otherwise", () => {
    const layers = { prompt: promptOf("{{#if x}}\n") };
    const severity = (strict: boolean) =>
      materialize(layers, agent(), [toy], { strict }).diagnostics.map((one) => one.severity);
    expect(severity(false)).toEqual(["warning"]);
    expect(severity(true)).toEqual(["error"]);
  });
  it("S16-03 ignores surfaces that the format does not know, with a note", async () => {
    const surfaces = await surfacesOf({ "zzz.md": "z\n", "instructions.md": "i\n" });
    const { composed, diagnostics } = materialize({ surfaces }, agent(), [toy]);
    expect(composed.files.map(({ path }) => path)).toEqual(["TOY.md"]);
    expect(diagnostics).toMatchObject([{ code: "surface-unknown", severity: "info", path: "zzz.md" }]);
  });
  it("S00-02 refuses an artifact of a higher major version, S00-03 takes a higher minor one", () => {
    expect(() => materialize(exactOnly, agent({ specVersion: "2.0.0" }), [toy])).toThrow(
      expect.objectContaining({ code: "ERR_STAX_SPEC_UNSUPPORTED", category: "materialize" }),
    );
    expect(materialize(exactOnly, agent({ specVersion: "1.9.0" }), [toy]).composed.files).toHaveLength(1);
  });
  it("S12-18 says that the options of an unregistered adapter cannot be checked", () => {
    const config = agent({
      adapter: { ...toy.configure(), type: "zed", runtime: "zed" },
      adapterFallback: [toy.configure()],
    });
    expect(materialize(exactOnly, config, [toy]).diagnostics).toContainEqual(
      expect.objectContaining({ code: "adapter-unchecked", message: expect.stringContaining("zed") }),
    );
  });
});

describe("summarize", () => {
  const layers = async (): Promise<Layers> => ({
    prompt: promptOf("Hello\n"),
    rules: await rulesOf({ "a.md": "---\npriority: 1\n---\nx\n" }),
    secrets: secretsOfKeys("TOKEN"),
    mcp: mcpOf({
      gh: {
        command: "gh-mcp",
        args: ["x"],
        secrets: ["TOKEN"],
        registryRef: { package: "io.github/gh", version: "1.0.0", digest: "sha256:1" },
      },
      docs: { url: "https://docs.example.com/mcp", transport: "http" },
    }),
    subagents: { specVersion: "1.0.0", agents: { a: { description: "d", instructions: "i" } } },
  });
  it("S00-14 S15-20 S15-21 lists adapter, compatibility, fidelity, writes, losses and risk as JSON", async () => {
    const made = materialize(await layers(), agent(), [toy]);
    const root = Root.at(temporaryDirectory());
    const summary = summarize(await layers(), made, await plan(made.composed, [], root));
    expect(JSON.parse(JSON.stringify(summary))).toMatchObject({
      consumers: [
        {
          adapter: "toy",
          adapterVersion: "1.0.0",
          role: "primary",
          compatible: true,
          lossy: true,
          fidelity: "best-effort",
          unsupported: ["subagents"],
          features: [
            { feature: "prompt", support: "native", items: 1, lost: 0 },
            { feature: "rules", support: "native", items: 1, lost: 1 },
            { feature: "mcp", support: "native", items: 2 },
            { feature: "subagents", support: "unsupported", items: 1, lost: 1 },
            { feature: "secrets", support: "consumer-only", items: 1 },
          ],
        },
      ],
      lossy: true,
      writes: [
        { path: "TOY.md", action: "create", by: ["toy"], size: 6 },
        { path: "mcp.json", action: "create" },
        { path: "rules/a.md", action: "create" },
      ],
      conflicts: [],
    });
  });
  it("S06-25 S06-09 tells servers of a registry from inline ones, with digest", async () => {
    const { risk } = materialize(await layers(), agent(), [toy]);
    expect(risk).toMatchObject({
      commands: [{ server: "gh", command: "gh-mcp", args: ["x"] }],
      hosts: ["docs.example.com"],
      origins: [
        { server: "gh", origin: "registry", package: "io.github/gh", version: "1.0.0", digest: "sha256:1" },
        { server: "docs", origin: "inline" },
      ],
      secrets: [{ key: "TOKEN", required: true, environment: "TOKEN" }],
    });
  });
  it("S12-30 is no more than best effort where nobody says which versions of the runtime were tried", () => {
    const unversioned = { ...toy, runtimeVersionRange: undefined };
    const { runtimeVersionRange: _, ...adapter } = agent().adapter;
    const fidelityFor = (config: AgentConfig) =>
      summarize(exactOnly, materialize(exactOnly, config, [unversioned])).fidelity;
    expect(fidelityFor({ ...agent(), adapter })).toBe("best-effort");
    expect(fidelityFor({ ...agent(), adapter: { ...adapter, runtimeVersionRange: ">=1" } })).toBe("byte-exact");
  });
  it("is byte-exact only where nothing is lost or composed", () => {
    const versioned = { ...toy, runtimeVersionRange: ">=1" };
    expect(summarize(exactOnly, materialize(exactOnly, agent(), [versioned])).fidelity).toBe("byte-exact");
    const composed: Layers = {
      prompt: promptOf("a\n"),
      persona: { specVersion: "1.0.0", name: "m", displayName: "M", role: "r" },
    };
    expect(summarize(composed, materialize(composed, agent(), [toy]))).toMatchObject({
      fidelity: "schema-exact",
      lossy: false,
    });
  });
});

describe("describeAgent", () => {
  it("S15-07 S09-09 S37-11 shows every layer, with sources of knowledge and all fields of subagents", () => {
    const handoff = { returnMode: "report" as const };
    const agents = {
      a: {
        description: "d",
        instructions: "i",
        invocation: "manual" as const,
        handoff,
        tags: ["t"],
        metadata: { k: "v" },
      },
    };
    const described = describeAgent({
      prompt: promptOf("I am {{persona.displayName}}"),
      persona,
      subagents: { specVersion: "1.0.0", agents },
      knowledge: { files: [fileEntry("a.md", "12")], metadata: { "a.md": { title: "A", source: "wiki" } } },
    });
    expect(described).toMatchObject({
      prompt: "I am Maya",
      persona: { name: "maya" },
      subagents: { agents },
      knowledge: [{ path: "a.md", size: 2, title: "A", source: "wiki" }],
    });
  });
});

describe("commandFindings", () => {
  it("S06-17 S06-16 warns about a command that is not on the PATH, and runs nothing", () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "gh-mcp"), "");
    chmodSync(join(directory, "gh-mcp"), 0o755);
    writeFileSync(join(directory, "plain"), "");
    const mcp = mcpOf({
      gh: { command: "gh-mcp" },
      plain: { command: "plain" },
      off: { command: "nope", enabled: false },
      rel: { command: "./x" },
    });
    expect(commandFindings({ mcp }, (command) => isOnPath(command, directory))).toMatchObject([
      { code: "command-not-found", severity: "warning", field: "servers.plain.command" },
    ]);
    expect(
      commandFindings({ mcp: mcpOf({ a: { command: join(directory, "gh-mcp") }, b: { command: "/nope" } }) }),
    ).toHaveLength(1);
  });
});

describe("leakFindings", () => {
  it("S15-15 S11-11 reports a known secret's value in what is written, without showing it", () => {
    const value = "s3cret-value-1";
    const layers: Layers = { prompt: promptOf(`key: ${value}\n`), mcp: mcpOf({ s: { command: value } }) };
    const findings = leakFindings(
      materialize(layers, agent(), [toy]).composed,
      new Map([
        ["TOKEN", value],
        ["PORT", "8080"],
      ]),
    );
    expect(findings).toMatchObject([
      { path: "TOY.md" },
      { path: "mcp.json", message: expect.stringContaining("TOKEN") },
    ]);
    expect(JSON.stringify(findings)).not.toContain(value);
  });
});

describe("besideFindings", () => {
  it("names files of the user's that the runtime reads too", () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "TOY.local.md"), "mine");
    const { composed, renderings } = materialize(exactOnly, agent(), [toy]);
    expect(besideFindings(composed.files, renderings, Root.at(directory))).toMatchObject([
      { code: "beside-existing", path: "TOY.local.md" },
    ]);
  });
});
