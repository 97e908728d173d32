import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { answerWith, fail, late, redirectTo, reset, stall, tooManyRequests } from "@stax/registry/faults";
import { describe, expect, it } from "vitest";
import { describeBytes, pushArtifact, text, withDirectory } from "../artifact.fixture.ts";
import { bytesContent, copy, type Descriptor, fetchBytes, MemoryStore, RegistryClient } from "../index.ts";
import { addressKindOf } from "./http/address.ts";
import { endpointOf, pathOf } from "./http/endpoint.ts";
import { failureOf } from "./http/failure.ts";
import { nextPage } from "./http/link.ts";
import { redact } from "./http/redact.ts";
import { delayFor, fullRetryPolicy, retryAfterOf } from "./http/retry.ts";
import { parseWarnings } from "./http/warning.ts";
import { createClient, quick, requestsOf, script, serve } from "./registry.fixture.ts";

const blob = describeBytes(text("a blob"));
const push = async (repository: { push: MemoryStore["push"] }) => repository.push(blob, bytesContent(text("a blob")));

describe("retries", () => {
  it.each([
    ["429", tooManyRequests(0)],
    ["408", fail(408)],
    ["500", fail(500)],
    ["502", fail(502)],
    ["503", fail(503, "UNKNOWN", { "Retry-After": "0" })],
    ["504", fail(504)],
    ["a reset", reset()],
  ])("X-12 asks again after %s", async (_, action) => {
    await using served = await serve();
    await push(served.repository());
    served.registry.reset();
    served.registry.inject({ action, times: 3 });
    expect(await fetchBytes(served.repository(), blob)).toEqual(Buffer.from("a blob"));
    expect(served.events.filter(({ type }) => type === "retry")).toHaveLength(3);
  });

  it.each([
    ["429", fail(429), "ERR_STAX_RATE_LIMITED"],
    ["503", fail(503), "ERR_STAX_REGISTRY_FAILED"],
    ["resets", reset(), "ERR_STAX_CONNECTION_LOST"],
  ])("X-12 gives up after five times %s, with its code", async (_, action, code) => {
    await using served = await serve({ faults: [{ action }] });
    await expect(served.repository().resolve("v1")).rejects.toMatchObject({
      code,
      category: "registry",
      hint: expect.any(String),
    });
    expect(served.registry.requests).toHaveLength(5);
  });

  it("X-12 opens the body of an upload again for every attempt", async () => {
    await using served = await serve({
      faults: [{ when: { kind: "upload", method: "PUT" }, action: fail(503), times: 2 }],
    });
    let opened = 0;
    await served.repository().push(blob, {
      open: () => {
        opened++;
        return [text("a blob")];
      },
    });
    expect(opened).toBe(3);
    expect(await fetchBytes(served.repository(), blob)).toEqual(Buffer.from("a blob"));
  });

  it.each([400, 403, 404, 405, 413])("asks once when the answer is %i", async (status) => {
    await using served = await serve({ faults: [{ action: fail(status) }] });
    await expect(served.repository().resolve("v1")).rejects.toMatchObject({ category: "registry" });
    expect(served.registry.requests.filter(({ method }) => method === "HEAD")).toHaveLength(1);
  });

  it("waits as long as it is asked to, in seconds or until a date, and not for hours", () => {
    const policy = fullRetryPolicy();
    const answer = (value: string, date?: string) => ({
      headers: { "retry-after": value, ...(date !== undefined && { date }) },
    });
    const now = Date.parse("Fri, 20 Nov 2026 10:00:00 GMT");
    expect(retryAfterOf(answer("7"), now)).toBe(7000);
    expect(retryAfterOf(answer("Fri, 20 Nov 2026 10:00:30 GMT"), now)).toBe(30_000);
    expect(retryAfterOf(answer("Fri, 20 Nov 2026 10:00:30 GMT", "Fri, 20 Nov 2026 10:00:20 GMT"), now)).toBe(10_000);
    expect(retryAfterOf(answer("Fri, 20 Nov 2026 09:00:00 GMT"), now)).toBe(0);
    expect(retryAfterOf(answer("soon"), now)).toBeUndefined();
    // the head is all that is looked at
    const response = (value: string) => answer(value) as never;
    expect(delayFor(1, response("7"), policy)).toBe(7000);
    expect(delayFor(1, response("7200"), policy)).toBeUndefined();
    expect(delayFor(1, undefined, policy)).toBeGreaterThan(180);
    expect(delayFor(9, undefined, policy)).toBeLessThanOrEqual(10_000);
  });

  it("stops waiting at the signal", async () => {
    await using served = await serve({ faults: [{ action: tooManyRequests(30) }] });
    const signal = AbortSignal.timeout(50);
    await expect(served.repository().resolve("v1", { signal })).rejects.toMatchObject({ name: "TimeoutError" });
  });
});

describe("timeouts", () => {
  it("gives up on an answer that does not come", async () => {
    await using served = await serve(
      { faults: [{ action: late(10_000) }] },
      { timeouts: { response: 50 }, retry: { ...quick, attempts: 2 } },
    );
    await expect(served.repository().resolve("v1")).rejects.toMatchObject({ code: "ERR_STAX_REQUEST_TIMEOUT" });
    expect(served.registry.requests).toHaveLength(2);
  });

  it("gives up on a body that stands still (slow-loris), and takes it up again before", async () => {
    await using served = await serve({}, { timeouts: { idle: 50, response: 200 } });
    await push(served.repository());
    served.registry.inject({ when: { method: "GET" }, action: stall(2), times: 1 });
    expect(await fetchBytes(served.repository(), blob)).toEqual(Buffer.from("a blob"));
    served.registry.inject({ when: { method: "GET" }, action: stall(0) });
    await expect(fetchBytes(served.repository(), blob)).rejects.toMatchObject({ code: "ERR_STAX_REQUEST_TIMEOUT" });
  });

  it("gives up on a server that takes no more of an upload", async () => {
    const server = createServer((socket) => socket.pause());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await using front = await script((request, response) => {
      if (request.method === "HEAD") response.writeHead(404).end();
      else response.writeHead(202, { location: `http://127.0.0.1:${port}/upload`, "content-length": "0" }).end();
    });
    using client = createClient({ timeouts: { idle: 100, response: 500 }, retry: { ...quick, attempts: 1 } });
    const repository = client.repository({ registry: front.host, repository: "a" });
    const bytes = Buffer.alloc(32 * 1024 * 1024);
    const chunks = Array.from({ length: 32 }, (_, at) => bytes.subarray(at << 20, (at + 1) << 20));
    await expect(repository.push(describeBytes(bytes), { open: () => chunks })).rejects.toMatchObject({
      code: "ERR_STAX_REQUEST_TIMEOUT",
    });
    server.close();
  });

  it("X-12 aborts an upload at the signal and cancels it at the registry", async () => {
    await using served = await serve();
    const controller = new AbortController();
    const endless = {
      open: async function* open() {
        yield text("a ");
        controller.abort();
        await new Promise((resolve) => setTimeout(resolve, 20));
        yield text("blob");
      },
    };
    await expect(served.repository().push(blob, endless, { signal: controller.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(requestsOf(served, "DELETE", "upload")).toHaveLength(1);
  });
});

describe("redirects", () => {
  it("X-07 takes no credentials, cookies or headers of our own to another origin", async () => {
    await using store = await script((_, response) => response.end("a blob"));
    await using served = await serve(
      { tokens: { users: { alice: "secret" }, anonymousPull: false } },
      { credentials: async () => ({ kind: "basic", username: "alice", password: "secret" }) },
    );
    await push(served.repository());
    served.registry.inject({
      when: { method: "GET", kind: "blob" },
      action: answerWith({
        status: 307,
        headers: { Location: `http://${store.host}/presigned?X-Amz-Signature=abc`, "Set-Cookie": "session=1" },
      }),
    });
    expect(await fetchBytes(served.repository(), blob)).toEqual(Buffer.from("a blob"));
    expect(store.requests).toHaveLength(1);
    expect(store.requests[0]?.url).toBe("/presigned?X-Amz-Signature=abc");
    expect(Object.keys(store.requests[0]?.headers ?? {}).sort()).toEqual(["connection", "host", "user-agent"]);
  });

  it("X-07 keeps the credentials on the same origin", async () => {
    await using served = await serve(
      { tokens: { users: { alice: "secret" }, anonymousPull: false } },
      { credentials: async () => ({ kind: "basic", username: "alice", password: "secret" }) },
    );
    await push(served.repository());
    served.registry.inject({
      when: { method: "GET", kind: "blob" },
      times: 1,
      action: answerWith({ status: 307, headers: { Location: `/v2/team/agent/blobs/${blob.digest}?again` } }),
    });
    expect(await fetchBytes(served.repository(), blob)).toEqual(Buffer.from("a blob"));
    expect(requestsOf(served, "GET", "blob").at(-1)?.headers.authorization).toMatch(/^Bearer /);
  });

  it("X-07 never goes from https to http (got #14, same host and port rules aside)", async () => {
    await withTls(async ({ port, directory, requests }) => {
      await using plain = await script((_, response) => response.end("stolen"));
      requests.location = `http://${plain.host}/v2/a/blobs/x`;
      using client = createClient({ caFile: join(directory, "tls.crt"), plainHttp: false });
      const reading = client.repository({ registry: `localhost:${port}`, repository: "a" }).fetch(blob);
      await expect(reading).rejects.toMatchObject({ code: "ERR_STAX_REDIRECT_REFUSED" });
      expect(plain.requests).toEqual([]);
    });
  });

  it.each([
    "http://169.254.169.254/latest",
    "http://0.0.0.0/x",
    "http://[::]/x",
    "http://[::ffff:169.254.169.254]/x",
    "file:///etc/passwd",
    "ftp://a/b",
  ])("follows no redirect to %s", async (location) => {
    await using served = await serve();
    await push(served.repository());
    served.registry.inject({
      when: { method: "GET" },
      action: answerWith({ status: 302, headers: { Location: location } }),
    });
    await expect(served.repository().fetch(blob)).rejects.toMatchObject({ code: "ERR_STAX_REDIRECT_REFUSED" });
  });

  it("follows no redirect of a public registry to this machine", async () => {
    await using served = await serve();
    const { redirected } = await import("./http/redirect.ts");
    const url = new URL("https://ghcr.io/v2/a/blobs/x");
    const answer = { status: 307, url, headers: { location: "https://127.0.0.1:8443/x" } };
    // the body is not looked at
    expect(() => redirected({ method: "GET", url, headers: {} }, answer as never, new URL("https://ghcr.io/"))).toThrow(
      /inside of this machine/,
    );
    expect(served.registry.requests).toEqual([]);
  });

  it("goes in no circles", async () => {
    await using served = await serve();
    await push(served.repository());
    served.registry.inject({ when: { method: "GET" }, action: redirectTo(served.registry.url) });
    await expect(served.repository().fetch(blob)).rejects.toMatchObject({ code: "ERR_STAX_REDIRECT_REFUSED" });
    expect(requestsOf(served, "GET", "blob")).toHaveLength(11);
  });

  it("X-07 sends the body of an upload to another origin without credentials, as the Location says", async () => {
    let received = "";
    await using store = await script((request, response) => {
      request.on("data", (chunk) => {
        received += chunk;
      });
      request.on("end", () => response.writeHead(201).end());
    });
    await using served = await serve(
      { tokens: { users: { alice: "secret" }, anonymousPull: false } },
      { credentials: async () => ({ kind: "basic", username: "alice", password: "secret" }) },
    );
    served.registry.inject({
      when: { kind: "uploads", method: "POST" },
      action: answerWith({ status: 202, headers: { Location: `http://${store.host}/upload?state=a%2Bb+c&x=~` } }),
    });
    await push(served.repository());
    expect(received).toBe("a blob");
    expect(store.requests[0]?.headers.authorization).toBeUndefined();
    expect(store.requests[0]?.url).toBe(`/upload?state=a%2Bb+c&x=~&digest=${encodeURIComponent(blob.digest)}`);
  });
});

describe("addresses", () => {
  it.each([
    ["127.0.0.1", "loopback"],
    ["127.8.9.10", "loopback"],
    ["[::1]", "loopback"],
    ["localhost", "loopback"],
    ["a.localhost", "loopback"],
    ["[::ffff:127.0.0.1]", "loopback"],
    ["[::ffff:7f00:1]", "loopback"],
    ["169.254.169.254", "link-local"],
    ["[fe80::1]", "link-local"],
    ["[::ffff:169.254.169.254]", "link-local"],
    ["0.0.0.0", "unspecified"],
    ["[::]", "unspecified"],
    ["255.255.255.255", "unspecified"],
    ["10.1.2.3", "private"],
    ["172.31.0.1", "private"],
    ["192.168.1.1", "private"],
    ["[fd12::1]", "private"],
    ["[64:ff9b::a9fe:a9fe]", "unspecified"],
    ["8.8.8.8", "public"],
    ["172.32.0.1", "public"],
    ["[2001:db8::1]", "public"],
    ["ghcr.io", "name"],
    ["notlocalhost", "name"],
    ["localhost.evil.com", "name"],
  ])("takes %s for %s", (host, kind) => {
    expect(addressKindOf(host)).toBe(kind);
  });

  it.each([
    ["2130706433", "loopback"],
    ["0x7f.1", "loopback"],
    ["127.1", "loopback"],
  ])("sees through %s", (host, kind) => {
    expect(addressKindOf(new URL(`http://${host}/`).hostname)).toBe(kind);
  });

  it("X-11 speaks plain HTTP to loopback only, unless told otherwise", () => {
    for (const host of ["localhost:5000", "127.0.0.1:5000", "[::1]:5000", "r.localhost"])
      expect(endpointOf(host, undefined).base.protocol).toBe("http:");
    for (const host of ["ghcr.io", "192.168.1.10:5000", "localhost.evil.com", "127.0.0.1.nip.io"])
      expect(endpointOf(host, undefined).base.protocol).toBe("https:");
    expect(endpointOf("192.168.1.10:5000", true).base.protocol).toBe("http:");
    expect(endpointOf("localhost:5000", false).base.protocol).toBe("https:");
  });

  it("knows Docker Hub by its three names and no other", () => {
    for (const registry of ["docker.io", "index.docker.io", "registry-1.docker.io"]) {
      expect(endpointOf(registry, undefined).base.host).toBe("registry-1.docker.io");
      expect(pathOf({ registry, repository: "alpine" })).toBe("library/alpine");
    }
    expect(endpointOf("evildocker.io", undefined).base.host).toBe("evildocker.io");
    expect(pathOf({ registry: "ghcr.io", repository: "alpine" })).toBe("alpine");
  });
});

describe("lists", () => {
  it("reads every page of tags, on the same origin", async () => {
    await using served = await serve({ registry: { pageSize: 3 } });
    const store = new MemoryStore();
    const root = await pushArtifact(store, "agent");
    await store.tag(root, "t0");
    const repository = served.repository();
    await copy(store, "t0", repository);
    for (let at = 1; at < 10; at++) await repository.tag(root, `t${at}`);
    expect(await repository.tags()).toEqual(Array.from({ length: 10 }, (_, at) => `t${at}`));
    expect(requestsOf(served, "GET", "tags").length).toBeGreaterThan(3);
  });

  it("X-07 follows no Link to another origin", async () => {
    await using other = await script((_, response) => response.end("{}"));
    await using first = await script((_, response) =>
      response.writeHead(200, { link: `<http://${other.host}/v2/a/tags/list>; rel="next"` }).end('{"tags":["a"]}'),
    );
    using client = createClient();
    await expect(client.repository({ registry: first.host, repository: "a" }).tags()).rejects.toMatchObject({
      code: "ERR_STAX_RESPONSE_INVALID",
    });
    expect(other.requests).toEqual([]);
  });

  it("ends a list that goes on for ever, in a circle or not", async () => {
    let page = 0;
    await using circle = await script((_, response) =>
      response.writeHead(200, { link: '</v2/a/tags/list?n=1>; rel="next"' }).end('{"tags":["a"]}'),
    );
    await using endless = await script((_, response) =>
      response.writeHead(200, { link: `</v2/a/tags/list?n=${page++}>; rel="next"` }).end('{"tags":["a"]}'),
    );
    using client = createClient();
    for (const { host } of [circle, endless]) {
      await expect(client.repository({ registry: host, repository: "a" }).tags()).rejects.toMatchObject({
        code: "ERR_STAX_RESPONSE_INVALID",
      });
    }
    expect(endless.requests.length).toBeLessThanOrEqual(1001);
  });

  it("finds the next page among other links", () => {
    const url = new URL("https://r.io/v2/a/tags/list");
    expect(
      nextPage({ url, headers: { link: '<https://r.io/first>; rel="first", </v2/next?last=x>; rel="next"' } })?.href,
    ).toBe("https://r.io/v2/next?last=x");
    expect(nextPage({ url, headers: { link: "<https://r.io:443/n>; rel=next" } })?.href).toBe("https://r.io/n");
    expect(nextPage({ url, headers: { link: '<https://r.io/n>; rel="prev"' } })).toBeUndefined();
    expect(() => nextPage({ url, headers: { link: '<https://r.io:444/n>; rel="next"' } })).toThrow();
    expect(() => nextPage({ url, headers: { link: '<http://r.io/n>; rel="next"' } })).toThrow();
  });

  it("takes no tags for tags that are none", async () => {
    await using served = await script((_, response) => response.end('{"tags":["ok","../x","\\u001b[31m",7,null]}'));
    await using none = await script((_, response) => response.end('{"tags":null}'));
    using client = createClient();
    expect(await client.repository({ registry: served.host, repository: "a" }).tags()).toEqual(["ok"]);
    expect(await client.repository({ registry: none.host, repository: "a" }).tags()).toEqual([]);
  });
});

describe("warnings", () => {
  it("are told once each, printable, and never acted upon", async () => {
    const warning = '299 - "old \u001b[31mregistry", 299 - "second", 199 - "other"';
    await using served = await serve({
      faults: [
        {
          action: {
            name: "warn",
            head: (head) => ({
              ...head,
              headers: { ...head.headers, Warning: Buffer.from(warning).toString("latin1").replace("\u001b", "") },
            }),
          },
        },
      ],
    });
    const repository = served.repository();
    await repository.exists(blob);
    await repository.exists(blob);
    const texts = served.events.flatMap((event) => (event.type === "warning" ? [event.text] : []));
    expect(texts).toEqual(["old [31mregistry", "second"]);
  });

  it("are read with escaped quotes, and dropped when they are too long", () => {
    expect(parseWarnings('299 - "say \\"hi\\""')).toEqual(['say "hi"']);
    expect(parseWarnings(`299 - "${"x".repeat(5000)}"`)).toEqual([]);
    expect(parseWarnings(undefined)).toEqual([]);
  });
});

describe("failures", () => {
  const reach = (registry: string, options = {}) =>
    createClient({ retry: { ...quick, attempts: 2 }, ...options })
      .repository({ registry, repository: "a" })
      .resolve("v1");

  it("an unknown host has its code and a hint", async () => {
    await expect(reach("no-such-host.invalid")).rejects.toMatchObject({
      code: "ERR_STAX_HOST_UNKNOWN",
      category: "registry",
      hint: expect.stringContaining("spelling"),
      message: expect.stringContaining("no-such-host.invalid"),
    });
  });

  it("a refused connection has its code", async () => {
    await expect(reach("127.0.0.1:1")).rejects.toMatchObject({
      code: "ERR_STAX_CONNECTION_REFUSED",
      message: expect.stringContaining("127.0.0.1:1"),
    });
  });

  it("a host that speaks plain HTTP where TLS is wanted has its code", async () => {
    await using served = await serve();
    await expect(reach(served.registry.host, { plainHttp: false })).rejects.toMatchObject({
      code: "ERR_STAX_TLS_FAILED",
      hint: expect.stringContaining("--plain-http"),
    });
  });

  it("an expired and a self-signed certificate have their code, and what to do", async () => {
    await withTls(async ({ port }) => {
      await expect(reach(`localhost:${port}`, { plainHttp: false })).rejects.toMatchObject({
        code: "ERR_STAX_CERTIFICATE_INVALID",
        hint: expect.stringContaining("--ca-file"),
      });
    });
    await withTls(
      async ({ port, directory }) => {
        await expect(
          reach(`localhost:${port}`, { plainHttp: false, caFile: join(directory, "tls.crt") }),
        ).rejects.toMatchObject({ code: "ERR_STAX_CERTIFICATE_INVALID", message: expect.stringContaining("expired") });
      },
      ["-not_before", "20200101000000Z", "-not_after", "20200102000000Z"],
    );
  });

  it("a CA file, SSL_CERT_FILE or no check at all let a private registry in", async () => {
    await withTls(async ({ port, directory, requests }) => {
      const ca = join(directory, "tls.crt");
      for (const options of [{ caFile: ca }, { env: { SSL_CERT_FILE: ca } }, { insecureSkipTlsVerify: true }]) {
        await expect(reach(`localhost:${port}`, { plainHttp: false, ...options })).rejects.toMatchObject({
          code: "ERR_STAX_REFERENCE_NOT_FOUND",
        });
      }
      expect(requests.count).toBeGreaterThan(0);
    });
  });

  it("shows a client certificate", async () => {
    await withTls(async ({ port, directory, requests }) => {
      const file = (name: string) => join(directory, name);
      await expect(
        reach(`localhost:${port}`, {
          plainHttp: false,
          caFile: file("tls.crt"),
          certFile: file("tls.crt"),
          keyFile: file("tls.key"),
        }),
      ).rejects.toMatchObject({ code: "ERR_STAX_REFERENCE_NOT_FOUND" });
      expect(requests.client).toBe("localhost");
    });
  });

  it.each([
    [401, "UNAUTHORIZED", "no", "ERR_STAX_AUTH_REQUIRED"],
    [403, "DENIED", "no", "ERR_STAX_ACCESS_DENIED"],
    [403, "DENIED", "you exceeded your storage quota", "ERR_STAX_QUOTA_EXCEEDED"],
    [
      412,
      "PRECONDITION",
      "adding 5 MiB of storage resource will exceed the configured upper limit",
      "ERR_STAX_QUOTA_EXCEEDED",
    ],
    [405, "UNSUPPORTED", "The operation is unsupported", "ERR_STAX_REGISTRY_READ_ONLY"],
    [404, "NAME_UNKNOWN", "repository name not known", "ERR_STAX_REPOSITORY_NOT_FOUND"],
    [429, "TOOMANYREQUESTS", "You have reached your pull rate limit", "ERR_STAX_RATE_LIMITED"],
    [400, "MANIFEST_INVALID", "manifest invalid", "ERR_STAX_REQUEST_REJECTED"],
    [500, "UNKNOWN", "oops", "ERR_STAX_REGISTRY_FAILED"],
    [302, "", "", "ERR_STAX_RESPONSE_INVALID"],
  ])("status %i %s %j is %s", (status, code, said, expected) => {
    const context = { action: "push a", registry: "ghcr.io", hasCredentials: false, secrets: [], idle: 1 };
    const error = failureOf(status, { codes: code === "" ? [] : [code], text: said }, context);
    expect(error).toMatchObject({ code: expected, category: "registry" });
    expect(error.message).toMatch(/^cannot push a: ghcr\.io|^cannot push a: a quota of ghcr\.io/);
    if (status === 401) expect(error.hint).toBe("stax login ghcr.io");
  });

  it("quotes no secret, no query and no terminal sequence of what a registry says", async () => {
    const body =
      'denied \u001b[2J Bearer abcdefghij.klm see https://s3/x?X-Amz-Signature=SECRET1 and https://bob:SECRET2@h/ password="SECRET3" hunter2222';
    await using served = await script((_, response) =>
      response.writeHead(403, { "content-type": "text/plain", "www-authenticate": "Basic realm=x" }).end(body),
    );
    using client = createClient({
      credentials: async () => ({ kind: "basic", username: "a", password: "hunter2222" }),
    });
    const error: unknown = await client
      .repository({ registry: served.host, repository: "a" })
      .tags()
      .catch((caught: unknown) => caught);
    const shown = String(error) + JSON.stringify(error);
    for (const secret of ["SECRET1", "SECRET2", "SECRET3", "abcdefghij", "\u001b"]) expect(shown).not.toContain(secret);
    expect(redact("the password hunter2222 is wrong", ["hunter2222"])).toBe("the password *** is wrong");
  });

  it("reads no more than 1 MiB of an error", async () => {
    let sent = 0;
    await using served = await script((_, response) => {
      response.writeHead(400);
      const timer = setInterval(() => {
        sent += 65_536;
        response.write(Buffer.alloc(65_536, 120));
      }, 0);
      response.on("close", () => clearInterval(timer));
    });
    using client = createClient();
    await expect(client.repository({ registry: served.host, repository: "a" }).tags()).rejects.toMatchObject({
      code: "ERR_STAX_REQUEST_REJECTED",
    });
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });
});

describe("proxies", () => {
  it("goes through HTTPS_PROXY with CONNECT and through HTTP_PROXY, and past NO_PROXY and for loopback around them", async () => {
    await withTls(async ({ port, directory }) => {
      const asked: string[] = [];
      const proxy = createServer((socket) => {
        socket.once("data", (head) => {
          const line = head.toString().split("\r\n")[0] ?? "";
          asked.push(line);
          if (!line.startsWith("CONNECT")) return socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
          // the name is not this machine's to everybody else
          const upstream = connect(port, "127.0.0.1", () => {
            socket.write("HTTP/1.1 200 OK\r\n\r\n");
            upstream.pipe(socket).pipe(upstream);
          });
          upstream.on("error", () => socket.destroy());
        });
        socket.on("error", () => undefined);
      });
      await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
      const address = proxy.address();
      const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
      const env = { HTTPS_PROXY: url, HTTP_PROXY: url, NO_PROXY: "direct.invalid" };
      const reach = async (registry: string, options = {}) => {
        using client = createClient({
          env,
          retry: { ...quick, attempts: 1 },
          insecureSkipTlsVerify: true,
          caFile: join(directory, "tls.crt"),
          ...options,
        });
        return client
          .repository({ registry, repository: "a" })
          .resolve("v1")
          .catch(({ code }: { code: string }) => code);
      };
      expect(await reach("registry.invalid")).toBe("ERR_STAX_REFERENCE_NOT_FOUND");
      expect(await reach("registry.invalid", { plainHttp: true })).toBe("ERR_STAX_REFERENCE_NOT_FOUND");
      expect(asked).toEqual([
        "CONNECT registry.invalid:443 HTTP/1.1",
        "HEAD http://registry.invalid/v2/a/manifests/v1 HTTP/1.1",
      ]);
      expect(await reach("direct.invalid")).toBe("ERR_STAX_HOST_UNKNOWN");
      expect(await reach(`localhost:${port}`, { plainHttp: false })).toBe("ERR_STAX_REFERENCE_NOT_FOUND");
      expect(asked).toHaveLength(2);
      proxy.close();
    });
  });
});

describe("RegistryClient", () => {
  it("has no more requests under way at one registry than allowed", async () => {
    let running = 0;
    let most = 0;
    await using served = await script((_, response) => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        response.writeHead(404).end();
      }, 10);
    });
    using client = createClient({ concurrency: 3 });
    const repository = client.repository({ registry: served.host, repository: "a" });
    const many = Array.from({ length: 12 }, (_, at): Descriptor => describeBytes(text(`${at}`)));
    await Promise.all(many.map((target) => repository.exists(target)));
    expect(most).toBe(3);
  });

  it("copies within one registry with as many transfers as requests are allowed, and does not wait for itself", async () => {
    await using served = await serve(
      { faults: [{ when: { kind: "uploads", url: /mount=/ }, action: fail(400) }] },
      { concurrency: 1 },
    );
    const store = new MemoryStore();
    await store.tag(
      await pushArtifact(store, "agent", { layers: Array.from({ length: 8 }, (_, at) => `layer ${at}`) }),
      "v1",
    );
    await copy(store, "v1", served.repository("a/one"));
    await copy(served.repository("a/one"), "v1", served.repository("b/two"), "v1", { concurrency: 6 });
    await copy(served.repository("b/two"), "v1", new MemoryStore());
  });

  it("says who it is", async () => {
    await using served = await serve({}, { userAgent: "stax/1.2.3" });
    await served.repository().exists(blob);
    expect(served.registry.requests[0]?.headers["user-agent"]).toBe("stax/1.2.3");
  });

  it("X-08 tells a registry from a web page", async () => {
    await using page = await script((_, response) =>
      response.writeHead(404, { "content-type": "text/html" }).end("<html>hello"),
    );
    using client = new RegistryClient({ env: {} });
    await expect(client.ping(page.host)).rejects.toMatchObject({ category: "registry" });
  });
});

interface TlsFixture {
  readonly port: number;
  readonly directory: string;
  readonly requests: { count: number; client: string | undefined; location: string | undefined };
}

/** An HTTPS server with a certificate of its own that answers 404, or leads to `location`. */
async function withTls(
  work: (fixture: TlsFixture) => Promise<void>,
  validity: readonly string[] = ["-days", "2"],
): Promise<void> {
  await withDirectory(async (directory) => {
    const [key, crt] = [join(directory, "tls.key"), join(directory, "tls.crt")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const create = [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-keyout",
      key,
      "-out",
      crt,
      "-days",
      "2",
      ...subject,
    ];
    execFileSync("openssl", create, { stdio: "ignore" });
    if (validity[0] !== "-days") {
      const csr = join(directory, "tls.csr");
      execFileSync("openssl", ["req", "-new", "-key", key, "-out", csr, "-subj", "/CN=localhost"], { stdio: "ignore" });
      execFileSync("openssl", ["x509", "-req", "-in", csr, "-signkey", key, "-out", crt, "-days", "-1"], {
        stdio: "ignore",
      });
    }
    const requests: TlsFixture["requests"] = { count: 0, client: undefined, location: undefined };
    const server = createTlsServer(
      { key: readFileSync(key), cert: readFileSync(crt), requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        requests.count++;
        const peer =
          "getPeerCertificate" in request.socket && typeof request.socket.getPeerCertificate === "function"
            ? request.socket.getPeerCertificate()
            : undefined;
        requests.client = peer?.subject?.CN;
        if (requests.location === undefined) response.writeHead(404).end();
        else response.writeHead(307, { location: requests.location }).end();
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    try {
      await work({ port: typeof address === "object" && address !== null ? address.port : 0, directory, requests });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
}
