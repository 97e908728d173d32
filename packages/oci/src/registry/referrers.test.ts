import { fork } from "node:child_process";
import { join } from "node:path";
import { answerWith, fail, lie, likeEcr, likeGgcr, likeGitlab, withoutReferrers } from "@stax/registry/faults";
import { describe, expect, it } from "vitest";
import { describeBytes, pushArtifact, pushBytes, pushIndex, pushJson, text } from "../artifact.fixture.ts";
import {
  bytesContent,
  copy,
  type Descriptor,
  emptyBytes,
  emptyDescriptor,
  MemoryStore,
  mediaTypes,
  type Repository,
} from "../index.ts";
import { fallbackTagOf } from "./referrers/fallback-index.ts";
import { createClient, requestsOf, script, serve } from "./registry.fixture.ts";

const digestsOf = (list: readonly Descriptor[]): string[] => list.map(({ digest }) => digest);
const attach = (repository: Repository, subject: Descriptor, name: string, annotations: Record<string, string> = {}) =>
  pushArtifact(repository, name, { subject, annotations });

const quirks = [
  ["with the API", []],
  ["without the API", withoutReferrers()],
  ["that claims the API and has none (ECR)", likeEcr()],
  ["that has the API and does not say so (go-containerregistry)", likeGgcr()],
] as const;

describe("referrers", () => {
  it.each(quirks)("S02-33 X-18 are found at a registry %s, with type and annotations", async (_, faults) => {
    await using served = await serve({ faults });
    const repository = served.repository();
    const subject = await pushArtifact(repository, "subject");
    const signature = await attach(repository, subject, "signature", { by: "alice" });
    const sbom = await attach(repository, subject, "sbom");
    const found = await served.repository().predecessors(subject);
    expect(digestsOf(found)).toEqual([signature.digest, sbom.digest].sort());
    expect(found.find(({ digest }) => digest === signature.digest)).toMatchObject({
      artifactType: signature.artifactType,
      annotations: { by: "alice" },
    });
    const filtered = await repository.predecessors(subject, { artifactType: sbom.artifactType });
    expect(digestsOf(filtered)).toEqual([sbom.digest]);
  });

  it.each(quirks)("S02-33 leave the list when they are deleted from a registry %s", async (_, faults) => {
    await using served = await serve({ faults });
    const repository = served.repository();
    const subject = await pushArtifact(repository, "subject");
    const [one, two] = [await attach(repository, subject, "one"), await attach(repository, subject, "two")];
    expect(await repository.delete(one)).toBe(true);
    expect(digestsOf(await repository.predecessors(subject))).toEqual([two.digest]);
    expect(await repository.delete(two)).toBe(true);
    expect(await repository.predecessors(subject)).toEqual([]);
  });

  it("take the artifact type of the config where there is no other, and of an index", async () => {
    await using served = await serve({ faults: withoutReferrers() });
    const repository = served.repository();
    const subject = await pushArtifact(repository, "subject");
    const config = await pushBytes(repository, text("{}x"), "application/vnd.test.config");
    await pushJson(
      repository,
      { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [], subject },
      mediaTypes.manifest,
    );
    await pushJson(
      repository,
      {
        schemaVersion: 2,
        mediaType: mediaTypes.index,
        artifactType: "application/vnd.test.index",
        manifests: [],
        subject,
      },
      mediaTypes.index,
    );
    const types = (await repository.predecessors(subject)).map(({ artifactType }) => artifactType);
    expect(types.sort()).toEqual(["application/vnd.test.config", "application/vnd.test.index"]);
  });

  it("S02-33 ten attached at once are all there, with a handful of writes", async () => {
    await using served = await serve({ faults: withoutReferrers() });
    const repository = served.repository();
    const subject = await pushArtifact(repository, "subject");
    const many = await Promise.all(
      Array.from({ length: 10 }, (_, at) => attach(repository, subject, "signature", { at: `${at}` })),
    );
    expect(digestsOf(await repository.predecessors(subject))).toEqual(digestsOf(many).sort());
    const writes = requestsOf(served, "PUT", "manifest").filter(({ url }) =>
      url.endsWith(fallbackTagOf(subject.digest)),
    );
    expect(writes.length).toBeLessThanOrEqual(10);
  });

  it("S02-33 what ten processes attach at once is all there, or its process was told", async () => {
    await using served = await serve({
      faults: [...withoutReferrers(), { when: { method: "PUT" }, action: lie({ "OCI-Subject": undefined }) }],
    });
    const repository = served.repository();
    const subject = await pushArtifact(repository, "subject");
    const processes = Number(process.env.STAX_SOAK_PROCESSES ?? 4);
    const script = join(import.meta.dirname, "attach.fixture.ts");
    const runs = Array.from(
      { length: processes },
      (_, at) =>
        new Promise<readonly string[]>((resolve, reject) => {
          const child = fork(script, [served.registry.host, JSON.stringify(subject), `${at}`, "3"], {
            execArgv: ["--conditions=stax:source"],
            stdio: ["ignore", "ignore", "inherit", "ipc"],
          });
          let attached: readonly string[] = [];
          child.on("message", (message) => {
            attached = Array.isArray(message) ? message.map(String) : [];
          });
          child.on("error", reject);
          child.on("exit", () => resolve(attached));
        }),
    );
    const attached = (await Promise.all(runs)).flat();
    const found = new Set(digestsOf(await repository.predecessors(subject)));
    expect(attached.filter((digest) => !found.has(digest as Descriptor["digest"]))).toEqual([]);
    expect(attached.length).toBeGreaterThan(0);
  }, 60_000);

  it("a registry that takes the fallback tag for the digest invents no referrers (GitLab)", async () => {
    await using served = await serve({ faults: likeGitlab() });
    const repository = served.repository();
    const index = await pushIndex(repository, [await pushArtifact(repository, "part")]);
    expect(await repository.predecessors(index)).toEqual([]);
    await expect(attach(repository, index, "signature")).rejects.toMatchObject({
      code: "ERR_STAX_REFERRERS_UNSUPPORTED",
    });
  });

  it("a tag that holds something else than an index is left alone", async () => {
    await using served = await serve({ faults: withoutReferrers() });
    const repository = served.repository();
    const subject = await pushArtifact(repository, "subject");
    const other = await pushArtifact(repository, "other");
    await repository.tag(other, fallbackTagOf(subject.digest));
    expect(await repository.predecessors(subject)).toEqual([]);
    await expect(attach(repository, subject, "signature")).rejects.toMatchObject({
      code: "ERR_STAX_REFERRERS_UNSUPPORTED",
    });
    expect(await repository.resolve(fallbackTagOf(subject.digest))).toMatchObject({ digest: other.digest });
  });

  it("no fallback tag is written where it is not wanted, and nothing is pushed", async () => {
    await using served = await serve({ faults: withoutReferrers() });
    const repository = served.repository("team/agent", { fallbackTag: false });
    const subject = await pushArtifact(repository, "subject");
    await repository.tag(subject, "v1");
    await repository.push(emptyDescriptor, bytesContent(emptyBytes));
    served.log();
    await expect(attach(repository, subject, "signature")).rejects.toMatchObject({
      code: "ERR_STAX_REFERRERS_UNSUPPORTED",
    });
    expect(served.log().filter((line) => line === "PUT manifest")).toEqual([]);
    expect(await repository.tags()).toEqual(["v1"]);
  });

  it("an answer of another type is no list of referrers: the tag is", async () => {
    const page = answerWith({ status: 200, headers: { "Content-Type": "text/html" }, body: "<html>" });
    await using served = await serve({ faults: [{ when: { kind: "referrers" }, action: page }] });
    const repository = served.repository();
    const subject = await pushArtifact(repository, "subject");
    const signature = await attach(repository, subject, "signature");
    expect(digestsOf(await repository.predecessors(subject))).toEqual([signature.digest]);
  });

  it("an empty artifact type in the list is looked up in the manifest (cosign 2.5)", async () => {
    await using served = await serve({ faults: withoutReferrers() });
    const repository = served.repository();
    const subject = await pushArtifact(repository, "subject");
    const signature = await attach(repository, subject, "signature", { by: "bob" });
    const { mediaType, digest, size } = signature;
    const list = {
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [{ mediaType, digest, size, artifactType: mediaTypes.empty }],
    };
    await repository.tag(await pushJson(repository, list, mediaTypes.index), fallbackTagOf(subject.digest));
    expect(await repository.predecessors(subject, { artifactType: signature.artifactType })).toMatchObject([
      { digest, artifactType: signature.artifactType, annotations: { by: "bob" } },
    ]);
  });

  it("are filtered here when the registry does not", async () => {
    await using served = await serve({
      faults: [
        { when: { kind: "referrers" }, action: { name: "no filter", rewrite: (url) => url.replace(/\?.*/, "") } },
      ],
    });
    const repository = served.repository();
    const subject = await pushArtifact(repository, "subject");
    const [one] = [await attach(repository, subject, "one"), await attach(repository, subject, "two")];
    expect(digestsOf(await repository.predecessors(subject, { artifactType: one.artifactType }))).toEqual([one.digest]);
    expect(requestsOf(served, "GET", "referrers").at(-1)?.url).toContain("artifactType=application%2Fvnd.test.one");
  });

  it("come page by page", async () => {
    await using served = await serve({ registry: { pageSize: 2 } });
    const repository = served.repository();
    const subject = await pushArtifact(repository, "subject");
    const many = [];
    for (let at = 0; at < 7; at++) many.push(await attach(repository, subject, "signature", { at: `${at}` }));
    expect(digestsOf(await repository.predecessors(subject))).toEqual(digestsOf(many).sort());
  });

  it("10,000 of them are listed, and a list without an end is not", async () => {
    const entry = (at: number) => ({
      ...describeBytes(text(`${at}`)),
      mediaType: mediaTypes.manifest,
      artifactType: "a/b",
    });
    await using flood = await script((request, response) => {
      const page = Number(new URL(request.url ?? "", "http://x").searchParams.get("page") ?? 0);
      const isLast = request.url?.includes("short") === true && page === 9;
      const headers = {
        "content-type": mediaTypes.index,
        ...(!isLast && { link: `<${request.url?.split("?")[0]}?page=${page + 1}>; rel="next"` }),
      };
      response.writeHead(200, headers).end(
        JSON.stringify({
          schemaVersion: 2,
          manifests: Array.from({ length: 1000 }, (_, at) => entry(page * 1000 + at)),
        }),
      );
    });
    using client = createClient();
    const subject = describeBytes(text("subject"), mediaTypes.manifest);
    expect(await client.repository({ registry: flood.host, repository: "short" }).predecessors(subject)).toHaveLength(
      10_000,
    );
    await expect(
      client.repository({ registry: flood.host, repository: "long" }).predecessors(subject),
    ).rejects.toMatchObject({ code: "ERR_STAX_RESPONSE_INVALID" });
  });

  it("a failing registry is no registry without referrers", async () => {
    await using served = await serve({ faults: [{ when: { kind: "referrers" }, action: fail(500) }] });
    const subject = describeBytes(text("subject"), mediaTypes.manifest);
    await expect(served.repository().predecessors(subject)).rejects.toMatchObject({ code: "ERR_STAX_REGISTRY_FAILED" });
  });

  it("S02-33 travel along with a copy, to a registry without the API and back", async () => {
    await using served = await serve({ faults: withoutReferrers() });
    const store = new MemoryStore();
    const subject = await pushArtifact(store, "subject");
    await store.tag(subject, "v1");
    const signature = await pushArtifact(store, "signature", { subject });
    await copy(store, "v1", served.repository(), "v1", { referrers: true });
    const back = new MemoryStore();
    await copy(served.repository(), "v1", back, "v1", { referrers: true });
    expect(digestsOf(await back.predecessors(subject))).toEqual([signature.digest]);
  });

  it("a manifest is pushed even when the registry lies about its subject", async () => {
    await using served = await serve({
      faults: [
        { when: { method: "PUT", kind: "manifest" }, action: lie({ "OCI-Subject": `sha256:${"0".repeat(64)}` }) },
      ],
    });
    const repository = served.repository();
    const subject = await pushArtifact(repository, "subject");
    const signature = await attach(repository, subject, "signature");
    expect(digestsOf(await repository.predecessors(subject))).toEqual([signature.digest]);
  });
});
