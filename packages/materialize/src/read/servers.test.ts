import { describe, expect, it } from "vitest";
import { readRuntime, serversLayer } from "../index.ts";
import { heard, readToyServers, toyAdapter, treeOf } from "./toy.fixture.ts";

const token = `ghp_${"a1B2".repeat(9)}`;

/** Reads one server, and makes sure that none of the values is anywhere in what comes out. */
async function guarded(server: object, ...secrets: readonly string[]) {
  const told = await readToyServers({ s: server });
  const everything = JSON.stringify([told.layers, told.options, told.diagnostics]);
  for (const secret of secrets) expect(everything).not.toContain(secret);
  return { server: told.servers.s, secrets: told.layers.secrets?.secrets.map(({ key }) => key) ?? [], said: told.said };
}

describe("references", () => {
  it("to variables become declared secrets, in every value; defaults are said and dropped", async () => {
    const { server, secrets, said } = await guarded({
      command: "x",
      args: ["--a", "${A}", "--b=${B:-c}", "${C:-${D}}/x"],
      env: { E: "${E}", F: "pre-${G}" },
    });
    expect(server).toMatchObject({ args: ["--a", "${A}", "--b=${B}", "${C}/x"], env: { E: "${E}", F: "pre-${G}" } });
    expect(secrets).toEqual(["A", "B", "C", "E", "G"]);
    expect(said.map((text) => text.split(": ")[2])).toEqual(["B", "C"]);
  });
  it.each([
    ["a command", { command: "${BIN}/x" }],
    ["another notation", { command: "x", args: ["${input:key}"] }],
    ["a variable without braces", { command: "x", args: ["$HOME/x"] }],
    ["a file", { command: "x", env: { A: "{file:/etc/passwd}" } }],
    ["a name of a variable", { command: "x", env: { $A: "b" } }],
    ["a directory", { command: "x", cwd: "${PWD}" }],
  ])("in %s have no place in the format: the server is left, and no secret declared for it", async (_, server) => {
    const { layers, said, outcomes } = await readToyServers({ s: server, fine: { command: "y" } });
    expect(Object.keys(layers.mcp?.servers ?? {})).toEqual(["fine"]);
    expect(layers.secrets).toBeUndefined();
    expect(said).toHaveLength(1);
    expect(outcomes).toEqual({ ".toy/toy.json": "translated" });
  });
});

describe("credentials", () => {
  it.each([
    ["by its shape", [token], ["${S_SECRET}"]],
    ["after a flag", ["--api-key", "plain"], ["--api-key", "${S_API_KEY}"]],
    ["in one argument with its flag", ["--token=plain"], ["--token=${S_TOKEN}"]],
    ["in a variable for a container", ["-e", "API_KEY=plain"], ["-e", "API_KEY=${API_KEY}"]],
    [
      "in a header",
      ["--header", "Authorization: Bearer plain"],
      ["--header", "Authorization: Bearer ${S_AUTHORIZATION}"],
    ],
    ["in an address", ["postgres://me:plain@db/x"], ["postgres://me:${S_PASSWORD}@db/x"]],
    ["in a query", ["https://x.example/?a=1&apiKey=plain#b"], ["https://x.example/?a=1&apiKey=${S_APIKEY}#b"]],
    [
      "in a path that nobody chose",
      ["https://x.example/s/plain0123456789ABCDEF/mcp"],
      ["https://x.example/s/${S_PATH}/mcp"],
    ],
  ])("among arguments %s becomes a declared secret", async (_, args, expected) => {
    const { server, said, secrets } = await guarded({ command: "x", args }, token, "plain");
    expect(server).toMatchObject({ args: expected });
    expect(secrets).toHaveLength(1);
    expect(said).toEqual([expect.stringMatching(/^import-secret .*the secret [A-Z_]+ takes its place$/)]);
  });
  it.each([
    ["an environment", { command: "x", env: { GITHUB_TOKEN: "plain", clientSecret: "plain", DB_PASSWORD: "plain" } }],
    [
      "headers",
      { url: "https://x.example", headers: { "X-Api-Key": "plain", Authorization: "Basic plain", Cookie: "a=plain" } },
    ],
    ["text around a reference", { command: "x", env: { A: `\${B} ${token}` } }],
    ["a default", { command: "x", env: { A: `\${B:-${token}}` } }],
    ["an address", { url: "https://x.example/mcp?token=plain&key=plain" }],
    ["the name of a header", { url: "https://x.example", headers: { [token]: "x" } }],
    ["the command", { command: `run ${token}` }],
    ["a directory", { command: "x", cwd: token }],
    ["a user name and password of a remote server", { url: "https://me:plain@x.example/mcp" }],
  ])("in %s reach no layer and no message", async (_, server) => {
    await guarded(server, token, "plain");
  });
  it("keep what stands around them: the scheme of a header, the name of a variable", async () => {
    const { server, secrets } = await guarded({
      url: "https://x.example",
      headers: { Authorization: "Bearer plain", "X-Team": "core" },
    });
    expect(server).toMatchObject({ headers: { Authorization: "Bearer ${S_AUTHORIZATION}", "X-Team": "core" } });
    expect(secrets).toEqual(["S_AUTHORIZATION"]);
  });
  it("that are two never share a variable; one that is there twice has one", async () => {
    const { servers, layers } = await readToyServers({
      a: { command: "x", env: { API_KEY: "first" } },
      b: { command: "x", env: { API_KEY: "second" } },
      c: { command: "x", env: { API_KEY: "first" } },
    });
    expect([servers.a?.secrets, servers.b?.secrets, servers.c?.secrets]).toEqual([
      ["API_KEY"],
      ["B_API_KEY"],
      ["API_KEY"],
    ]);
    expect(servers.b?.env).toEqual({ API_KEY: "${B_API_KEY}" });
    expect(layers.secrets?.secrets.map(({ key }) => key)).toEqual(["API_KEY", "B_API_KEY"]);
  });
  it("are no plain values: words, numbers, packages, commits and paths stay", async () => {
    const args = [
      "-y",
      "@scope/server@1.2.3",
      "--port",
      "8080",
      "--key-file",
      "/etc/x",
      "--public=true",
      "git+https://github.com/a/b@0123456789abcdef0123456789abcdef01234567",
      "C:\\x",
      "https://x.example/v1/models/claude-3-5-sonnet-20241022",
    ];
    const env = { LOG: "debug", TOKEN_LIMIT: "4096", AUTH_TOKEN: "", PASSWORD: "false", MAX_TOKENS: "7" };
    const { server, secrets } = await guarded({ command: "x", args, env });
    expect(server).toMatchObject({ args, env });
    expect(secrets).toEqual([]);
  });
});

describe("entries", () => {
  it("say which of their fields are not carried, and which are no servers", async () => {
    const { said, servers } = await readToyServers({
      a: { command: "x", timeout: 1, odd: {} },
      b: 7,
      c: {},
      d: { command: "" },
    });
    expect(Object.keys(servers)).toEqual(["a"]);
    expect(said.map((text) => text.split(": ")[1])).toEqual(["mcp.a.timeout", "mcp.a.odd", "mcp.b", "mcp.c", "mcp.d"]);
  });
  it("that are no map at all are said", async () => {
    expect((await readToyServers([{ command: "x" }])).said).toEqual([
      "import-left .toy/toy.json: mcp: holds no servers",
    ]);
  });
  it("of names that nobody expects are data", async () => {
    const { servers, layers } = await readToyServers({
      constructor: { command: "x" },
      日本: { command: "y", env: { TOKEN: "v" } },
      "a b": { command: "z", args: [token] },
    });
    expect(Object.keys(servers)).toEqual(["constructor", "日本", "a b"]);
    expect(layers.secrets?.secrets.map(({ key }) => key)).toEqual(["A_B_SECRET", "TOKEN"]);
  });
  it("are read soon, whatever their values hold", async () => {
    const long = ["a", " ", "a:", "://", "${A:-", "/a1", "--a=", "?a=", "@", "Bearer "].map((part) =>
      part.repeat(200_000),
    );
    const start = performance.now();
    await readToyServers({
      a: { command: "x", args: long, env: Object.fromEntries(long.map((text) => [text, text])) },
    });
    expect(performance.now() - start).toBeLessThan(10_000);
  });
  it("read fields of their own only", async () => {
    const text = '{"mcp":{"a":{"__proto__":{"command":"evil"}}}}';
    const { layers } = await readRuntime(toyAdapter(), treeOf({ ".toy/toy.json": text }));
    expect(layers.mcp).toBeUndefined();
  });
});

describe("serversLayer", () => {
  it("leaves a server that the format refuses, with the reason, and keeps the others", () => {
    const { context, said } = heard();
    const servers = new Map<string, object>([
      ["ok", { command: "x" }],
      ["no", { url: "ftp://x", transport: "http" }],
    ]);
    expect(Object.keys(serversLayer(servers, context).mcp?.servers ?? {})).toEqual(["ok"]);
    expect(said).toEqual([expect.stringContaining('the server "no" is not carried: must be an http or https URL')]);
  });
});
