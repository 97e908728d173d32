import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync, symlinkSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Evaluator } from "./index.ts";
import { TestWorkspace, testNodes } from "./workspace.fixture.ts";

const prelude = `import fs from "node:fs";
import module from "node:module";
const require = module.createRequire(import.meta.url);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const url = "http://127.0.0.1:" + PORT;
`;
const secret = "hunter2-hunter2";

const others =
  testNodes.length === 1 ? "set STAX_TEST_NODES to Node 22 and 26 to prove it there, too" : "all of STAX_TEST_NODES";

describe.each(testNodes)(`the sandbox on %s (${others})`, (node) => {
  let workspace: TestWorkspace;
  let evaluator: Evaluator;
  let server: Server;
  let connections = 0;

  beforeAll(async () => {
    workspace = new TestWorkspace({
      ".env": `SECRET=${secret}`,
      ".env.json": JSON.stringify({ secret }),
      ".env.js": `module.exports = "${secret}"`,
      "deploy/server.pem": secret,
      "deploy/.npmrc": secret,
      "deploy/id_ed25519": secret,
      ".aws/credentials": secret,
      "notes/plain.txt": "plain",
      "reach.cjs": "module.exports = (name) => require(name);",
    });
    symlinkSync(join(workspace.root, ".env"), join(workspace.root, "notes/link.txt"));
    symlinkSync("/etc", join(workspace.root, "etc"));
    server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    evaluator = workspace.evaluator({ node, timeoutMs: 20_000 });
  });

  afterAll(async () => {
    server.close();
    await workspace.dispose();
  });

  // What a definition does is the value of an expression; what it prints, throws or exports is what it got hold of.
  async function attempt(expression: string, by: Evaluator = evaluator): Promise<string> {
    const { port } = server.address() as AddressInfo; // it listens
    const source = `${prelude.replace("PORT", String(port))}const got = (${expression});\nexport default { got: String(got) };`;
    try {
      const { value } = await by.evaluate(workspace.definition(source, "mjs"));
      return `got: ${(value as { got: string }).got}`;
    } catch (error) {
      return (error as Error).message;
    }
  }

  describe("of the file system", () => {
    it("X-23 lets a definition read the files of its workspace", async () => {
      expect(await attempt(`fs.readFileSync("notes/plain.txt", "utf8")`)).toBe("got: plain");
      expect(await attempt(`await fs.promises.readFile(new URL("./notes/plain.txt", import.meta.url), "utf8")`)).toBe(
        "got: plain",
      );
      expect(await attempt(`fs.readdirSync("notes").join()`)).toBe("got: link.txt,plain.txt");
    });

    it.each([
      [`fs.writeFileSync("out.txt", "x")`],
      [`await fs.promises.writeFile("out.txt", "x")`],
      [`fs.openSync("out.txt", "w")`],
      [`fs.mkdirSync("out")`],
      [`fs.copyFileSync("notes/plain.txt", "out.txt")`],
      [`fs.rmSync("notes/plain.txt")`],
      [`fs.symlinkSync("/etc", "out")`],
      [`fs.chmodSync("notes/plain.txt", 0o777)`],
      [`fs.fchmodSync(fs.openSync("notes/plain.txt"), 0o777)`],
      [`fs.futimesSync(fs.openSync("notes/plain.txt"), 1, 1)`],
      [`await (await fs.promises.open("notes/plain.txt")).utimes(1, 1)`],
    ])("X-23 refuses to write: %s", async (expression) => {
      const before = statSync(join(workspace.root, "notes/plain.txt"));
      expect(await attempt(expression)).toMatch(/tries to (?:write|do what definitions may not)/);
      expect(readdirSync(workspace.root).filter((name) => name.startsWith("out"))).toEqual([]);
      expect(statSync(join(workspace.root, "notes/plain.txt"))).toMatchObject({
        mode: before.mode,
        mtimeMs: before.mtimeMs,
        size: 5,
      });
    });

    it.each([
      [`fs.readFileSync("/etc/hostname", "utf8")`],
      [`fs.readFileSync("../../etc/hostname", "utf8")`],
      [`fs.readFileSync("etc/hostname", "utf8")`],
      [`fs.readdirSync("etc")`],
      [`fs.readdirSync(".", { recursive: true })`],
      [`(await fs.promises.readdir(".", { recursive: true })).join()`],
      [`fs.globSync("etc/*").join()`],
      [`fs.readFileSync("/proc/self/environ", "utf8")`],
      [`fs.realpathSync.native("/etc/hostname")`],
      [`await (await fs.promises.open("etc/hostname")).readFile("utf8")`],
    ])("refuses to read outside the workspace: %s", async (expression) => {
      expect(await attempt(expression)).toMatch(/tries to (?:read outside|use a part of Node)/);
    });

    it.each([
      [`fs.readFileSync(".env", "utf8")`],
      [`fs.readFileSync(Buffer.from(".env"), "utf8")`],
      [`fs.readFileSync(new URL("./.env", import.meta.url), "utf8")`],
      [`fs.readFileSync("notes/../.env", "utf8")`],
      [`fs.readFileSync("notes/link.txt", "utf8")`],
      [`fs.readFileSync("deploy/server.pem", "utf8")`],
      [`fs.readFileSync("deploy/.npmrc", "utf8")`],
      [`fs.readFileSync("deploy/id_ed25519", "utf8")`],
      [`fs.readFileSync(".aws/credentials", "utf8")`],
      [`await fs.promises.readFile(".env", "utf8")`],
      [
        `await new Promise((done, failed) => fs.readFile(".env", "utf8", (error, text) => (error ? failed(error) : done(text))))`,
      ],
      [`fs.readFileSync(fs.openSync(".env"), "utf8")`],
      [`await new Promise((done, failed) => fs.createReadStream(".env").on("data", done).on("error", failed))`],
      [`await new Promise((done, failed) => new fs.ReadStream(".env").on("data", done).on("error", failed))`],
      [`await (await fs.openAsBlob(".env")).text()`],
      [`(await import("./.env.js")).default`],
      [`JSON.stringify((await import("./.env.json", { with: { type: "json" } })).default)`],
      [`require("./.env.json").secret`],
      [`(process.loadEnvFile(".env"), process.env.SECRET)`],
      [
        `(() => { const m = { exports: {} }; module.Module._extensions[".json"](m, process.cwd() + "/.env.json"); return m.exports.secret; })()`,
      ],
    ])("refuses to read a file of credentials: %s", async (expression) => {
      const message = await attempt(expression);
      expect(message).toMatch(/a file of credentials|tries to use a part of Node/);
      expect(message).not.toContain(secret);
    });
  });

  describe("of the network", () => {
    it.each([
      [`(await import("node:net")).connect(new URL(url).port, "127.0.0.1") && (await wait(100))`],
      [`require("net").connect(new URL(url).port, "127.0.0.1") && (await wait(100))`],
      [`require("./reach.cjs")("node:net").connect(new URL(url).port, "127.0.0.1") && (await wait(100))`],
      [`process.getBuiltinModule("net").connect(new URL(url).port, "127.0.0.1") && (await wait(100))`],
      [`module._load("node:net").connect(new URL(url).port, "127.0.0.1") && (await wait(100))`],
      [`(await import("node:http")).get(url) && (await wait(100))`],
      [`(await import("node:http2")).connect(url) && (await wait(100))`],
      [`await (await import("node:dns/promises")).lookup("localhost")`],
      [`(await import("node:dgram")).createSocket("udp4")`],
      [`require("_http_client")`],
      [`(await import("node:inspector")).open(0)`],
      [`await fetch(url)`],
      [`new WebSocket(url) && (await wait(100))`],
    ])("refuses to connect: %s", async (expression) => {
      expect(await attempt(expression)).toContain("tries to use the network");
      expect(connections).toBe(0);
    });

    it("refuses the dispatcher that Node's own fetch client leaves behind", async () => {
      const dispatch = `(() => {
        try { new MessageEvent("x"); } catch {}
        WebAssembly.compileStreaming?.call;
        for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
          const dispatcher = globalThis[symbol];
          dispatcher?.dispatch?.({ origin: url, path: "/", method: "GET" }, { onConnect() {}, onError() {}, onHeaders() {}, onData() {}, onComplete() {} });
        }
        return "nothing";
      })() + (await wait(150))`;
      expect(await attempt(dispatch)).toContain("tries to use the network");
      expect(await attempt(`await WebAssembly.compileStreaming(Promise.resolve({}))`)).toContain(
        "tries to use the network",
      );
      expect(connections).toBe(0);
    });

    it("gives no socket's class away by the streams of the process", async () => {
      expect(
        await attempt(
          `typeof process.stdout.connect + typeof new process.stdout.constructor().connect + process.stdin`,
        ),
      ).toBe("got: undefinedundefinedundefined");
      expect(await attempt(`process._getActiveHandles()`)).toContain("tries to use a part of Node");
    });
  });

  describe("of processes, threads and native code", () => {
    it.each([
      [`(await import("node:child_process")).execSync("touch out.txt")`, "start or signal a process"],
      [`process.binding("spawn_sync")`, "use a part of Node"],
      [`process.kill(process.ppid, "SIGCONT")`, "start or signal a process"],
      [`process.execve("/bin/sh", ["sh", "-c", "touch out.txt"])`, "start or signal a process"],
      [`new (require("node:worker_threads").Worker)("1", { eval: true })`, "start a thread"],
      [`process.dlopen({ exports: {} }, "/tmp/none.node")`, "load native code"],
      [`module.Module._extensions[".node"]({ exports: {} }, process.cwd() + "/notes/plain.txt")`, "load native code"],
      [`require("node:vm")`, "use a part of Node"],
      [`require("node:wasi")`, "use a part of Node"],
      [`require("node:v8").writeHeapSnapshot("out.heapsnapshot")`, "use a part of Node"],
      [`process.chdir("/")`, "do what definitions may not"],
    ])("refuses %s", async (expression, what) => {
      expect(await attempt(expression)).toContain(`tries to ${what}`);
      expect(existsSync(join(workspace.root, "out.txt"))).toBe(false);
    });

    it.each([[`module.register("data:text/javascript,")`], [`module.registerHooks({})`]])(
      "has no hooks to give: %s",
      async (expression) => {
        expect(await attempt(expression)).toContain("is not a function");
      },
    );
  });

  describe("of the environment", () => {
    it("shows an empty one", async () => {
      expect(await attempt(`JSON.stringify([process.env, (await import("node:process")).env])`)).toBe("got: [{},{}]");
    });

    it("shows the variables that are named, and no other", async () => {
      const one = workspace.evaluator({
        node,
        env: ["SHOWN", "NODE_OPTIONS"],
        environment: { SHOWN: "yes", HIDDEN: "no", NODE_OPTIONS: "--bad" },
      });
      expect(await attempt(`JSON.stringify(process.env)`, one)).toBe('got: {"SHOWN":"yes","NODE_OPTIONS":"--bad"}');
    });

    it("says the same in every time zone and directory", async () => {
      expect(await attempt(`new Date(0).getHours() + " " + process.cwd()`)).toBe(`got: 0 ${workspace.root}`);
    });
  });

  describe("against a definition that changes what guards are made of", () => {
    const tampering = `RegExp.prototype.exec = () => null; RegExp.prototype.test = () => false; String.prototype.split = () => [];
      String.prototype.startsWith = () => true; String.prototype.slice = () => "fs"; String.prototype.toLowerCase = () => "x";
      Set.prototype.has = () => true; Map.prototype.get = () => true; Array.prototype.some = () => true; Array.prototype.includes = () => true;
      Object.prototype.net = true; Reflect.apply = () => true;`;

    it.each([
      [`(() => { ${tampering} return fs.readFileSync(".env", "utf8"); })()`],
      [`(() => { ${tampering} return fs.readFileSync("etc/hostname", "utf8"); })()`],
      [
        `(() => { ${tampering} return require("net").connect(Number(url.match(/\\d+$/)), "127.0.0.1"); })() && (await wait(100))`,
      ],
      [
        `(() => { module._resolveFilename = () => "net"; return require("./other").connect(new URL(url).port, "127.0.0.1"); })() && (await wait(100))`,
      ],
    ])("holds: %#", async (expression) => {
      const message = await attempt(expression, workspace.evaluator({ node }));
      expect(message).not.toMatch(/^got/);
      expect(message).not.toContain(secret);
      expect(connections).toBe(0);
    });
  });

  describe("when it is lifted by trust", () => {
    it("lets a definition write, run programs and see the environment", async () => {
      const trusting = workspace.evaluator({
        node,
        trust: true,
        environment: { PATH: process.env.PATH, OTHER: "seen" },
      });
      const expression = `fs.writeFileSync("trusted.txt", "x") ?? (await import("node:child_process")).execSync("echo run").toString().trim() + process.env.OTHER`;
      expect(await attempt(expression, trusting)).toBe("got: runseen");
      expect(existsSync(join(workspace.root, "trusted.txt"))).toBe(true);
    });
  });
});

describe("Node versions of the sandbox", () => {
  it.skipIf(testNodes.length < 3)(
    "covers 22, 24 and 26 (skipped unless STAX_TEST_NODES names two more binaries)",
    () => {
      const majors = testNodes.map((node) =>
        execFileSync(node, ["-p", "process.versions.node.split('.')[0]"], { encoding: "utf8" }).trim(),
      );
      expect(majors.sort()).toEqual(["22", "24", "26"]);
    },
  );
});
