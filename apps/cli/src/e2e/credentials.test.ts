import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { answerWith, fail, lie, redirectTo } from "@stax/registry/faults";
import { describe, expect, it, onTestFinished } from "vitest";
import { runCli } from "../cli.ts";
import { agentFiles } from "./project.fixture.ts";
import { built, startBench } from "./registry.fixture.ts";

describe("plain HTTP", () => {
  it("X-11 is spoken with loopback without a flag, with others only by --plain-http", async () => {
    const bench = await built();
    const { run, json, host } = bench;
    const port = host.split(":")[1];
    for (const name of [`127.0.0.1:${port}`, `localhost:${port}`])
      expect((await run(["push", `${name}/acme/helper:1.2.3`])).code).toBe(0);
    // A name that is nobody's loopback; the proxy stands for the network and shows what is asked of it.
    const seen: string[] = [];
    const proxy = createServer((request, response) => {
      seen.push(request.url ?? "");
      response.writeHead(404).end();
    });
    proxy.on("connect", (request, socket) => {
      seen.push(`CONNECT ${request.url}`);
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void proxy.close());
    const address = proxy.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    const env = { HTTPS_PROXY: url, HTTP_PROXY: url };
    const plain = await json(["inspect", "registry.example/acme/helper:1.2.3", "--plain-http"], { env });
    expect(plain.code).toBe(3);
    expect(seen[0]).toContain("http://registry.example/v2/acme/helper/manifests/1.2.3");
    seen.length = 0;
    expect((await json(["inspect", "registry.example/acme/helper:1.2.3"], { env })).code).toBe(3);
    expect(seen[0]).toBe("CONNECT registry.example:443");
  });
});

describe("credentials", () => {
  const password = "s3cret-of-ann-0123";
  // Of that password, by htpasswd -B.
  const htpasswd = "ann:$2b$04$lch2ky7eGc10bDDnklHVvulRIvcRCQIJkWepbQwTV67ZDX.IRMgae\n";

  it("X-07 go to the host that they belong to, and to none that it leads to", async () => {
    const bench = await startBench(agentFiles(), { registry: { htpasswd } });
    await bench.run(["build"]);
    const env = { STAX_USERNAME: "ann", STAX_PASSWORD: password, STAX_REGISTRY: bench.host };
    expect((await bench.run(["push", `${bench.host}/acme/helper:1.2.3`], { env })).code).toBe(0);
    const elsewhere: { url: string | undefined; authorization: string | undefined }[] = [];
    const other = createServer((request, response) => {
      elsewhere.push({ url: request.url, authorization: request.headers.authorization });
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    const address = other.address();
    const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    bench.registry.inject({ when: { kind: "blob", method: "GET" }, action: redirectTo(origin) });
    bench.registry.inject({
      when: { kind: "uploads", method: "POST" },
      action: lie({ location: `${origin}/upload/1` }),
    });
    expect((await bench.run(["pull", `${bench.host}/acme/helper:1.2.3`], { env })).code).not.toBe(0);
    expect((await bench.run(["push", `${bench.host}/new/helper:1.2.3`], { env })).code).not.toBe(0);
    expect(elsewhere.length).toBeGreaterThan(0);
    for (const request of elsewhere) expect(request).toMatchObject({ authorization: undefined });
    expect(bench.registry.requests.some(({ headers }) => headers.authorization !== undefined)).toBe(true);
  });

  it("S13-24 login checks the credentials, stores them 0600 in auth.json, and other commands use them; logout forgets", async () => {
    const bench = await startBench(agentFiles(), { registry: { htpasswd } });
    const { run, json, host, home } = bench;
    await run(["build"]);
    const anonymous = await json(["push", `${host}/acme/helper:1.2.3`]);
    expect(anonymous).toMatchObject({
      code: 3,
      json: { error: { code: "ERR_STAX_AUTH_REQUIRED", hint: `stax login ${host}` } },
    });
    const file = join(home, ".stax/auth.json");
    const wrong = await json(["login", host, "--username", "ann", "--password-stdin"], { stdin: "not-the-password" });
    expect(wrong).toMatchObject({ code: 3, json: { error: { code: "ERR_STAX_AUTH_FAILED" } } });
    expect(existsSync(file)).toBe(false);
    const right = await run(["login", host, "--username", "ann", "--password-stdin"], { stdin: `${password}\n` });
    expect(right).toEqual({ code: 0, stderr: "", stdout: `logged in to ${host} as ann\nstored in ${file}\n` });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await run(["push", `${host}/acme/helper:1.2.3`])).code).toBe(0);
    expect((await json(["logout", host])).json.data).toMatchObject({ removed: true });
    expect((await json(["logout", host])).json.data).toMatchObject({ removed: false });
    expect((await run(["pull", `${host}/acme/helper:1.2.3`])).code).toBe(3);
  });

  it("are stored by login in the file of --registry-config, whose directory stays as it is; who asks for none is said to", async () => {
    const bench = await startBench(agentFiles());
    const { run, json, host, cwd } = bench;
    const file = join(cwd, "ci/config.json");
    mkdirSync(join(cwd, "ci"), { mode: 0o755 });
    writeFileSync(file, '{ "credsStore": "none" }');
    const line = ["--registry-config", "ci/config.json"];
    const login = ["login", host, "--username", "ann", "--password-stdin", ...line];
    const { code, stdout } = await run(login, { stdin: password });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${host} let us in without looking at the credentials: whether they are right is not known\nstored in ${file}\n`,
    });
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ credsStore: "none", auths: { [host]: {} } });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(cwd, "ci")).mode & 0o777).toBe(0o755);
    expect((await json(["logout", host, ...line])).json.data).toMatchObject({ removed: true, stored: file });
  });

  it("come from --registry-config and from the environment for one host, and login needs a user and a password", async () => {
    const bench = await startBench(agentFiles(), { registry: { htpasswd } });
    const { run, host, home } = bench;
    await run(["build"]);
    const config = join(home, "config.json");
    const auth = Buffer.from(`ann:${password}`).toString("base64");
    writeFileSync(config, JSON.stringify({ auths: { [host]: { auth } } }));
    expect((await run(["push", `${host}/acme/helper:1.2.3`, "--registry-config", config])).code).toBe(0);
    const other = { STAX_USERNAME: "ann", STAX_PASSWORD: password, STAX_REGISTRY: `other.${host}` };
    expect((await run(["tags", `${host}/acme/helper`], { env: other })).code).toBe(3);
    expect((await run(["tags", `${host}/acme/helper`], { env: { ...other, STAX_REGISTRY: host } })).code).toBe(0);
    const cases: [string[], string][] = [
      [["login", host], "--password-stdin"],
      [["login", host, "--password-stdin"], "--username"],
      [["login", host, "--password", password], "no flag --password"],
      [["login", "ghcr.io/acme", "--username", "a", "--password-stdin"], "ghcr.io"],
      [["login", host, "--username", "ann", "--password-stdin"], "empty"],
    ];
    for (const [line, says] of cases) {
      const { code, stderr } = await run(line);
      expect({ line, code }).toEqual({ line, code: 1 });
      expect(stderr).toContain(says);
    }
  });

  it("S13-24 login asks at a terminal, and shows nothing of what is typed for the password", async () => {
    const bench = await startBench({}, { registry: { htpasswd } });
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    let shown = "";
    let typed = 0;
    const stderr = Object.assign(
      new Writable({
        write: (chunk, _encoding, done) => {
          shown += String(chunk);
          for (const [prompt, answer] of [
            ["user name: ", "ann"],
            ["password: ", password],
          ].slice(typed))
            if (shown.endsWith(prompt ?? "")) {
              typed += 1;
              setTimeout(() => stdin.write(`${answer}\n`), 20);
              break;
            }
          done();
        },
      }),
      { isTTY: true },
    );
    let stdout = "";
    const code = await runCli(["login", bench.host, "--no-progress"], {
      cwd: bench.cwd,
      env: { HOME: bench.home },
      stdin,
      stdout: { write: (text) => (stdout += text) },
      stderr,
      signal: new AbortController().signal,
    });
    expect({ code, stdout: stdout.split("\n")[0] }).toEqual({ code: 0, stdout: `logged in to ${bench.host} as ann` });
    expect(shown + stdout).not.toContain(password);
  });

  it("S11-09 never stand in what is printed, not even when the registry quotes them", async () => {
    const bench = await startBench(agentFiles());
    const { run, host } = bench;
    await run(["build"]);
    const auth = Buffer.from(`ann:${password}`).toString("base64");
    const body = JSON.stringify({ errors: [{ code: "DENIED", message: `no ${password} and no Basic ${auth}` }] });
    bench.registry.inject({
      when: {},
      action: answerWith({ status: 403, body, headers: { "content-type": "application/json" } }),
    });
    const env = { STAX_USERNAME: "ann", STAX_PASSWORD: password, STAX_REGISTRY: host };
    const lines: [string[], object][] = [
      [["push", `${host}/acme/helper:1.2.3`], { env }],
      [["pull", `${host}/acme/helper:1.2.3`], { env }],
      [["login", host, "--username", "ann", "--password-stdin"], { stdin: password }],
    ];
    for (const [line, around] of lines)
      for (const flags of [[], ["--json"], ["--verbose"]]) {
        const { code, stdout, stderr } = await run([...line, ...flags], around);
        expect(code).toBe(3);
        for (const secret of [password, auth]) expect(stdout + stderr).not.toContain(secret);
      }
  });
});

describe("a registry that refuses", () => {
  const refusals: readonly [says: string, status: number, code: string, expected: string][] = [
    ["permission", 403, "DENIED", "ERR_STAX_ACCESS_DENIED"],
    ["a repository", 404, "NAME_UNKNOWN", "ERR_STAX_R"],
    ["everything", 405, "UNSUPPORTED", "ERR_STAX_REGISTRY_READ_ONLY"],
  ];
  it.each(refusals)("S13-25 %s ends with 3 and a hint", async (_says, status, code, expected) => {
    const bench = await built();
    bench.registry.inject({ action: fail(status, code) });
    const { code: exit, json } = await bench.json(["push", `${bench.host}/acme/helper:1.2.3`]);
    expect({ exit, category: json.error?.category }).toEqual({ exit: 3, category: "registry" });
    expect(json.error?.code).toContain(expected);
    expect(json.error?.hint ?? "").not.toBe("");
  });
});
