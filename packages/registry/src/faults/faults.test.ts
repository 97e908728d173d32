import { describe, expect, it } from "vitest";
import { blobOf, clientOf, descriptorOf, manifestOf, pushBlob, pushImage, pushManifest } from "../client.fixture.ts";
import {
  answerWith,
  append,
  behindProxy,
  corrupt,
  createFaultyRegistry,
  createRandom,
  type Fault,
  type FaultAction,
  type FaultyOptions,
  type FaultyRegistry,
  fail,
  late,
  lie,
  likeEcr,
  likeGgcr,
  likeGhcr,
  likeGitlab,
  randomFaults,
  redirectTo,
  reset,
  resetDownload,
  resetUpload,
  slow,
  stall,
  tooManyRequests,
  truncate,
  withAbsoluteLocations,
  withoutReferrers,
  withUploadState,
} from "./index.ts";

const name = "team/agent";
const blob = blobOf(100_000);
const path = `/v2/${name}/blobs/${blob.digest}`;

/** A registry that holds the blob, and goes wrong from now on. */
async function faulty(faults: readonly Fault[] = [], options: FaultyOptions = {}): Promise<FaultyRegistry> {
  const registry = await createFaultyRegistry(options);
  await pushBlob(clientOf(registry.url), name, blob);
  registry.reset();
  for (const fault of faults) registry.inject(fault);
  return registry;
}

const onBlobs = (action: FaultAction): readonly Fault[] => [{ when: { kind: "blob" }, action }];
const pull = (registry: FaultyRegistry, init: RequestInit = {}) =>
  fetch(`${registry.url}${path}`, { redirect: "manual", ...init });
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe("createFaultyRegistry", () => {
  it("is a right registry as long as nothing is told", async () => {
    await using registry = await faulty();
    const client = clientOf(registry.url);
    const manifest = await pushImage(client, name, "v1");
    expect((await client("GET", `/v2/${name}/manifests/v1`)).body).toEqual(manifest.bytes);
    expect((await client("GET", path)).body.equals(blob.bytes)).toBe(true);
    expect((await client("HEAD", path)).headers["content-length"]).toBe("100000");
  });

  it("remembers requests with headers, bodies and what became of them", async () => {
    await using registry = await faulty();
    await pull(registry, { headers: { Authorization: "Basic x", Range: "bytes=0-9" } }).then(bytesOf);
    await pushBlob(clientOf(registry.url), "other", blobOf(77));
    expect(registry.requests).toMatchObject([
      { method: "GET", url: path, kind: "blob", name, status: 206, sent: 10, headers: { authorization: "Basic x" } },
      { method: "POST", kind: "uploads", name: "other", status: 202, received: 0 },
      { method: "PUT", kind: "upload", status: 201, received: 77, faults: [] },
    ]);
  });

  it("counts: the first pass, then so many fail, then all pass", async () => {
    await using registry = await faulty([{ skip: 1, times: 2, action: fail(503) }]);
    const statuses = [];
    for (let at = 0; at < 4; at++) statuses.push((await pull(registry)).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
  });

  it("hits only what fits, until the fault is taken away", async () => {
    await using registry = await faulty();
    const remove = registry.inject({ when: { kind: "blob", method: "GET", url: /blobs/ }, action: fail(500) });
    registry.inject({ when: ({ headers }) => headers["x-test"] === "1", action: fail(418) });
    expect((await pull(registry)).status).toBe(500);
    expect((await pull(registry, { method: "HEAD" })).status).toBe(200);
    remove();
    expect((await pull(registry)).status).toBe(200);
    expect((await pull(registry, { headers: { "x-test": "1" } })).status).toBe(418);
  });

  it("draws the same faults from the same seed", async () => {
    const drawn = async (seed: number) => {
      await using registry = await faulty([{ probability: 0.5, action: fail(500) }], { seed });
      const statuses = [];
      for (let at = 0; at < 20; at++) statuses.push((await pull(registry)).status);
      return statuses;
    };
    expect(await drawn(7)).toEqual(await drawn(7));
    expect(await drawn(7)).not.toEqual(await drawn(8));
    expect(new Set(await drawn(7))).toEqual(new Set([200, 500]));
  });

  it("stands in front of a registry that runs already", async () => {
    await using behind = await faulty();
    await using registry = await createFaultyRegistry({
      origin: behind.url,
      faults: onBlobs(lie({ "X-Front": "yes" })),
    });
    const response = await pull(registry);
    expect(response.headers.get("x-front")).toBe("yes");
    expect((await bytesOf(response)).equals(blob.bytes)).toBe(true);
  });
});

describe("faults of answers", () => {
  it.each([
    [undefined, null],
    [3, "3"],
    [new Date(Date.UTC(2030, 0, 2, 3, 4, 5)), "Wed, 02 Jan 2030 03:04:05 GMT"],
  ])("429 with Retry-After %s", async (retryAfter, header) => {
    await using registry = await faulty(onBlobs(tooManyRequests(retryAfter)));
    const response = await pull(registry);
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, header]);
    expect(await response.json()).toMatchObject({ errors: [{ code: "TOOMANYREQUESTS" }] });
  });

  it("an answer of the test's own", async () => {
    await using registry = await faulty(
      onBlobs(answerWith({ status: 200, headers: { Warning: '299 - "old"' }, body: "hi" })),
    );
    const response = await pull(registry);
    expect([response.headers.get("warning"), await response.text()]).toEqual(['299 - "old"', "hi"]);
  });

  it("a broken connection before anything, and in the middle of a download", async () => {
    await using registry = await faulty([{ times: 1, action: reset() }, ...onBlobs(resetDownload(1000))]);
    await expect(pull(registry)).rejects.toThrow();
    const response = await pull(registry);
    expect(response.headers.get("content-length")).toBe("100000");
    await expect(bytesOf(response)).rejects.toThrow();
    expect(registry.requests[0]?.status).toBeUndefined();
  });

  it("a broken connection in the middle of an upload, of which the registry has a part", async () => {
    await using registry = await faulty([{ when: { method: "PATCH" }, action: resetUpload(10_000) }]);
    const client = clientOf(registry.url);
    const location = (await client("POST", `/v2/${name}/blobs/uploads/`)).headers.location ?? "";
    await expect(client("PATCH", location, { body: blob.bytes })).rejects.toThrow();
    const { headers } = await client("GET", location);
    expect(Number(String(headers.range).slice(2))).toBeLessThan(10_000);
  });

  it("a body cut off, seen or unseen", async () => {
    await using cut = await faulty(onBlobs(truncate(500)));
    await expect(pull(cut).then(bytesOf)).rejects.toThrow();
    await using clean = await faulty(onBlobs(truncate(500, { clean: true })));
    expect(await pull(clean).then(bytesOf)).toEqual(blob.bytes.subarray(0, 500));
  });

  it("wrong bytes, and bytes too many", async () => {
    await using wrong = await faulty(onBlobs(corrupt(70_000)));
    const body = await pull(wrong).then(bytesOf);
    expect(body.byteLength).toBe(100_000);
    expect([...body.entries()].filter(([at, byte]) => byte !== blob.bytes[at]).map(([at]) => at)).toEqual([70_000]);
    await using random = await faulty(onBlobs(corrupt()));
    expect((await pull(random).then(bytesOf)).equals(blob.bytes)).toBe(false);
    await using longer = await faulty(onBlobs(append("more")));
    expect((await pull(longer).then(bytesOf)).subarray(100_000).toString()).toBe("more");
  });

  it("a body that is slow, that stands still, or that comes late", async () => {
    const time = async (action: FaultAction, signal?: AbortSignal) => {
      await using registry = await faulty(onBlobs(action));
      const started = performance.now();
      await pull(registry, signal === undefined ? {} : { signal }).then(bytesOf);
      return performance.now() - started;
    };
    expect(await time(slow(500_000))).toBeGreaterThan(150);
    expect(await time(late(120))).toBeGreaterThan(110);
    await expect(time(stall(10), AbortSignal.timeout(100))).rejects.toThrow();
  });

  it("headers that lie or are missing", async () => {
    const changes = {
      "docker-content-digest": blobOf(1).digest,
      "Content-Type": undefined,
      "Content-Length": "99999999",
    };
    await using registry = await faulty([{ when: { method: "HEAD" }, action: lie(changes) }]);
    const { headers } = await pull(registry, { method: "HEAD" });
    expect(headers.get("docker-content-digest")).toBe(changes["docker-content-digest"]);
    expect([headers.get("content-type"), headers.get("content-length")]).toEqual([null, "99999999"]);
  });

  it("a redirect to another origin, which remembers what it was sent", async () => {
    await using other = await faulty();
    await using registry = await faulty(onBlobs(redirectTo(other.url)));
    const response = await pull(registry, { redirect: "follow", headers: { Authorization: "Bearer secret" } });
    expect((await bytesOf(response)).equals(blob.bytes)).toBe(true);
    expect(registry.requests[0]).toMatchObject({ status: 307, headers: { authorization: "Bearer secret" } });
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe("quirks of registries", () => {
  const subject = blobOf("{}");
  const referrer = manifestOf({ config: subject, extra: { subject: descriptorOf(subject) } });
  const attach = async (faults: readonly Fault[]) => {
    const registry = await faulty(faults);
    const client = clientOf(registry.url);
    await pushBlob(client, name, subject);
    const pushed = await pushManifest(client, name, referrer);
    const referrers = await client("GET", `/v2/${name}/referrers/${subject.digest}`);
    return { registry, client, header: pushed.headers["oci-subject"], referrers };
  };

  it.each([
    ["of before 1.1", withoutReferrers(), false, 404],
    ["like ECR", likeEcr(), true, 404],
    ["like ggcr", likeGgcr(), false, 200],
    ["like GitLab", likeGitlab(), false, 404],
  ])("%s: OCI-Subject and referrers API", async (_what, faults, saysSubject, status) => {
    const { registry, header, referrers } = await attach(faults);
    expect(header).toBe(saysSubject ? subject.digest : undefined);
    expect(referrers.status).toBe(status);
    await registry.close();
  });

  it("like GitLab: the fallback tag answers with the manifest itself", async () => {
    await using registry = await faulty(likeGitlab());
    const client = clientOf(registry.url);
    const manifest = await pushImage(client, name, "v1");
    const answer = await client("GET", `/v2/${name}/manifests/${manifest.digest.replace(":", "-")}`);
    expect(answer).toMatchObject({ status: 200, body: manifest.bytes });
  });

  it("like GHCR: a large chunk gets 416, a large blob is stored", async () => {
    await using registry = await faulty(likeGhcr(1000));
    const client = clientOf(registry.url);
    const location = (await client("POST", `/v2/${name}/blobs/uploads/`)).headers.location ?? "";
    expect((await client("PATCH", location, { body: Buffer.alloc(1001) })).status).toBe(416);
    expect((await client("PATCH", location, { body: Buffer.alloc(1000) })).status).toBe(202);
    expect((await pushBlob(client, name, blobOf(5000))).status).toBe(201);
  });

  it("behind a proxy: every large body gets 413", async () => {
    await using registry = await faulty(behindProxy(1000));
    expect((await pushBlob(clientOf(registry.url), name, blobOf(1001))).status).toBe(413);
    expect((await pushBlob(clientOf(registry.url), name, blobOf(1000))).status).toBe(201);
  });

  it("absolute locations", async () => {
    await using registry = await faulty(withAbsoluteLocations());
    const { headers } = await clientOf(registry.url)("POST", `/v2/${name}/blobs/uploads/`);
    expect(headers.location).toMatch(`${registry.url}/v2/${name}/blobs/uploads/`);
  });

  it("a location that is good for one request only", async () => {
    await using registry = await faulty(withUploadState());
    const client = clientOf(registry.url);
    const first = (await client("POST", `/v2/${name}/blobs/uploads/`)).headers.location ?? "";
    const second = (await client("PATCH", first, { body: blob.bytes })).headers.location ?? "";
    expect(second).not.toBe(first);
    expect((await client("PUT", `${first}&digest=${blob.digest}`)).status).toBe(404);
    expect((await client("PUT", `${second}&digest=${blob.digest}`)).status).toBe(201);
  });
});

describe("Bearer tokens", () => {
  const users = { alice: "pw:1" };
  const login = { Authorization: `Basic ${Buffer.from("alice:pw:1").toString("base64")}` };
  const challengeOf = async (registry: FaultyRegistry, init?: RequestInit) => {
    const response = await fetch(`${registry.url}${path}`, init);
    expect(response.status).toBe(401);
    const header = response.headers.get("www-authenticate") ?? "";
    const parameter = (key: string) => new RegExp(`${key}="([^"]*)"`).exec(header)?.[1];
    return {
      header,
      realm: parameter("realm") ?? "",
      service: parameter("service") ?? "",
      scope: parameter("scope") ?? "",
    };
  };
  const tokenFor = async (registry: FaultyRegistry, init: RequestInit = {}, method = "GET") => {
    const { realm, service, scope } = await challengeOf(registry, { method });
    const response = await fetch(`${realm}?${new URLSearchParams({ service, scope })}`, init);
    // The body is our own server's.
    return (await response.json()) as {
      token?: string;
      access_token?: string;
      expires_in?: number;
      refresh_token?: string;
    };
  };
  const withToken = (token = "") => ({ headers: { Authorization: `Bearer ${token}` } });
  const start = (tokens: NonNullable<FaultyOptions["tokens"]>) =>
    createFaultyRegistry({ tokens: { users, ...tokens } });

  it("are asked for with realm, service and the scope of the request", async () => {
    await using registry = await start({});
    expect(await challengeOf(registry)).toMatchObject({
      realm: registry.tokens?.url,
      service: "stax-registry",
      scope: `repository:${name}:pull`,
    });
    const mount = await fetch(`${registry.url}/v2/a/blobs/uploads/?mount=${blob.digest}&from=b`, { method: "POST" });
    expect(mount.headers.get("www-authenticate")).toContain('scope="repository:a:pull,push repository:b:pull"');
    expect((await fetch(`${registry.url}/v2/`)).headers.get("www-authenticate")).not.toContain("scope");
  });

  it("allow what they were given for, and no more", async () => {
    await using registry = await start({});
    const { token } = await tokenFor(registry);
    expect((await fetch(`${registry.url}${path}`, withToken(token))).status).toBe(404);
    const denied = await fetch(`${registry.url}${path}`, { method: "DELETE", ...withToken(token) });
    expect(denied.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
    const { token: allowed } = await tokenFor(registry, { headers: login }, "DELETE");
    expect((await fetch(`${registry.url}${path}`, { method: "DELETE", ...withToken(allowed) })).status).toBe(404);
  });

  it("are given to nobody with a wrong password", async () => {
    await using registry = await start({ anonymousPull: false });
    const wrong = { Authorization: `Basic ${Buffer.from("alice:no").toString("base64")}` };
    expect(await tokenFor(registry, { headers: wrong })).not.toHaveProperty("token");
    const { token } = await tokenFor(registry);
    expect((await fetch(`${registry.url}${path}`, withToken(token))).status).toBe(401);
    expect(registry.tokens?.requests).toMatchObject([{ status: 401 }, { status: 200, authorization: undefined }]);
  });

  it("end after their time, or at once", async () => {
    await using registry = await start({ ttl: 0.15 });
    const { token, expires_in } = await tokenFor(registry);
    expect(expires_in).toBe(1);
    expect((await fetch(`${registry.url}${path}`, withToken(token))).status).toBe(404);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await challengeOf(registry, withToken(token))).header).toContain('error="invalid_token"');
    const next = await tokenFor(registry);
    registry.tokens?.revokeAll();
    expect((await fetch(`${registry.url}${path}`, withToken(next.token))).status).toBe(401);
  });

  it("come in the field that is asked for, with or without their time, and with refresh tokens", async () => {
    await using registry = await start({ field: "access_token", silentTtl: true, refresh: true });
    const first = await tokenFor(registry, { headers: login });
    expect(Object.keys(first).sort()).toEqual(["access_token", "refresh_token"]);
    const form = {
      grant_type: "refresh_token",
      refresh_token: first.refresh_token ?? "",
      scope: `repository:${name}:pull`,
    };
    const refreshed = await fetch(registry.tokens?.url ?? "", { method: "POST", body: new URLSearchParams(form) });
    const { access_token } = (await refreshed.json()) as { access_token: string };
    expect((await fetch(`${registry.url}${path}`, withToken(access_token))).status).toBe(404);
    const stolen = await fetch(registry.tokens?.url ?? "", {
      method: "POST",
      body: new URLSearchParams({ refresh_token: "x" }),
    });
    expect(stolen.status).toBe(401);
  });

  it("are asked for by a realm elsewhere, when told so", async () => {
    await using registry = await start({ realm: "http://169.254.169.254/token" });
    expect((await challengeOf(registry)).realm).toBe("http://169.254.169.254/token");
  });
});

describe("randomFaults", () => {
  it("hit about the share that is asked for", async () => {
    await using registry = await faulty(randomFaults(0.9));
    let wrong = 0;
    for (let at = 0; at < 60; at++) {
      const body = await pull(registry)
        .then(bytesOf)
        .catch(() => undefined);
      if (body?.equals(blob.bytes) !== true) wrong++;
    }
    expect(wrong).toBeGreaterThan(15);
    expect(wrong).toBeLessThan(55);
  });
});

describe("createRandom", () => {
  it("spreads evenly", () => {
    const random = createRandom(42);
    const counts = new Array<number>(10).fill(0);
    for (let at = 0; at < 10_000; at++) {
      const bucket = Math.floor(random() * 10);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1200);
  });
});
