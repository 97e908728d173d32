import { lie } from "@stax/registry/faults";
import { describe, expect, it } from "vitest";
import { describeBytes, pushArtifact, text } from "../artifact.fixture.ts";
import { bytesContent, type Credential, copy, digestOf, fetchBytes, MemoryStore } from "../index.ts";
import { parseChallenges } from "./auth/challenge.ts";
import { parseRealm } from "./auth/realm.ts";
import { covers, mergeScopes } from "./auth/scope.ts";
import { createClient, requestsOf, type Served, script, serve } from "./registry.fixture.ts";

const alice: Credential = { kind: "basic", username: "alice", password: "s3cr3t:pw" };
const users = { alice: "s3cr3t:pw" };
const blob = describeBytes(text("a blob"));

async function pushSample({ repository }: Served, name = "team/agent"): Promise<void> {
  const store = new MemoryStore();
  await store.tag(await pushArtifact(store, "agent", { layers: ["one", "two", "three"] }), "v1");
  await copy(store, "v1", repository(name));
}

const scopesAsked = ({ registry }: Served): string[] =>
  registry.tokens?.requests.map(({ scopes }) => scopes.join(" ")) ?? [];

describe("Bearer tokens", () => {
  it("X-08 answers the challenge: a token for password, realm, service and scope", async () => {
    await using served = await serve({ tokens: { users, anonymousPull: false } }, { credentials: async () => alice });
    await pushSample(served);
    const [first] = served.registry.tokens?.requests ?? [];
    expect(first?.method).toBe("GET");
    expect(first?.authorization).toBe(`Basic ${Buffer.from("alice:s3cr3t:pw").toString("base64")}`);
    expect(first?.url).toContain("service=stax-registry");
    expect(first?.url).toContain("account=alice");
    expect(scopesAsked(served)).toEqual(["repository:team/agent:pull", "repository:team/agent:pull,push"]);
    expect(served.registry.requests.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(2);
  });

  it("X-08 X-15 costs nothing twice: a token is used as long as it lives, for all that it covers", async () => {
    await using served = await serve({ tokens: { users } }, { credentials: async () => alice });
    await pushSample(served);
    const asked = scopesAsked(served).length;
    const repository = served.repository();
    await repository.push(blob, bytesContent(text("a blob")));
    await Promise.all([repository.tags(), repository.resolve("v1"), repository.tags()]);
    expect(scopesAsked(served)).toHaveLength(asked);
  });

  it("X-08 asks anonymously where nobody is known, and says so when that is not enough", async () => {
    await using served = await serve({ tokens: { users } });
    await expect(served.repository().resolve("v1")).rejects.toMatchObject({ code: "ERR_STAX_REFERENCE_NOT_FOUND" });
    expect(served.registry.tokens?.requests[0]?.authorization).toBeUndefined();
    await expect(served.repository().push(blob, bytesContent(text("a blob")))).rejects.toMatchObject({
      code: "ERR_STAX_AUTH_REQUIRED",
      hint: `stax login ${served.registry.host}`,
    });
  });

  it("tells wrong credentials from none, and shows neither", async () => {
    await using served = await serve(
      { tokens: { users, anonymousPull: false } },
      { credentials: async () => ({ kind: "basic", username: "alice", password: "wrong-password" }) },
    );
    const error: unknown = await served
      .repository()
      .resolve("v1")
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "ERR_STAX_AUTH_FAILED" });
    expect(String(error) + JSON.stringify(error)).not.toContain("wrong-password");
  });

  it.each(["token", "access_token"] as const)("takes the token from %s", async (field) => {
    await using served = await serve({ tokens: { users, field } }, { credentials: async () => alice });
    await pushSample(served);
  });

  it("exchanges an identity token by POST", async () => {
    await using served = await serve(
      { tokens: { users, refresh: true, anonymousPull: false } },
      { credentials: async () => alice },
    );
    await pushSample(served);
    const grant = await fetch(`${served.registry.tokens?.url}?service=stax-registry`, {
      headers: { authorization: `Basic ${Buffer.from("alice:s3cr3t:pw").toString("base64")}` },
    });
    const { refresh_token: token } = (await grant.json()) as { refresh_token: string };
    using client = createClient({ credentials: async () => ({ kind: "identity", token }) });
    await client.repository({ registry: served.registry.host, repository: "team/agent" }).resolve("v1");
    const last = served.registry.tokens?.requests.at(-1);
    expect(last?.method).toBe("POST");
    expect(Object.fromEntries(last?.form ?? [])).toEqual({
      grant_type: "refresh_token",
      client_id: "stax",
      refresh_token: token,
      service: "stax-registry",
      scope: "repository:team/agent:pull",
    });
  });

  it("sends a registry token as it is", async () => {
    await using served = await script((request, response) => {
      if (request.headers.authorization === "Bearer given") response.writeHead(404).end();
      else response.writeHead(401, { "www-authenticate": 'Bearer realm="http://127.0.0.1:1/token"' }).end();
    });
    using client = createClient({ credentials: async () => ({ kind: "registry", token: "given" }) });
    await expect(client.repository({ registry: served.host, repository: "a" }).resolve("v1")).rejects.toMatchObject({
      code: "ERR_STAX_REFERENCE_NOT_FOUND",
    });
    using wrong = createClient({ credentials: async () => ({ kind: "registry", token: "wrong" }) });
    await expect(wrong.repository({ registry: served.host, repository: "a" }).resolve("v1")).rejects.toMatchObject({
      code: "ERR_STAX_AUTH_FAILED",
    });
  });

  it("asks for both repositories when it mounts", async () => {
    await using served = await serve({ tokens: { users, anonymousPull: false } }, { credentials: async () => alice });
    await pushSample(served, "a/one");
    await copy(served.repository("a/one"), "v1", served.repository("b/two"));
    expect(scopesAsked(served)).toContain("repository:a/one:pull repository:b/two:pull,push");
    expect(requestsOf(served, "PUT", "upload").filter(({ name }) => name === "b/two")).toEqual([]);
  });

  it("gets a new token once when one is taken back early", async () => {
    await using served = await serve({ tokens: { users } }, { credentials: async () => alice });
    await pushSample(served);
    served.registry.tokens?.revokeAll();
    const asked = scopesAsked(served).length;
    await served.repository().resolve("v1");
    expect(scopesAsked(served).length).toBe(asked + 1);
  });

  it("does not go round in circles when no token is good enough", async () => {
    await using served = await script((request, response) => {
      if (request.url?.startsWith("/token") === true) response.end('{"token":"useless"}');
      else response.writeHead(401, { "www-authenticate": `Bearer realm="http://${request.headers.host}/token"` }).end();
    });
    using client = createClient();
    await expect(client.repository({ registry: served.host, repository: "a" }).resolve("v1")).rejects.toMatchObject({
      code: "ERR_STAX_AUTH_REQUIRED",
    });
    expect(served.requests.length).toBeLessThanOrEqual(6);
  });

  it("X-12 pushes for longer than a token lives, in one piece and in chunks", async () => {
    await using served = await serve(
      { tokens: { users, ttl: 0.25, anonymousPull: false } },
      { credentials: async () => alice },
    );
    const repository = served.repository();
    for (let at = 0; at < 4; at++) {
      const bytes = text(`blob ${at}`);
      const slow = {
        open: async function* open() {
          yield bytes.subarray(0, 2);
          await new Promise((resolve) => setTimeout(resolve, 150));
          yield bytes.subarray(2);
        },
      };
      await repository.push(describeBytes(bytes), slow);
      expect(await fetchBytes(repository, describeBytes(bytes))).toHaveLength(bytes.length);
    }
    served.registry.inject({
      when: { method: "PUT", kind: "upload", url: /digest=/ },
      times: 1,
      action: { name: "413", answer: () => ({ status: 413 }) },
    });
    const large = Buffer.alloc(13 * 1024 * 1024, 7);
    const pieces = {
      open: async function* open() {
        for (let at = 0; at < 13; at++) {
          await new Promise((resolve) => setTimeout(resolve, 40));
          yield large.subarray(at << 20, (at + 1) << 20);
        }
      },
    };
    await repository.push(describeBytes(large), pieces);
    expect(requestsOf(served, "PATCH", "upload").length).toBeGreaterThanOrEqual(3);
    expect(scopesAsked(served).length).toBeGreaterThan(4);
  });

  it.each([
    ["no JSON", "<html>"],
    ["no token", "{}"],
    ["a token that would break out of its header", '{"token":"a\\r\\nx: y"}'],
    ["an empty token", '{"token":""}'],
  ])("refuses %s", async (_, body) => {
    await using served = await script((request, response) => {
      if (request.url?.startsWith("/token") === true) response.end(body);
      else response.writeHead(401, { "www-authenticate": `Bearer realm="http://${request.headers.host}/token"` }).end();
    });
    using client = createClient();
    await expect(client.repository({ registry: served.host, repository: "a" }).resolve("v1")).rejects.toMatchObject({
      code: "ERR_STAX_RESPONSE_INVALID",
    });
  });

  it("reads no more than 1 MiB of a token server", async () => {
    await using served = await script((request, response) => {
      if (request.url?.startsWith("/token") === true) response.end(Buffer.alloc(2 * 1024 * 1024, 32));
      else response.writeHead(401, { "www-authenticate": `Bearer realm="http://${request.headers.host}/token"` }).end();
    });
    using client = createClient();
    await expect(client.repository({ registry: served.host, repository: "a" }).resolve("v1")).rejects.toMatchObject({
      code: "ERR_STAX_RESPONSE_INVALID",
    });
  });

  it("X-07 follows no redirect of a token server", async () => {
    await using thief = await script((_, response) => response.end('{"token":"x"}'));
    await using served = await script((request, response) => {
      if (request.url?.startsWith("/token") === true)
        response.writeHead(307, { location: `http://${thief.host}/token` }).end();
      else response.writeHead(401, { "www-authenticate": `Bearer realm="http://${request.headers.host}/token"` }).end();
    });
    using client = createClient({ credentials: async () => alice });
    await expect(client.repository({ registry: served.host, repository: "a" }).resolve("v1")).rejects.toMatchObject({
      code: "ERR_STAX_REALM_REFUSED",
    });
    expect(thief.requests).toEqual([]);
  });

  it("puts scope and service into the query, whatever they hold", async () => {
    await using served = await script((request, response) => {
      if (request.url?.startsWith("/token") === true) response.end('{"token":"x"}');
      else
        response
          .writeHead(request.headers.authorization ? 404 : 401, {
            "www-authenticate": `Bearer realm="http://${request.headers.host}/token?fixed=1",service="a&account=root#x",scope="repository:a:pull"`,
          })
          .end();
    });
    using client = createClient();
    await client
      .repository({ registry: served.host, repository: "a" })
      .resolve("v1")
      .catch(() => undefined);
    const url = new URL(served.requests.find((request) => request.url.startsWith("/token"))?.url ?? "", "http://x");
    expect([...url.searchParams]).toEqual([
      ["fixed", "1"],
      ["service", "a&account=root#x"],
      ["scope", "repository:a:pull"],
    ]);
  });
});

describe("Basic authentication", () => {
  const basic = (request: { headers: { authorization?: string | undefined } }) =>
    request.headers.authorization === `Basic ${Buffer.from("alice:s3cr3t:pw").toString("base64")}`;

  it("X-08 is answered, and only when it is asked for", async () => {
    await using served = await script((request, response) =>
      response.writeHead(basic(request) ? 404 : 401, { "www-authenticate": 'Basic realm="stax-test"' }).end(),
    );
    using client = createClient({ credentials: async () => alice });
    const repository = client.repository({ registry: served.host, repository: "a" });
    await expect(repository.resolve("v1")).rejects.toMatchObject({ code: "ERR_STAX_REFERENCE_NOT_FOUND" });
    expect(served.requests.map(({ headers }) => headers.authorization !== undefined)).toEqual([false, true]);
    await expect(repository.resolve("v2")).rejects.toMatchObject({ code: "ERR_STAX_REFERENCE_NOT_FOUND" });
    expect(served.requests).toHaveLength(3);
  });

  it("is asked once more only", async () => {
    await using served = await script((_, response) => response.writeHead(401, { "www-authenticate": "Basic" }).end());
    using client = createClient({ credentials: async () => alice });
    await expect(client.repository({ registry: served.host, repository: "a" }).resolve("v1")).rejects.toMatchObject({
      code: "ERR_STAX_AUTH_FAILED",
    });
    expect(served.requests).toHaveLength(2);
  });
});

describe("parseRealm", () => {
  const https = new URL("https://registry.example/");
  it.each([
    "http://auth.example/token",
    "https://169.254.169.254/token",
    "https://0.0.0.0/token",
    "https://[::]/token",
    "https://[::1]/t",
    "https://127.0.0.1/t",
    "https://localhost/t",
    "https://[::ffff:169.254.169.254]/token",
    "https://[::ffff:a9fe:a9fe]/",
    "https://10.0.0.1/token",
    "https://192.168.0.1/",
    "https://[fe80::1]/",
    "https://2852039166/",
    "https://0x7f.1/",
    "file:///etc/passwd",
    "ftp://auth.example/",
    "javascript:alert(1)",
    "//auth.example/token",
    "token",
    "",
    "https://user:pw@auth.example/token",
  ])("refuses %j of a public registry (CVE-2026-48978, CVE-2020-15157)", (realm) => {
    expect(() => parseRealm(realm, https)).toThrow(expect.objectContaining({ code: "ERR_STAX_REALM_REFUSED" }));
  });
  it.each([
    ["https://auth.example/token?x=1", "https://registry.example/"],
    ["https://10.0.0.5/token", "https://10.0.0.5:5000/"],
    ["http://10.0.0.5/token", "http://10.0.0.5:5000/"],
    ["http://127.0.0.1:5060/token", "http://localhost:5000/"],
    ["https://8.8.8.8/token", "https://registry.example/"],
    ["https://auth.example/token", "http://10.0.0.5:5000/"],
  ])("takes %s of %s", (realm, registry) => {
    expect(parseRealm(realm, new URL(registry)).href).toBe(realm);
  });
  it("takes no http realm from a registry that speaks https", () => {
    expect(() => parseRealm("http://registry.example/token", https)).toThrow(/anybody in between/);
  });
});

describe("parseChallenges", () => {
  it.each([
    [
      'Bearer realm="https://a/t",service="s",scope="repository:a/b:pull,push"',
      [["bearer", { realm: "https://a/t", service: "s", scope: "repository:a/b:pull,push" }]],
    ],
    [
      'Basic realm="x", Bearer realm="y", service = "z"',
      [
        ["basic", { realm: "x" }],
        ["bearer", { realm: "y", service: "z" }],
      ],
    ],
    ["Basic", [["basic", {}]]],
    ["bearer REALM=token", [["bearer", { realm: "token" }]]],
    ['Bearer realm="a\\"b\\\\c"', [["bearer", { realm: 'a"b\\c' }]]],
    ['Bearer realm="one",realm="two"', [["bearer", { realm: "one" }]]],
    [
      'Negotiate, Basic realm="x"',
      [
        ["negotiate", {}],
        ["basic", { realm: "x" }],
      ],
    ],
    ['Bearer realm="unclosed', [["bearer", { realm: "" }]]],
    ["", []],
    [undefined, []],
  ])("reads %j", (header, expected) => {
    expect(parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])).toEqual(
      expected,
    );
  });
});

describe("scopes", () => {
  it("are merged by resource and sorted", () => {
    expect(mergeScopes(["repository:b:push,pull", "repository:a:pull", "repository:b:pull"])).toEqual([
      "repository:a:pull",
      "repository:b:pull,push",
    ]);
    expect(mergeScopes(["registry:catalog:*", "repository:h:5000/a:pull"])).toEqual([
      "registry:catalog:*",
      "repository:h:5000/a:pull",
    ]);
    expect(covers(["repository:a:pull,push"], ["repository:a:pull"])).toBe(true);
    expect(covers(["repository:a:pull"], ["repository:a:pull,push"])).toBe(false);
    expect(covers(["repository:a:pull,push"], ["repository:ab:pull"])).toBe(false);
  });
});

it("the digest of a pushed manifest is not what a header says", async () => {
  await using served = await serve();
  served.registry.inject({
    when: { method: "PUT", kind: "manifest" },
    action: lie({ "Docker-Content-Digest": digestOf(text("x")) }),
  });
  const store = new MemoryStore();
  await store.tag(await pushArtifact(store, "agent"), "v1");
  await expect(copy(store, "v1", served.repository())).rejects.toMatchObject({ code: "ERR_STAX_DIGEST_MISMATCH" });
});
