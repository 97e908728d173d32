import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { hashSync } from "bcryptjs";
import { describe, expect, it } from "vitest";
import { backends, blobOf, clientOf, codesOf, json, pushImage, serve } from "./client.fixture.ts";
import { RegistryError } from "./error.ts";
import { MemoryStorage } from "./memory-storage.ts";
import { createRegistry } from "./registry.ts";

const basic = (text: string) => ({ headers: { Authorization: `Basic ${Buffer.from(text).toString("base64")}` } });

describe("the base of the API", () => {
  it("tells that there is a registry", async () => {
    await using served = await serve("memory");
    const answer = await served.client("GET", "/v2/");
    expect(answer).toMatchObject({ status: 200, headers: { "docker-distribution-api-version": "registry/2.0" } });
    expect(json(answer)).toEqual({});
  });

  it.each([
    ["GET", "/", 404, "UNSUPPORTED"],
    ["GET", "/v1/x", 404, "UNSUPPORTED"],
    ["POST", "/v2/", 405, "UNSUPPORTED"],
    ["PUT", "/v2/a/tags/list", 405, "UNSUPPORTED"],
    ["GET", "/v2/A/tags/list", 400, "NAME_INVALID"],
    ["GET", "/v2/../x/tags/list", 400, "NAME_INVALID"],
    ["GET", "/v2/a%2f..%2fb/tags/list", 400, "NAME_INVALID"],
    ["GET", "/v2/a%00b/tags/list", 400, "NAME_INVALID"],
    ["GET", "/v2/%zz/tags/list", 400, "NAME_INVALID"],
    ["GET", `/v2/${"a/".repeat(200)}a/tags/list`, 400, "NAME_INVALID"],
    ["POST", "/v2/a//b/blobs/uploads/", 400, "NAME_INVALID"],
    ["POST", "/v2/a/blobs/uploads/?mount=sha256:x", 400, "DIGEST_INVALID"],
    ["POST", "/v2/a/blobs/uploads/?digest=sha256:x", 400, "DIGEST_INVALID"],
    ["GET", `/v2/a/blobs/sha256:${"A".repeat(64)}`, 400, "DIGEST_INVALID"],
    ["GET", "/v2/a/blobs/sha256:..%2f..%2fetc", 404, "UNSUPPORTED"],
    ["GET", "/v2/a/manifests/sha256:baddigeststring", 400, "DIGEST_INVALID"],
    ["PUT", "/v2/a/manifests/sha256:baddigeststring", 400, "DIGEST_INVALID"],
    ["PUT", "/v2/a/manifests/.hidden", 400, "MANIFEST_INVALID"],
    ["GET", `/v2/a/manifests/${"t".repeat(129)}`, 400, "MANIFEST_INVALID"],
    ["PATCH", "/v2/a/blobs/uploads/..", 404, "BLOB_UPLOAD_UNKNOWN"],
  ])("answers %s %s with %i %s", async (method, path, status, code) => {
    await using served = await serve("a directory");
    const answer = await served.client(method, path);
    expect(answer.status).toBe(status);
    if (method !== "HEAD") expect(codesOf(answer)).toEqual([code]);
    expect(answer.headers["content-type"]).toBe("application/json");
  });

  it("shows control characters of a request escaped", async () => {
    await using served = await serve("memory");
    const answer = await served.client("GET", "/v2/a/manifests/%1b%5b31mred");
    expect(answer.body.toString()).toContain("\\\\u{1b}[31mred");
  });
});

describe("readOnly", () => {
  it.each(backends)("lets nothing change over %s", async (backend) => {
    await using writable = await serve(backend);
    await pushImage(writable.client, "team/agent", "v1");
    await using served = await serve(backend, { storage: writable.storage, readOnly: true });
    expect((await served.client("GET", "/v2/team/agent/manifests/v1")).status).toBe(200);
    for (const [method, path] of [
      ["POST", "/v2/team/agent/blobs/uploads/"],
      ["PUT", "/v2/team/agent/manifests/v1"],
      ["DELETE", "/v2/team/agent/manifests/v1"],
      ["DELETE", `/v2/team/agent/blobs/${blobOf(1).digest}`],
    ] as const) {
      const answer = await served.client(method, path);
      expect(answer.status).toBe(405);
      expect(codesOf(answer)).toEqual(["DENIED"]);
      expect(answer.headers.allow).not.toContain(method);
    }
  });
});

describe("htpasswd", () => {
  const htpasswd = `# people\nalice:${hashSync("s3cr3t:pw", 4).replace("$2b$", "$2y$")}\nbob:${hashSync("é", 4)}\n`;

  it.each([
    ["alice:s3cr3t:pw", 200],
    ["bob:é", 200],
    ["alice:s3cr3t:px", 401],
    ["alice:", 401],
    ["bob:s3cr3t:pw", 401],
    ["nobody:s3cr3t:pw", 401],
    ["no colon", 401],
  ])("answers %s with %i", async (credentials, status) => {
    await using served = await serve("memory", { htpasswd });
    // Twice: what is remembered must be what was right.
    for (let at = 0; at < 2; at++) expect((await served.client("GET", "/v2/", basic(credentials))).status).toBe(status);
  });

  it("asks for credentials on every path, even an unknown one", async () => {
    await using served = await serve("memory", { htpasswd });
    for (const path of ["/v2/", "/v2/a/tags/list", "/nowhere"]) {
      const answer = await served.client("GET", path);
      expect(answer).toMatchObject({
        status: 401,
        headers: { "www-authenticate": 'Basic realm="stax", charset="UTF-8"' },
      });
      expect(codesOf(answer)).toEqual(["UNAUTHORIZED"]);
    }
  });

  it("answers a large push without credentials before the body is sent", async () => {
    await using served = await serve("memory", { htpasswd });
    const answer = await served.client("PUT", "/v2/a/manifests/v1", { body: Buffer.alloc(3_000_000) });
    expect(answer.status).toBe(401);
  });

  it("lets a client that sends first and reads later see the refusal", async () => {
    await using served = await serve("memory", { htpasswd });
    const socket = connect(Number(new URL(served.client.url).port), "127.0.0.1");
    socket.pause();
    socket.write("PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000000\r\n\r\n");
    for (let at = 0; at < 8; at++) await new Promise((resolve) => socket.write(Buffer.alloc(1_000_000), resolve));
    const answer = new Promise<string>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("data", (data: Buffer) => resolve(data.toString()));
    });
    socket.resume();
    expect(await answer).toMatch(/^HTTP\/1\.1 401 /);
    socket.on("error", () => undefined);
    socket.destroy();
  });

  it("cuts off who goes on sending what was refused", async () => {
    await using served = await serve("memory", { htpasswd });
    const socket = connect(Number(new URL(served.client.url).port), "127.0.0.1");
    socket.on("error", () => undefined);
    const closed = new Promise((resolve) => socket.once("close", () => resolve("closed")));
    socket.write("PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n");
    for (let at = 0; at < 40 && !socket.destroyed; at++) {
      await Promise.race([closed, new Promise((resolve) => socket.write(Buffer.alloc(1_000_000), resolve))]);
    }
    expect(await Promise.race([closed, delay(3000, "open")])).toBe("closed");
  });

  it.each([
    "alice",
    "alice:$apr1$x$y",
    "alice:{SHA}abc",
    ":$2y$05$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "alice:$2y$31$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "",
  ])("refuses the file %j without showing it", (text) => {
    try {
      createRegistry({ storage: new MemoryStorage(), htpasswd: text });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(RegistryError);
      expect(error).toMatchObject({ code: "ERR_STAX_HTPASSWD_INVALID" });
      if (text !== "") expect(String(error)).not.toContain(text);
    }
  });

  it("takes as long for an unknown name as for a wrong password", async () => {
    await using served = await serve("memory", { htpasswd: `alice:${hashSync("x", 9)}` });
    const time = async (credentials: string) => {
      const started = performance.now();
      await served.client("GET", "/v2/", basic(credentials));
      return performance.now() - started;
    };
    const [known, unknown]: [number[], number[]] = [[], []];
    for (let at = 0; at < 6; at++) {
      known.push(await time(`alice:wrong${at}`));
      unknown.push(await time(`mallory:wrong${at}`));
    }
    // The shortest of each: other work on the machine only ever adds.
    expect(Math.min(...unknown) / Math.min(...known)).toBeGreaterThan(0.5);
    expect(Math.min(...unknown) / Math.min(...known)).toBeLessThan(2);
  });
});

describe("listen", () => {
  it("listens on loopback and names its URL", async () => {
    const running = await createRegistry({ storage: new MemoryStorage() }).listen();
    expect(running.url).toBe(`http://127.0.0.1:${running.port}`);
    await running.close();
    await expect(clientOf(running.url)("GET", "/v2/")).rejects.toThrow();
  });

  it("says which port is taken", async () => {
    await using served = await serve("memory");
    const port = Number(new URL(served.client.url).port);
    await expect(createRegistry({ storage: new MemoryStorage() }).listen({ port })).rejects.toMatchObject({
      code: "ERR_STAX_LISTEN_FAILED",
      message: `cannot listen on 127.0.0.1:${port}: the port is taken (EADDRINUSE)`,
    });
  });

  it("answers no request for a foreign host name (DNS rebinding)", async () => {
    const running = await createRegistry({ storage: new MemoryStorage() }).listen({ hostNames: ["registry.test"] });
    const ask = async (Host: string) => (await clientOf(running.url)("GET", "/v2/", { headers: { Host } })).status;
    expect(await ask("evil.example")).toBe(403);
    expect(await ask("127.0.0.1.evil.example:80")).toBe(403);
    for (const name of ["localhost:1", "127.0.0.1", "[::1]:5000", "a.localhost", "registry.test:5000"]) {
      expect(await ask(name)).toBe(200);
    }
    await running.close();
  });

  it("cuts off who stands still in the middle of a body", async () => {
    const registry = createRegistry({ storage: new MemoryStorage() });
    const running = await registry.listen({ idleTimeout: 60 });
    const socket = connect(running.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write("PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    expect(await Promise.race([closed.then(() => "closed"), delay(2000, "open")])).toBe("closed");
    await running.close();
  });

  it("does not cut off who waits for the server itself", async () => {
    const storage = new MemoryStorage();
    storage.names = () => delay(250, ["a"]);
    const running = await createRegistry({ storage }).listen({ idleTimeout: 60 });
    expect((await clientOf(running.url)("GET", "/v2/_catalog")).status).toBe(200);
    await running.close();
  });

  it("finishes requests under way before it closes, and cuts off those that do not end", async () => {
    const registry = createRegistry({ storage: new MemoryStorage() });
    const running = await registry.listen({ closeTimeout: 100 });
    const socket = connect(running.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write("PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
    await delay(20);
    const started = performance.now();
    await running.close();
    expect(performance.now() - started).toBeGreaterThan(80);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it("asks for a body with 100 Continue only when it will be read", async () => {
    await using served = await serve("memory", { readOnly: true });
    const { port } = new URL(served.client.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(
      "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n",
    );
    const [chunk] = await new Promise<Buffer[]>((resolve) => socket.once("data", (data: Buffer) => resolve([data])));
    expect(chunk?.toString()).toMatch(/^HTTP\/1\.1 405 /);
    socket.destroy();
  });

  it("reports requests and failures of its own, and tells the client nothing of them", async () => {
    const storage = new MemoryStorage();
    storage.find = () => Promise.reject(new Error("disk on fire at /secret"));
    const events: unknown[] = [];
    await using served = await serve("memory", { storage, onEvent: (event) => events.push(event) });
    const answer = await served.client("GET", "/v2/a/tags/list");
    expect(answer.status).toBe(500);
    expect(answer.body.toString()).not.toContain("secret");
    await delay(20);
    expect(events).toMatchObject([
      { kind: "failure", error: { message: "disk on fire at /secret" } },
      { kind: "request", method: "GET", url: "/v2/a/tags/list", status: 500 },
    ]);
  });
});
