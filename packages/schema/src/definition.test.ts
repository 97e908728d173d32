import type { Diagnostic } from "@stax/errors";
import { describe, expect, it } from "vitest";
import {
  checkDocument,
  type DocumentName,
  deprecatedFields,
  documentSchemas,
  jsonSchemaOf,
  layerKinds,
  layerNames,
  layersAllowedIn,
  nearest,
  packageReferenceForm,
} from "./index.ts";
import { referrerConfigSchemas } from "./referrers.ts";

const adapter = { type: "claude-code", runtime: "claude-code", adapterVersion: "1.0.0", config: {}, features: {} };
const base = { name: "a", version: "1.0.0", description: "d", adapter };

function check(value: object, schema: DocumentName = "agent"): readonly string[] {
  const findings: Omit<Diagnostic, "path" | "layer">[] = [];
  checkDocument<unknown>(documentSchemas[schema], value, {
    unknown: "error",
    report: (finding) => findings.push(finding),
  });
  return findings.map(({ code, field }) => `${code} ${field}`);
}

describe("agentDefinitionSchema", () => {
  it("accepts the smallest agent", () => {
    expect(check(base)).toEqual([]);
  });
  it.each(["name", "version", "description", "adapter"])("S01-12 requires %s", (field) => {
    expect(check({ ...base, [field]: undefined })).toEqual([`field-invalid ${field}`]);
  });
  it.each([
    ["", false],
    ["a", true],
    ["-a", false],
    ["a-", false],
    ["A", false],
    ["x".repeat(63), true],
    ["x".repeat(64), false],
    ["a_b", false],
    ["é", false],
  ])("S01-09 name %j: %s", (name, valid) => {
    expect(check({ ...base, name })).toEqual(valid ? [] : ["field-invalid name"]);
  });
  it.each([
    ["1", false],
    ["01.0.0", false],
    ["v1.0.0", false],
    ["1.0.0-rc.1+b", true],
  ])("S01-10 version %s: %s", (version, valid) => {
    expect(check({ ...base, version })).toEqual(valid ? [] : ["field-invalid version"]);
  });
  it("S01-11 wants unique case-sensitive tags", () => {
    expect(check({ ...base, tags: ["a", "a"] })).toEqual(["field-invalid tags[1]"]);
    expect(check({ ...base, tags: ["a", "A"] })).toEqual([]);
    expect(check({ ...base, tags: [1] })).toEqual(["field-invalid tags[0]"]);
  });
  it.each(["type", "runtime", "adapterVersion", "features"])("S00-12 wants the adapter to declare %s", (field) => {
    expect(check({ ...base, adapter: { ...adapter, [field]: undefined } })).toEqual([`field-invalid adapter.${field}`]);
  });
  it("S12-12 wants adapterVersion to be a semantic version", () => {
    expect(check({ ...base, adapter: { ...adapter, adapterVersion: "v1" } })).toEqual([
      "field-invalid adapter.adapterVersion",
    ]);
  });
  it("S12-06 refuses other characters in keys of modelParams", () => {
    expect(check({ ...base, adapter: { ...adapter, modelParams: { "a b": 1 } } })).toHaveLength(1);
  });
  it("S01-33 checks hints", () => {
    expect(check({ ...base, hints: { isolation: "vm" } })).toEqual(["field-invalid hints.isolation"]);
    expect(check({ ...base, hints: { capabilities: { network: { mode: "some" } } } })).toEqual([
      "field-invalid hints.capabilities.network.mode",
    ]);
  });
  it("suggests the field that was meant", () => {
    const findings: Omit<Diagnostic, "path" | "layer">[] = [];
    checkDocument(
      documentSchemas.agent,
      { ...base, promt: "./x" },
      { unknown: "error", report: (finding) => findings.push(finding) },
    );
    expect(findings).toMatchObject([
      { code: "unknown-field", severity: "error", field: "promt", hint: 'did you mean "prompt"?' },
    ]);
  });
  it("keeps fields that start with x-", () => {
    expect(check({ ...base, "x-team": "core" })).toEqual([]);
  });
  it("S22-12 S01-19 wants workspace sources by exact tag or digest", () => {
    const source = (extra: object) =>
      check({ ...base, workspaceSources: [{ id: "a", ref: "ghcr.io/x/y:1.0.0", mountPath: "/w", ...extra }] });
    expect(source({})).toEqual([]);
    for (const ref of ["x", "^1", "ghcr.io/x/y", "ghcr.io/x/y:latest", "./x"])
      expect(source({ ref })).toEqual(["field-invalid workspaceSources[0].ref"]);
  });
  it("S01-18 S01-20 S01-21 wants ids and mount paths unique, absolute and apart", () => {
    const sources = (...list: object[]) =>
      check({
        ...base,
        workspaceSources: list.map((extra, index) => ({
          id: `s${index}`,
          ref: "ghcr.io/x/y:1.0.0",
          mountPath: `/m${index}`,
          ...extra,
        })),
      });
    expect(sources({ id: "a" }, { id: "a" })).toEqual(["field-invalid workspaceSources[1].id"]);
    expect(sources({ mountPath: "rel" })).toEqual(["field-invalid workspaceSources[0].mountPath"]);
    expect(sources({ mountPath: "/w" }, { mountPath: "/w/" })).toEqual(["field-invalid workspaceSources[1].mountPath"]);
    expect(sources({ mountPath: "/w" }, { mountPath: "/w/x" })).toEqual([
      "field-invalid workspaceSources[1].mountPath",
    ]);
  });
});

describe("packageDefinitionSchema", () => {
  it("S05-02 refuses prompt and persona", () => {
    const { adapter: _, ...identity } = base;
    expect(check({ ...identity, prompt: "./p.md", persona: "./p.ts" }, "package")).toEqual([
      "unknown-field prompt",
      "unknown-field persona",
    ]);
  });
});

describe("packageReferenceForm", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  it.each([
    ["./x", "path"],
    ["../x", "path"],
    ["ghcr.io/x/y:1.0.0", "tag"],
    [`ghcr.io/x/y@${digest}`, "digest"],
    [`ghcr.io/x/y:1.0.0@${digest}`, "digest"],
    ["localhost:5000/x:1", "tag"],
    ["[::1]:5000/x:1", "tag"],
    ["ghcr.io/x/y:latest", "floating"],
    ["ghcr.io/x/y:^1.0.0", "floating"],
    ["ghcr.io/x/y:1.x", "floating"],
    ["foo", undefined],
    ["ghcr.io/x/y", undefined],
    ["not a ref", undefined],
    ["@sha256:12", undefined],
    ["ghcr.io/X/y:1", undefined],
    ["/abs", undefined],
  ])("S01-23 takes %s as %s", (reference, form) => {
    expect(packageReferenceForm(reference)).toBe(form);
  });
});

describe("layerKinds", () => {
  it("S02-09 stands in the canonical order of layers", () => {
    expect(layersAllowedIn("agent")).toEqual([
      "knowledge",
      "rules",
      "skills",
      "mcp",
      "secrets",
      "packages",
      "instructionTree",
      "surfaces",
      "prompt",
      "persona",
      "subagents",
      "memory",
    ]);
  });
  it("S05-01 lets packages carry all but prompt, persona and memory", () => {
    expect(layersAllowedIn("package")).toEqual([
      "knowledge",
      "rules",
      "skills",
      "mcp",
      "secrets",
      "packages",
      "instructionTree",
      "surfaces",
      "subagents",
    ]);
  });
  it("gives every kind its own media type", () => {
    expect(new Set(layerNames.map((name) => layerKinds[name].mediaType)).size).toBe(layerNames.length);
  });
});

describe("referrerConfigSchemas", () => {
  const at = "2026-03-10T15:00:00Z";
  const valid = (name: keyof typeof referrerConfigSchemas, value: object) =>
    referrerConfigSchemas[name].safeParse(value).success;
  it("S02-28 knows three decisions", () => {
    const approval = { approvalId: "a", approver: "b", approvedAt: at };
    for (const decision of ["approved", "rejected", "conditional"])
      expect(valid("approval", { ...approval, decision })).toBe(true);
    expect(valid("approval", { ...approval, decision: "maybe" })).toBe(false);
  });
  it("S02-27 requires approvalId, approver, decision and approvedAt", () => {
    expect(valid("approval", { approver: "b", decision: "approved", approvedAt: at })).toBe(false);
    expect(valid("approval", { approvalId: "a", approver: "b", decision: "approved", approvedAt: "yesterday" })).toBe(
      false,
    );
  });
  it("S02-26 requires evaluationId, suite and runAt", () => {
    expect(valid("evaluation", { evaluationId: "e", suite: "s", runAt: at })).toBe(true);
    for (const field of ["evaluationId", "suite", "runAt"])
      expect(valid("evaluation", { evaluationId: "e", suite: "s", runAt: at, [field]: undefined })).toBe(false);
  });
  it("S10-04 S10-08 requires all of a snapshot but its parent, in one of five scopes", () => {
    const snapshot = {
      snapshotId: "s",
      scope: { type: "workspace", id: "w" },
      sourceArtifact: `r/x@sha256:${"a".repeat(64)}`,
      createdAt: at,
    };
    expect(valid("memory-snapshot", snapshot)).toBe(true);
    for (const field of ["snapshotId", "scope", "sourceArtifact", "createdAt"])
      expect(valid("memory-snapshot", { ...snapshot, [field]: undefined })).toBe(false);
    expect(valid("memory-snapshot", { ...snapshot, scope: { type: "team", id: "w" } })).toBe(false);
  });
});

describe("deprecatedFields", () => {
  const table = [{ field: ["adapter", "old"], since: "1.1.0", removal: "2.0.0", instead: "use new" }] as const;
  it("S00-10 S00-11 warns about a deprecated field and leaves it alone", () => {
    expect(deprecatedFields({ adapter: { old: 1 } }, table)).toMatchObject([
      { code: "field-deprecated", severity: "warning", field: "adapter.old", hint: "use new" },
    ]);
    expect(deprecatedFields({ adapter: {} }, table)).toEqual([]);
  });
});

describe("jsonSchemaOf", () => {
  it.each(Object.keys(documentSchemas) as DocumentName[])("describes %s for editors", (name) => {
    const schema = jsonSchemaOf(name);
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: `stax ${name}`,
      type: "object",
    });
  });
});

describe("nearest", () => {
  it("finds a slip and leaves strangers alone", () => {
    expect(nearest("sklils", ["skills", "rules"])).toBe("skills");
    expect(nearest("xyz", ["skills", "rules"])).toBeUndefined();
  });
});
