import { execFile, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeBytes, pushArtifact, pushBytes, pushJson, text } from "../artifact.fixture.ts";
import {
  bytesContent,
  type Credential,
  copy,
  type Descriptor,
  digestOf,
  fetchBytes,
  LayoutStore,
  MemoryStore,
  mediaTypes,
  type Pusher,
  RegistryClient,
  type RegistryClientOptions,
  type Repository,
} from "../index.ts";
import { startJwtServer } from "./jwt-server.fixture.ts";
import {
  type Certificates,
  makeCertificates,
  type Server,
  startDockerRegistry,
  startOlareg,
} from "./servers.fixture.ts";
import { describeWith, programOf, type ToolName } from "./tools.fixture.ts";

const run = promisify(execFile);
const alice: Credential = { kind: "basic", username: "alice", password: "s3cr3t:pw" };
const users = { alice: "s3cr3t:pw" };
let directory = "";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "stax-interop-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const connected = (options: RegistryClientOptions = {}) => new RegistryClient({ env: {}, ...options });

/** An image that every tool takes: a real config, a compressed layer. */
async function pushImage(store: Pusher, name: string): Promise<Descriptor> {
  const tar = Buffer.alloc(10_240);
  const layer = await pushBytes(store, gzipSync(tar), "application/vnd.oci.image.layer.v1.tar+gzip");
  const rootfs = { type: "layers", diff_ids: [digestOf(tar)] };
  const config = await pushJson(
    store,
    { architecture: "amd64", os: "linux", config: { Labels: { name } }, rootfs },
    mediaTypes.config,
  );
  return pushJson(
    store,
    { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] },
    mediaTypes.manifest,
  );
}

/** Pushes an artifact under `v1` and pulls it again; nothing may have changed. */
async function roundTrip(repository: Repository): Promise<Descriptor> {
  const store = new MemoryStore();
  const root = await pushArtifact(store, "agent", { layers: ["one", randomBytes(20).toString("hex")] });
  await store.tag(root, "v1");
  await copy(store, "v1", repository);
  const back = new MemoryStore();
  expect(await copy(repository, "v1", back)).toMatchObject({ digest: root.digest });
  expect(await fetchBytes(back, root)).toEqual(await fetchBytes(store, root));
  expect(await repository.tags()).toContain("v1");
  return root;
}

describeWith(["docker-registry"], "docker-registry 2.8", () => {
  it("S02-33 X-18 keeps artifacts, and referrers under the fallback tag", async () => {
    await using server = await startDockerRegistry({ directory });
    using client = connected();
    const repository = client.repository({ registry: server.host, repository: "team/agent" });
    const root = await roundTrip(repository);
    const many = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        pushArtifact(repository, "signature", { subject: root, annotations: { at: `${at}` } }),
      ),
    );
    const found = await repository.predecessors(root);
    expect(found.map(({ digest }) => digest)).toEqual(many.map(({ digest }) => digest).sort());
    expect(found[0]).toMatchObject({
      artifactType: "application/vnd.test.signature",
      annotations: { at: expect.any(String) },
    });
    const [first] = many;
    if (first !== undefined) expect(await repository.delete(first)).toBe(true);
    expect(await repository.predecessors(root)).toHaveLength(9);
  });

  it("S02-33 shows every referrer that ten processes attach at once", async () => {
    await using server = await startDockerRegistry({ directory });
    using client = connected();
    const repository = client.repository({ registry: server.host, repository: "team/agent" });
    const subject = await pushArtifact(repository, "subject");
    const script = join(import.meta.dirname, "../registry/attach.fixture.ts");
    const lists = await Promise.all(
      Array.from(
        { length: 10 },
        (_, at) =>
          new Promise<readonly string[]>((resolve) => {
            const child = fork(script, [server.host, JSON.stringify(subject), `${at}`, "2"], {
              execArgv: ["--conditions=stax:source"],
            });
            let attached: readonly string[] = [];
            child.on("message", (message) => {
              attached = Array.isArray(message) ? message.map(String) : [];
            });
            child.on("exit", () => resolve(attached));
          }),
      ),
    );
    const found = (await repository.predecessors(subject)).map(({ digest }) => String(digest));
    expect(lists.flat().filter((digest) => !found.includes(digest))).toEqual([]);
  });

  it("X-12 X-19 takes a large blob in chunks and whole, gives it back by ranges, and mounts it", async () => {
    await using server = await startDockerRegistry({ directory });
    using client = connected();
    const bytes = randomBytes(20 * 1024 * 1024);
    const target = describeBytes(bytes);
    const [one, two] = ["a/one", "b/two"].map((repository) => client.repository({ registry: server.host, repository }));
    if (one === undefined || two === undefined) throw new Error("there are two");
    await one.push(target, bytesContent(bytes));
    expect(Buffer.from(await fetchBytes(one, target, { limit: target.size })).equals(bytes)).toBe(true);
    expect(await two.mountFrom(one, target)).toBe(true);
    expect(await two.exists(target)).toBe(true);
  });

  it("says that there is no such repository, tag or blob", async () => {
    await using server = await startDockerRegistry({ directory });
    using client = connected();
    const repository = client.repository({ registry: server.host, repository: "nothing" });
    await expect(repository.resolve("v1")).rejects.toMatchObject({ code: "ERR_STAX_REFERENCE_NOT_FOUND" });
    await expect(repository.tags()).rejects.toMatchObject({ code: "ERR_STAX_REPOSITORY_NOT_FOUND" });
    expect(await repository.exists(describeBytes(text("x")))).toBe(false);
  });

  it("that is read-only says so", async () => {
    const data = join(directory, "shared-data");
    await using writable = await startDockerRegistry({ directory, data });
    await using server = await startDockerRegistry({ directory, data, readOnly: true });
    using client = connected();
    await roundTrip(client.repository({ registry: writable.host, repository: "team/agent" }));
    const repository = client.repository({ registry: server.host, repository: "team/agent" });
    await copy(repository, "v1", new MemoryStore());
    await expect(pushArtifact(repository, "new")).rejects.toMatchObject({ code: "ERR_STAX_REGISTRY_READ_ONLY" });
  });

  it("X-07 that redirects blobs elsewhere gets no credentials there", async () => {
    const data = join(directory, "redirected-data");
    const seen: (string | undefined)[] = [];
    let origin = "";
    const store = createServer((request, response) => {
      seen.push(request.headers.authorization);
      // /docker/registry/v2/blobs/sha256/ab/ab…/data
      response
        .writeHead(307, {
          location: `http://${origin}/v2/team/agent/blobs/sha256:${(request.url ?? "").split("/").at(-2)}`,
        })
        .end();
    });
    await new Promise<void>((resolve) => store.listen(0, "127.0.0.1", resolve));
    const address = store.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await using plain = await startDockerRegistry({ directory, data });
    origin = plain.host;
    await using server = await startDockerRegistry({
      directory,
      data,
      htpasswd: users,
      redirect: `http://127.0.0.1:${port}/`,
    });
    using client = connected({ credentials: async () => alice });
    await roundTrip(client.repository({ registry: server.host, repository: "team/agent" }));
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.filter((header) => header !== undefined)).toEqual([]);
    store.close();
  });
});

describeWith(["docker-registry", "openssl", "htpasswd"], "docker-registry behind TLS and passwords", () => {
  let certificates: Certificates;
  beforeAll(async () => {
    await mkdir(join(directory, "tls"), { recursive: true });
    certificates = makeCertificates(join(directory, "tls"));
  });

  it("X-08 X-11 takes htpasswd users over TLS with a CA of its own", async () => {
    await using server = await startDockerRegistry({ directory, tls: certificates, htpasswd: users });
    using client = connected({ credentials: async () => alice, caFile: certificates.ca, plainHttp: false });
    await roundTrip(client.repository({ registry: server.host, repository: "team/agent" }));
    using nobody = connected({ caFile: certificates.ca, plainHttp: false });
    await expect(
      nobody.repository({ registry: server.host, repository: "team/agent" }).resolve("v1"),
    ).rejects.toMatchObject({ code: "ERR_STAX_AUTH_REQUIRED", hint: `stax login ${server.host}` });
    using wrong = connected({
      caFile: certificates.ca,
      plainHttp: false,
      credentials: async () => ({ ...alice, password: "wrong" }) as Credential,
    });
    await expect(wrong.ping(server.host)).rejects.toMatchObject({ code: "ERR_STAX_AUTH_FAILED" });
    using stranger = connected({ plainHttp: false });
    await expect(stranger.ping(server.host)).rejects.toMatchObject({ code: "ERR_STAX_CERTIFICATE_INVALID" });
  });

  it("X-08 X-12 takes Bearer tokens that live five seconds through a push that takes longer", async () => {
    await using tokens = await startJwtServer({ certificates, users, ttl: 5 });
    await using server = await startDockerRegistry({
      directory,
      tokens: { realm: tokens.realm, certificate: certificates.ca },
    });
    using client = connected({ credentials: async () => alice });
    const repository = client.repository({ registry: server.host, repository: "team/agent" });
    class Slow extends MemoryStore {
      override async fetch(target: Descriptor): ReturnType<MemoryStore["fetch"]> {
        await new Promise((resolve) => setTimeout(resolve, target.mediaType === "text/plain" ? 2500 : 0));
        return super.fetch(target);
      }
    }
    const slow = new Slow();
    const layers = Array.from({ length: 4 }, (_, at) => `layer ${at}`);
    await slow.tag(await pushArtifact(slow, "agent", { layers }), "v1");
    await copy(slow, "v1", repository, "v1", { concurrency: 1 });
    await copy(repository, "v1", new MemoryStore());
    expect(tokens.asked.length).toBeGreaterThan(2);
    expect(tokens.asked).toContain("repository:team/agent:pull,push");
  });
});

describeWith(["olareg"], "olareg (a registry with the referrers API)", () => {
  it("S02-33 keeps artifacts and lists their referrers, filtered", async () => {
    await mkdir(join(directory, "olareg"), { recursive: true });
    await using server = await startOlareg(join(directory, "olareg"));
    using client = connected();
    const repository = client.repository({ registry: server.host, repository: "team/agent" });
    const root = await roundTrip(repository);
    const signature = await pushArtifact(repository, "signature", { subject: root, annotations: { by: "alice" } });
    const sbom = await pushArtifact(repository, "sbom", { subject: root });
    expect((await repository.predecessors(root)).map(({ digest }) => digest)).toEqual(
      [signature.digest, sbom.digest].sort(),
    );
    const [found] = await repository.predecessors(root, { artifactType: signature.artifactType });
    expect(found).toMatchObject({ digest: signature.digest, annotations: { by: "alice" } });
    expect((await repository.tags()).filter((tag) => tag.startsWith("sha256-"))).toEqual([]);
    expect(await repository.delete(signature)).toBe(true);
    expect((await repository.predecessors(root)).map(({ digest }) => digest)).toEqual([sbom.digest]);
  });
});

/** How a client copies between a layout and a registry. */
interface Foreign {
  readonly tool: ToolName;
  push(layout: string, reference: string): Promise<unknown>;
  /** Into a fresh layout under the tag `v1`. */
  pull(reference: string, layout: string): Promise<unknown>;
}

const foreign: readonly Foreign[] = [
  {
    tool: "skopeo",
    push: (layout, reference) =>
      run(
        "skopeo",
        ["--insecure-policy", "copy", "--dest-tls-verify=false", `oci:${layout}:v1`, `docker://${reference}`],
        { env: { ...process.env, HOME: directory } },
      ),
    pull: (reference, layout) =>
      run(
        "skopeo",
        ["--insecure-policy", "copy", "--src-tls-verify=false", `docker://${reference}`, `oci:${layout}:v1`],
        { env: { ...process.env, HOME: directory } },
      ),
  },
  {
    tool: "oras",
    push: (layout, reference) =>
      run(programOf("oras"), ["cp", "--from-oci-layout", "--to-plain-http", `${layout}:v1`, reference]),
    pull: (reference, layout) =>
      run(programOf("oras"), ["cp", "--to-oci-layout", "--from-plain-http", reference, `${layout}:v1`]),
  },
  {
    tool: "crane",
    push: (layout, reference) => run(programOf("crane"), ["push", "--insecure", layout, reference]),
    pull: (reference, layout) => run(programOf("crane"), ["pull", "--insecure", "--format=oci", reference, layout]),
  },
  {
    tool: "regctl",
    push: async (layout, reference) =>
      run(programOf("regctl"), [
        "image",
        "copy",
        "--host",
        `reg=${reference.split("/")[0]},tls=disabled`,
        `ocidir://${layout}:v1`,
        reference,
      ]),
    pull: async (reference, layout) =>
      run(programOf("regctl"), [
        "image",
        "copy",
        "--host",
        `reg=${reference.split("/")[0]},tls=disabled`,
        reference,
        `ocidir://${layout}:v1`,
      ]),
  },
];

const servers: readonly { readonly name: ToolName; start(): Promise<Server> }[] = [
  { name: "docker-registry", start: () => startDockerRegistry({ directory }) },
  {
    name: "olareg",
    start: async () => {
      const path = await mkdtemp(join(directory, "olareg-"));
      return startOlareg(path);
    },
  },
];

describe("other clients", () => {
  for (const server of servers) {
    for (const { tool, push, pull } of foreign) {
      describeWith([server.name, tool], `${tool} at ${server.name}`, () => {
        it("X-17 pulls what we push, and pushes what we pull: the digests stay", async () => {
          await using registry = await server.start();
          using client = connected();
          const work = await mkdtemp(join(directory, "client-"));
          const ours = await LayoutStore.open(join(work, "ours"), { create: true });
          const image = await pushImage(ours, `${tool} ${server.name}`);
          await ours.tag(image, "v1");
          const pushed = client.repository({ registry: registry.host, repository: "from/us" });
          await copy(ours, "v1", pushed);
          await pull(`${registry.host}/from/us:v1`, join(work, "theirs"));
          const theirs = await LayoutStore.open(join(work, "theirs"));
          const [entry] = await theirs.list();
          expect(entry?.descriptor.digest).toBe(image.digest);
          await push(join(work, "ours"), `${registry.host}/from/them:v1`);
          const back = new MemoryStore();
          expect(
            await copy(client.repository({ registry: registry.host, repository: "from/them" }), "v1", back),
          ).toMatchObject({ digest: image.digest });
        });
      });
    }
  }

  describeWith(["docker-registry", "oras"], "oras", () => {
    it("S02-33 X-18 finds our referrers under the fallback tag, and we find those that it attaches", async () => {
      await using registry = await startDockerRegistry({ directory });
      using client = connected();
      const repository = client.repository({ registry: registry.host, repository: "team/agent" });
      const root = await pushArtifact(repository, "agent");
      await repository.tag(root, "v1");
      const ours = await pushArtifact(repository, "signature", { subject: root });
      const reference = `${registry.host}/team/agent:v1`;
      await writeFile(join(directory, "note.txt"), "hello");
      await run(
        programOf("oras"),
        ["attach", "--plain-http", "--artifact-type", "application/vnd.test.note", reference, "note.txt:text/plain"],
        { cwd: directory },
      );
      const { stdout } = await run(programOf("oras"), ["discover", "--plain-http", "--format", "json", reference]);
      const listed: { manifests: { digest: string }[] } = JSON.parse(stdout);
      const found = await repository.predecessors(root);
      expect(found.map(({ digest }) => digest)).toEqual(listed.manifests.map(({ digest }) => digest).sort());
      expect(found).toHaveLength(2);
      expect(found.map(({ digest }) => digest)).toContain(ours.digest);
    });

    it("X-17 reads an artifact with layers of its own types that we push", async () => {
      await using registry = await startDockerRegistry({ directory });
      using client = connected();
      const repository = client.repository({ registry: registry.host, repository: "team/agent" });
      const root = await roundTrip(repository);
      const out = await mkdtemp(join(directory, "blobs-"));
      await run(programOf("oras"), [
        "cp",
        "--from-plain-http",
        "--to-oci-layout",
        `${registry.host}/team/agent:v1`,
        `${join(out, "layout")}:v1`,
      ]);
      expect(await (await LayoutStore.open(join(out, "layout"))).resolve("v1")).toMatchObject({ digest: root.digest });
    });
  });

  describeWith(["docker-registry", "umoci", "skopeo"], "umoci", () => {
    it("X-17 unpacks an image that we pulled into a layout", async () => {
      await using registry = await startDockerRegistry({ directory });
      using client = connected();
      const repository = client.repository({ registry: registry.host, repository: "team/image" });
      await repository.tag(await pushImage(repository, "umoci"), "v1");
      const layout = await LayoutStore.open(join(directory, "for-umoci"), { create: true });
      await copy(repository, "v1", layout);
      await run("umoci", [
        "unpack",
        "--rootless",
        "--image",
        `${join(directory, "for-umoci")}:v1`,
        join(directory, "bundle"),
      ]);
      expect(await readdir(join(directory, "bundle"))).toContain("config.json");
    });
  });
});
