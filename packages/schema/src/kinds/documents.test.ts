import type { Diagnostic } from "@stax/errors";
import { describe, expect, it } from "vitest";
import type * as z from "zod";
import { checkDocument, documentSchemas, layerKinds, mcpFindings, personaFindings } from "../index.ts";

type Finding = Omit<Diagnostic, "path" | "layer">;

function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { readonly value: T | undefined; readonly findings: readonly string[] } {
  const findings: Finding[] = [];
  const checked = checkDocument(schema, value, { unknown: "warning", report: (finding) => findings.push(finding) });
  return { value: checked, findings: findings.map(({ severity, code, field }) => `${severity} ${code} ${field}`) };
}

const persona = (extra: object) =>
  check(documentSchemas.persona, { name: "maya", displayName: "Maya", role: "Engineer", ...extra });
const server = (value: object) => check(documentSchemas.mcp, { servers: { s: value } });

describe("persona", () => {
  it("S04-01 follows the name rules", () => {
    expect(persona({ name: "Maya" }).findings).toEqual(["error field-invalid name"]);
  });
  it("S04-02 wants displayName and role", () => {
    expect(persona({ displayName: "", role: "" }).findings).toEqual([
      "error field-invalid displayName",
      "error field-invalid role",
    ]);
  });
  it("S04-04 keeps unknown fields", () => {
    const { value, findings } = persona({ pronouns: "she" });
    expect(value).toMatchObject({ pronouns: "she", specVersion: "1.0.0" });
    expect(findings).toEqual(["warning unknown-field pronouns"]);
  });
  it("S04-03 warns about lists that repeat themselves", () => {
    const { value } = persona({ expertise: { primary: ["Go", "Go"] }, values: ["a"] });
    expect(value === undefined ? [] : personaFindings(value)).toMatchObject([
      { code: "persona-list-repeats", field: "expertise.primary" },
    ]);
  });
});

describe("mcp", () => {
  it.each([
    ["both", { command: "x", url: "https://a.b", transport: "http" }, "servers.s.url"],
    ["neither", {}, "servers.s"],
    ["no transport", { url: "https://a.b" }, "servers.s.transport"],
  ])("S06-04 refuses a server with %s", (_, value, field) => {
    expect(server(value).findings).toContain(`error field-invalid ${field}`);
  });
  it("S06-08 knows http and sse", () => {
    expect(server({ url: "https://a.b", transport: "ws" }).findings).toEqual([
      "error field-invalid servers.s.transport",
    ]);
  });
  it("S06-07 refuses a tool that is enabled and disabled", () => {
    expect(server({ command: "x", enabledTools: ["a"], disabledTools: ["a"] }).findings).toEqual([
      "error field-invalid servers.s.disabledTools",
    ]);
  });
  it("S06-10 S06-11 materialises enabled and specVersion, and keeps what is switched off", () => {
    const { value } = check(documentSchemas.mcp, {
      servers: { on: { command: "x" }, off: { command: "y", enabled: false } },
    });
    expect(value).toEqual({
      specVersion: "1.0.0",
      servers: { on: { command: "x", enabled: true }, off: { command: "y", enabled: false } },
    });
  });
  it("S06-01 S06-09 keeps the registry reference with its digest", () => {
    const registryRef = { package: "io.github/x", version: "1", digest: "sha256:abc" };
    expect(server({ command: "x", registryRef }).value?.servers["s"]?.registryRef).toEqual(registryRef);
  });
  it("S06-14 replaces a server whole, enabled included", () => {
    const base = check(documentSchemas.mcp, { servers: { s: { command: "old", enabled: false, args: ["a"] } } }).value;
    const over = check(documentSchemas.mcp, { servers: { s: { command: "new" } } }).value;
    expect(base && over && layerKinds.mcp.merge?.(base, over).servers).toEqual({
      s: { command: "new", enabled: true },
    });
  });
  it("refuses user names in URLs and other schemes", () => {
    for (const url of ["https://u:p@a.b", "file:///etc/passwd", "nonsense"])
      expect(server({ url, transport: "http" }).findings).toEqual(["error field-invalid servers.s.url"]);
  });
});

describe("mcpFindings", () => {
  const findings = (value: object, keys: string[] = []) => {
    const mcp = check(documentSchemas.mcp, { servers: { s: value } }).value;
    return mcp === undefined
      ? []
      : mcpFindings(mcp, new Set(keys)).map(({ severity, code, field }) => `${severity} ${code} ${field}`);
  };
  it("S06-06 wants every named secret declared", () => {
    expect(findings({ command: "x", secrets: ["TOKEN"] })).toEqual([
      "error mcp-secret-undeclared servers.s.secrets[0]",
    ]);
    expect(findings({ command: "x", secrets: ["TOKEN"] }, ["TOKEN"])).toEqual([]);
  });
  it.each(["sk-ant-REDACTED", "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "Bearer abcdefghijkl"])(
    "S06-05 finds the secret in %s",
    (text) => {
      expect(findings({ command: "x", env: { K: text } })).toEqual(["error mcp-secret-value servers.s.env.K"]);
    },
  );
  it("S06-05 refuses a literal for a declared secret", () => {
    expect(findings({ command: "x", env: { TOKEN: "hunter2" } }, ["TOKEN"])).toEqual([
      "error mcp-secret-value servers.s.env.TOKEN",
    ]);
    expect(findings({ command: "x", env: { TOKEN: "${TOKEN}" } }, ["TOKEN"])).toEqual([]);
  });
  it.each(["${HOME}", "$HOME", "{env:HOME}", "{file:/etc/passwd}", "a ${AWS_SECRET_ACCESS_KEY} b"])(
    "refuses the foreign placeholder %s",
    (text) => {
      expect(findings({ command: "x", args: [text] })).toEqual(["error mcp-placeholder-foreign servers.s.args[0]"]);
    },
  );
  it("S06-18 leaves $(…) and quotes alone: nothing expands them", () => {
    expect(findings({ command: "x", args: ["$(id)", "'\"", "100$"] })).toEqual([]);
  });
  it("S06-19 warns about shell syntax in a command", () => {
    expect(findings({ command: "a | b" })).toEqual(["warning mcp-command-shell servers.s.command"]);
  });
  it("S06-15 does not look for the command", () => {
    expect(findings({ command: "does-not-exist" })).toEqual([]);
  });
  it("warns where a remote server's secret goes nowhere", () => {
    expect(findings({ url: "https://a.b", transport: "http", secrets: ["K"] }, ["K"])).toEqual([
      "warning mcp-secret-unused servers.s.secrets",
    ]);
  });
});

describe("subagents", () => {
  const agent = { description: "Reviews", instructions: "text" };
  it("S37-01 follows the name rules", () => {
    for (const name of ["Bad Name", "../x"])
      expect(check(documentSchemas.subagents, { agents: { [name]: agent } }).value).toBeUndefined();
  });
  it("S37-04 refuses nesting", () => {
    expect(check(documentSchemas.subagents, { agents: { a: { ...agent, subagents: {} } } }).findings).toContain(
      "error field-invalid agents.a.subagents",
    );
  });
  it("S37-05 checks description, invocation and return mode", () => {
    for (const extra of [{ description: "" }, { invocation: "always" }, { handoff: { returnMode: "x" } }])
      expect(check(documentSchemas.subagents, { agents: { a: { ...agent, ...extra } } }).value).toBeUndefined();
  });
  it("S37-06 keeps unknown fields", () => {
    expect(
      check(documentSchemas.subagents, { agents: { a: { ...agent, colour: "red" } } }).value?.agents["a"],
    ).toMatchObject({ colour: "red" });
  });
  it("S37-10 refuses an empty bundle", () => {
    expect(check(documentSchemas.subagents, { agents: {} }).value).toBeUndefined();
  });
  it("S37-07 counts the subagents", () => {
    const value = check(documentSchemas.subagents, { agents: { a: agent } }).value;
    expect(value && layerKinds.subagents.annotate?.(value)).toEqual({ "dev.stax.subagents.count": "1" });
  });
});

describe("secrets", () => {
  const secrets = (...list: object[]) => check(documentSchemas.secrets, { secrets: list });
  it("S11-03 checks key, required, kind and exposeAs", () => {
    for (const bad of [
      { key: "a" },
      { key: "", required: true },
      { key: "a", required: true, kind: "x" },
      { key: "a", required: true, exposeAs: { env: "1 a" } },
    ])
      expect(secrets(bad).value).toBeUndefined();
    expect(
      secrets({ key: "A", required: true, kind: "token", description: "d", exposeAs: { env: "A_B", file: "/run/a" } })
        .findings,
    ).toEqual([]);
  });
  it("S11-04 refuses a key that is declared twice", () => {
    expect(secrets({ key: "A", required: true }, { key: "A", required: false }).findings).toEqual([
      "error field-invalid secrets[1].key",
    ]);
  });
  it.each(["value", "vault", "rotation"])("S03-65 S11-06 has no room for %s", (field) => {
    expect(secrets({ key: "A", required: true, [field]: "x" }).value).toBeUndefined();
  });
  it("S11-07 merges by key, the whole declaration replaced", () => {
    const base = secrets({ key: "A", required: true, description: "old", kind: "token" }).value;
    const over = secrets({ key: "A", required: false }).value;
    expect(base && over && layerKinds.secrets.merge?.(base, over).secrets).toEqual([{ key: "A", required: false }]);
  });
});
