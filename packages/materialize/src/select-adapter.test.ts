import type { AdapterConfig } from "@stax/schema";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { Adapter, ModelParam } from "./adapter-contract.ts";
import { adapterFindings } from "./adapter-findings.ts";
import { defineAdapter } from "./define-adapter.ts";
import { selectAdapters } from "./select-adapter.ts";

const none = "none";
const make = (
  name: string,
  more: {
    aliases?: readonly string[];
    anyRuntime?: boolean;
    exactMode?: boolean;
    adapterVersion?: string;
    modelParams?: Readonly<Record<string, ModelParam>>;
  } = {},
): Adapter =>
  defineAdapter({
    name,
    displayName: name,
    adapterVersion: "1.2.0",
    options: z.object({ model: z.string().optional(), modelParams: z.record(z.string(), z.unknown()).optional() }),
    outputs: [],
    unsupported: {
      prompt: none,
      persona: none,
      surfaces: none,
      rules: none,
      skills: none,
      mcp: none,
      subagents: none,
      instructionTree: none,
      knowledge: none,
      memory: none,
      secrets: none,
      toolPermissions: none,
      modelConfig: none,
    },
    ...more,
  });
const registered = [
  make("claude-code", { aliases: ["claude"] }),
  make("codex"),
  make("generic", { anyRuntime: true, exactMode: false }),
];
const configOf = (type: string, more: Partial<AdapterConfig> = {}): AdapterConfig => ({
  type,
  runtime: type,
  adapterVersion: "1.0.0",
  config: {},
  features: { exactMode: true },
  ...more,
});
const select = (primary: AdapterConfig, fallbacks: readonly AdapterConfig[] = [], options = {}) =>
  selectAdapters({ adapter: primary, adapterFallback: [...fallbacks] }, registered, options).map(
    ({ adapter, role }) => [adapter.name, role],
  );

describe("adapterFindings", () => {
  it("S12-16 S12-05 S12-18 checks options and model parameters of every config, and says which cannot be checked", () => {
    const config = {
      adapter: configOf("codex", { config: { model: 5 }, modelParams: { temperature: 9 } }),
      adapterFallback: [configOf("zed")],
    };
    const findings = adapterFindings(config, [
      make("codex", { modelParams: { temperature: { type: "number", max: 2, supported: false } } }),
    ]);
    expect(findings.map(({ code, severity, field }) => [code, severity, field])).toEqual([
      ["field-invalid", "error", "adapter.model"],
      ["adapter-options", "error", "adapter.modelParams.temperature"],
      ["adapter-unchecked", "warning", "adapterFallback[0]"],
    ]);
  });
});

describe("selectAdapters", () => {
  it("S01-25 takes the primary where its type, runtime and major version are supported", () => {
    expect(select(configOf("claude-code"))).toEqual([["claude-code", "primary"]]);
    expect(() => select(configOf("claude-code", { runtime: "other" }))).toThrow("claude-code@1.0.0 (runtime other)");
  });
  it("S01-26 S15-05 tries the fallbacks in order", () => {
    expect(select(configOf("zed"), [configOf("codex"), configOf("generic")])).toEqual([["codex", "fallback"]]);
  });
  it("says that a fallback is used", () => {
    const [selection] = selectAdapters({ adapter: configOf("zed"), adapterFallback: [configOf("codex")] }, registered);
    expect(selection?.diagnostics).toMatchObject([{ code: "adapter-fallback", severity: "warning" }]);
  });
  it("S01-27 S12-26 fails with every attempted type and version", () => {
    const attempt = () => select(configOf("zed"), [configOf("vim", { adapterVersion: "2.0.0" })]);
    expect(attempt).toThrow(
      expect.objectContaining({
        code: "ERR_STAX_ADAPTER_INCOMPATIBLE",
        category: "materialize",
        message: expect.stringContaining("zed@1.0.0, vim@2.0.0"),
      }),
    );
  });
  it("S01-28 never takes a fallback while the primary is compatible", () => {
    expect(select(configOf("claude-code"), [configOf("codex")])).toEqual([["claude-code", "primary"]]);
    expect(
      select(configOf("generic", { features: { exactMode: false } }), [configOf("codex")], { exact: true }),
    ).toEqual([["generic", "primary"]]);
  });
  it("S12-13 refuses another major version and tries the fallbacks", () => {
    expect(select(configOf("claude-code", { adapterVersion: "9.0.0" }), [configOf("generic")])).toEqual([
      ["generic", "fallback"],
    ]);
    expect(() => select(configOf("claude-code", { adapterVersion: "9.0.0" }))).toThrow("claude-code@9.0.0");
  });
  it("S12-14 tolerates another minor version", () => {
    expect(select(configOf("claude-code", { adapterVersion: "1.9.0" }))).toEqual([["claude-code", "primary"]]);
  });
  it("S12-19 S18-06 takes the alias claude", () => {
    expect(select(configOf("claude"))).toEqual([["claude-code", "primary"]]);
    expect(select(configOf("zed"), [], { requested: ["claude"] })).toEqual([["claude-code", "substitute"]]);
  });
  it("serves any runtime with a generic adapter", () => {
    expect(select(configOf("generic", { runtime: "my-platform" }))).toEqual([["generic", "primary"]]);
  });
  it("S12-09 S12-33 prefers fallbacks that claim exact files in exact mode", () => {
    const fallbacks = [configOf("generic", { features: { exactMode: false } }), configOf("codex")];
    expect(select(configOf("zed"), fallbacks)).toEqual([["generic", "fallback"]]);
    expect(select(configOf("zed"), fallbacks, { exact: true })).toEqual([["codex", "fallback"]]);
  });
  it("takes the adapters that the user names, with the artifact's options where it has some", () => {
    const primary = configOf("codex", { model: "m" });
    const [codex, claude] = selectAdapters({ adapter: primary }, registered, {
      requested: ["codex", "claude-code", "codex"],
    });
    expect(codex).toMatchObject({ role: "primary", config: { model: "m" } });
    expect(claude).toMatchObject({ role: "substitute", diagnostics: [{ code: "adapter-substituted" }] });
    expect(claude?.config.model).toBeUndefined();
  });
  it("names the known adapters when the user names another", () => {
    expect(() => select(configOf("codex"), [], { requested: ["emacs"] })).toThrow(
      expect.objectContaining({
        code: "ERR_STAX_ADAPTER_INCOMPATIBLE",
        hint: expect.stringContaining("claude-code, codex, generic"),
      }),
    );
  });
});
