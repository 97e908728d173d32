import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agentFiles, personaFiles, write } from "./project.fixture.ts";
import { built } from "./registry.fixture.ts";

describe("stax copy", () => {
  it("goes between registries, layouts and archives and keeps the digest", async () => {
    const { run, json, host } = await built();
    const up = await json(["copy", "helper", `${host}/acme/helper:1.2.3`]);
    expect(up.json.data).toMatchObject({ target: `${host}/acme/helper`, tag: "1.2.3" });
    const down = await json(["copy", `${host}/acme/helper:1.2.3`, "oci-archive:a.tar"]);
    expect(down.json.data).toMatchObject({ digest: up.json.data.digest, tag: "helper:1.2.3" });
    const back = await json(["copy", "oci-archive:a.tar", `${host}/back/helper:1`]);
    expect(back.json.data).toMatchObject({ digest: up.json.data.digest, tag: "1" });
    const wrong = `sha256:${"0".repeat(64)}`;
    expect((await run(["copy", "helper", `${host}/acme/helper@${wrong}`])).code).toBe(1);
  });

  it("takes one persona out of an index", async () => {
    const { json, host } = await built({ ...agentFiles(), ...personaFiles }, "--all-personas", "--index");
    const copied = await json(["copy", "helper:1.2.3-personas", `${host}/acme/bo:1`, "--persona", "bo"]);
    const own = await json(["inspect", "helper:1.2.3-bo"]);
    expect(copied.json.data.digest).toBe(own.json.data.digest);
  });
});

describe("stax tag, tags and referrers", () => {
  it("tags in registries, layouts and archives, and moves a tag only with --force", async () => {
    const { run, json, host, cwd } = await built();
    await run(["push", `${host}/acme/helper:1.2.3`]);
    await run(["copy", "helper", "oci-archive:a.tar"]);
    const digest = (await json(["inspect", "helper"])).json.data.digest;
    const cases: [string, string, string][] = [
      [`${host}/acme/helper:1.2.3`, "stable", `${host}/acme/helper:stable`],
      ["helper:1.2.3", "helper:stable", "helper:stable"],
      ["oci-archive:a.tar", "helper:stable", "oci-archive:a.tar:stable"],
    ];
    for (const [target, full, found] of cases) {
      const tagged = await json(["tag", target, "stable"]);
      expect(tagged.json.data).toMatchObject({ tag: full, digest });
      expect((await json(["inspect", found])).json.data.digest).toBe(digest);
    }
    write(cwd, { "agent.json": agentFiles({ version: "2.0.0" })["agent.json"] ?? "" });
    await run(["build"]);
    await run(["push", `${host}/acme/helper:2.0.0`]);
    expect((await run(["tag", `${host}/acme/helper:2.0.0`, "stable"])).code).toBe(3);
    expect((await run(["tag", `${host}/acme/helper:2.0.0`, "stable", "--force"])).code).toBe(0);
    const moved = (await json(["inspect", `${host}/acme/helper:stable`])).json.data;
    expect(moved.version).toBe("2.0.0");
    expect((await run(["tag", "helper:2.0.0", "not a tag"])).code).toBe(1);
  });

  it("lists referrers with type and annotations, in registries and layouts, and copy takes them along", async () => {
    const { run, json, host, cwd } = await built();
    await run(["push", `${host}/acme/helper:1.2.3`]);
    const { digest, mediaType, size } = (await json(["inspect", "helper"])).json.data;
    const attached = await attach(host, "acme/helper", { digest, mediaType, size });
    const { json: listed } = await json(["referrers", `${host}/acme/helper:1.2.3`]);
    expect(listed.data).toEqual({
      digest,
      referrers: [expect.objectContaining({ artifactType: "application/vnd.example.note", digest: attached })],
    });
    const text = await run(["referrers", `${host}/acme/helper:1.2.3`, "--artifact-type", "text/none"]);
    expect(text.stdout).toBe(`nothing refers to ${digest}\n`);
    await run(["copy", `${host}/acme/helper:1.2.3`, "oci:./with"]);
    await run(["copy", `${host}/acme/helper:1.2.3`, "oci:./without", "--no-referrers"]);
    const count = async (target: string) => (await json(["referrers", target])).json.data.referrers.length;
    expect(await count("oci:./with:1.2.3")).toBe(1);
    expect(await count("oci:./without:1.2.3")).toBe(0);
    expect(existsSync(join(cwd, "with/blobs/sha256", attached.slice(7)))).toBe(true);
    await run(["push", `${host}/again/helper:1`, "--from", "oci:./with:1.2.3", "--referrers"]);
    expect(await count(`${host}/again/helper:1`)).toBe(1);
  });
});

/** Attaches a note by plain requests, as another tool would. */
async function attach(host: string, name: string, subject: object): Promise<string> {
  const digestOf = (bytes: string) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const url = `http://${host}/v2/${name}`;
  await fetch(`${url}/blobs/uploads/?digest=${digestOf("{}")}`, { method: "POST", body: "{}" });
  const empty = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf("{}"), size: 2 };
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    artifactType: "application/vnd.example.note",
    config: empty,
    layers: [empty],
    subject,
  });
  const headers = { "content-type": "application/vnd.oci.image.manifest.v1+json" };
  const put = await fetch(`${url}/manifests/${digestOf(manifest)}`, { method: "PUT", body: manifest, headers });
  expect(put.status).toBe(201);
  return digestOf(manifest);
}
