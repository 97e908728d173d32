import { layerKinds } from "@stax/schema";
import { describe, expect, it } from "vitest";
import type { LossOptions, RenderOptions } from "../contract.ts";
import { contextOf, Findings, secretsOf } from "../ledger.ts";
import { mcpOf, secretsOfKeys } from "../sample.fixture.ts";
import { serversOf, writeValue, writeValues } from "./mcp-servers.ts";

function parse(
  servers: Parameters<typeof mcpOf>[0],
  secrets = secretsOfKeys("TOKEN", "OTHER"),
  options: RenderOptions = {},
) {
  const findings = new Findings({ name: "toy", displayName: "Toy" });
  const layers = { mcp: mcpOf(servers), secrets };
  const render = { scope: "project", includeDisabled: false, strict: false, ...options } as const;
  const context = contextOf({ displayName: "Toy" }, {}, render, secretsOf(layers), findings, "mcp");
  return { servers: serversOf(layers, context), losses: findings.losses, notices: findings.notices };
}
const severe: LossOptions = { severity: "error" };

describe("serversOf", () => {
  it("S18-14 gives each secret to a stdio server under its own name, as a reference", () => {
    const { servers } = parse({ s: { command: "x", env: { A: "1" }, secrets: ["TOKEN"] } });
    expect(servers).toMatchObject([{ kind: "stdio", env: { A: "1", TOKEN: { env: "TOKEN" } } }]);
  });
  it("uses the name of exposeAs.env on both sides", () => {
    const secrets = layerKinds.secrets.schema.parse({
      secrets: [{ key: "gh-token", required: true, exposeAs: { env: "GITHUB_TOKEN" } }],
    });
    const { servers } = parse({ s: { command: "x", args: ["--token=${gh-token}!"], secrets: ["gh-token"] } }, secrets);
    expect(servers).toMatchObject([{ args: [{ template: ["--token=", { env: "GITHUB_TOKEN" }, "!"] }], env: {} }]);
  });
  it("parses placeholders in headers and url of a remote server", () => {
    const { servers } = parse({
      s: {
        url: "https://x.example/${TOKEN}/mcp",
        transport: "http",
        headers: { A: "Bearer ${OTHER}", B: "${TOKEN}", C: "plain" },
      },
    });
    expect(servers).toMatchObject([
      {
        url: { template: ["https://x.example/", { env: "TOKEN" }, "/mcp"] },
        headers: { A: { template: ["Bearer ", { env: "OTHER" }] }, B: { env: "TOKEN" }, C: "plain" },
      },
    ]);
  });
  it.each([
    ["an undeclared placeholder", { command: "x", env: { A: "${HOME}" } }],
    ["a default", { command: "x", env: { A: "${TOKEN:-x}" } }],
    ["$NAME", { command: "x", args: ["$AWS_SECRET_ACCESS_KEY"] }],
    ["another runtime's notation", { command: "x", args: ["{env:AWS_SECRET_ACCESS_KEY}"] }],
    ["a file of the user's", { command: "x", args: ["{file:~/.aws/credentials}"] }],
    ["a placeholder in the command", { command: "${TOKEN}" }],
    ["a placeholder in cwd", { command: "x", cwd: "${TOKEN}" }],
    ["a placeholder in a variable's name", { command: "x", env: { "${TOKEN}": "1" } }],
    ["a secret that is not declared", { command: "x", secrets: ["AWS_SECRET_ACCESS_KEY"] }],
  ])("omits a server with %s, as an error", (_, server) => {
    const { servers, losses } = parse({ s: server });
    expect(servers).toEqual([]);
    expect(losses).toMatchObject([{ item: "s", fidelity: "lost", ...severe }]);
  });
  it("omits a server whose secret has no name that an environment can hold", () => {
    const { servers, losses } = parse({ s: { command: "x", secrets: ["my key"] } }, secretsOfKeys("my key"));
    expect(servers).toEqual([]);
    expect(losses).toMatchObject([severe]);
  });
  it("replaces a literal under a secret's name by a reference", () => {
    const { servers, losses } = parse({ s: { command: "x", env: { TOKEN: "hunter2hunter2" }, secrets: ["TOKEN"] } });
    expect(servers).toMatchObject([{ env: { TOKEN: { env: "TOKEN" } } }]);
    expect(losses).toMatchObject([{ code: "secret-value", field: "env", ...severe }]);
    expect(JSON.stringify(losses)).not.toContain("hunter2");
  });
  it("omits a server that holds a credential, without showing it", () => {
    const token = `ghp_${"a".repeat(36)}`;
    const { servers, losses } = parse({ s: { url: "https://x.example", transport: "http", headers: { A: token } } });
    expect(servers).toEqual([]);
    expect(losses).toMatchObject([{ code: "secret-value", ...severe }]);
    expect(JSON.stringify(losses)).not.toContain(token);
  });
  it("S06-18 leaves shell syntax as it is", () => {
    const { servers } = parse({ s: { command: "a | b", args: ["$(x)", "`y`", "a 'b' \"c\"", "$5", "100%"] } });
    expect(servers).toMatchObject([{ command: "a | b", args: ["$(x)", "`y`", "a 'b' \"c\"", "$5", "100%"] }]);
  });
  it("S06-12 S06-22 leaves out switched-off servers, S06-13 unless the user wants them", () => {
    const off = { s: { command: "x", enabled: false } };
    expect(parse(off)).toMatchObject({ servers: [], losses: [{ item: "s", severity: "info" }] });
    expect(parse(off, undefined, { includeDisabled: true }).servers).toMatchObject([{ name: "s", enabled: false }]);
  });
  it("warns about a remote server that needs a secret and says nowhere where it goes", () => {
    const { notices } = parse({ s: { url: "https://x.example", transport: "http", secrets: ["TOKEN"] } });
    expect(notices).toMatchObject([{ code: "mcp-remote-secret", severity: "warning" }]);
  });
});

describe("writeValue", () => {
  it("writes references in a runtime's notation", () => {
    const write = (name: string) => `{env:${name}}`;
    expect(writeValue({ template: ["Bearer ", { env: "T" }] }, write)).toBe("Bearer {env:T}");
    expect(writeValue("plain", write)).toBe("plain");
    expect(writeValues({ A: { env: "T" } }, write)).toEqual({ A: "{env:T}" });
    expect(writeValues({}, write)).toBeUndefined();
  });
});
