import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agentFiles, packageFiles, personaFiles, write } from "./project.fixture.ts";
import { type Bench, built, startBench } from "./registry.fixture.ts";

/** Every blob of a layout, by digest. */
const blobsIn = (layout: string): string[] => readdirSync(join(layout, "blobs/sha256")).map((hex) => `sha256:${hex}`);

const uploaded = ({ requests }: Bench): string[] =>
  requests("PUT", "upload").map(({ url }) => decodeURIComponent(/digest=([^&]+)/.exec(url)?.[1] ?? ""));

describe("stax push", () => {
  it("S13-19 uploads what is built under the reference's name and tag, and says its digest", async () => {
    const { run, json, host } = await built();
    const { code, json: pushed, stderr } = await json(["push", `${host}/acme/helper:1.2.3`]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const local = (await json(["inspect", "helper"])).json.data;
    expect(pushed.data).toMatchObject({
      repository: `${host}/acme/helper`,
      artifacts: [{ reference: `${host}/acme/helper:1.2.3`, tag: "1.2.3", digest: local.digest }],
      kept: 0,
      mounted: 0,
    });
    const there = (await json(["inspect", `${host}/acme/helper:1.2.3`])).json.data;
    expect(there).toEqual(local);
    const text = await run(["push", `${host}/acme/helper:1.2.3`]);
    expect(text).toEqual({
      code: 0,
      stderr: "",
      stdout: `${host}/acme/helper:1.2.3@${local.digest}\n0 objects written (0 B), 1 there before\n`,
    });
  });

  it("finds what to push: the only artifact, the one that --from names, and else it lists what there is", async () => {
    const { json, run, host, cwd } = await built();
    const only = await json(["push", `${host}/acme/other:edge`]);
    expect(only.json.data.artifacts).toMatchObject([{ tag: "edge" }]);
    write(cwd, { "agent.json": agentFiles({ version: "1.3.0" })["agent.json"] ?? "" });
    await run(["build"]);
    const lost = await run(["push", `${host}/acme/other:9`]);
    expect(lost).toMatchObject({ code: 1, stdout: "" });
    expect(lost.stderr).toContain("helper:1.2.3, helper:1.3.0");
    const [project, name, exact] = [
      await json(["push", `${host}/acme/other:9`, "--from", "."]),
      await json(["push", `${host}/acme/other:8`, "--from", "helper:1.2.3"]),
      await json(["push", `${host}/acme/helper:1.3.0`]),
    ];
    expect(name.json.data.artifacts[0].digest).toBe(only.json.data.artifacts[0].digest);
    expect(project.json.data.artifacts[0].digest).toBe(exact.json.data.artifacts[0].digest);
    expect(exact.json.data.artifacts[0].digest).not.toBe(only.json.data.artifacts[0].digest);
    const digest = only.json.data.artifacts[0].digest;
    const untagged = await json(["push", `${host}/acme/pinned@${digest}`]);
    expect(untagged.json.data.artifacts).toEqual([
      expect.objectContaining({ reference: `${host}/acme/pinned@${digest}` }),
    ]);
    expect((await run(["push", `${host}/acme/helper:1.3.0@${digest}`])).code).toBe(1);
  });

  it("S05-36 refuses to move a tag to another artifact, uploads nothing then, and moves it with --force", async () => {
    const bench = await built();
    const { json, run, host, cwd } = bench;
    const reference = `${host}/acme/helper:1.2.3`;
    await run(["push", reference]);
    write(cwd, { "SYSTEM_PROMPT.md": "You help more.\n" });
    await run(["build"]);
    bench.log();
    const refused = await json(["push", reference]);
    expect(refused).toMatchObject({ code: 3, json: { error: { code: "ERR_STAX_TAG_TAKEN", category: "registry" } } });
    expect(refused.json.error?.hint).toContain("--force");
    expect(bench.log().filter((line) => !line.startsWith("HEAD"))).toEqual([]);
    const moved = await json(["push", reference, "--force"]);
    expect(moved.code).toBe(0);
    expect((await json(["inspect", reference])).json.data.digest).toBe(moved.json.data.artifacts[0].digest);
  });

  it("X-13 uploads the blobs that the manifest reaches and no others", async () => {
    const bench = await built();
    write(bench.cwd, {
      "SYSTEM_PROMPT.md": "You help more.\n",
      "agent.json": agentFiles({ version: "2.0.0" })["agent.json"] ?? "",
    });
    await bench.run(["build"]);
    const { json } = await bench.json(["push", `${bench.host}/acme/helper:2.0.0`]);
    const { layers, digest } = (await bench.json(["inspect", "helper:2.0.0"])).json.data;
    const manifest = JSON.parse(
      readFileSync(join(bench.cwd, ".stax/artifacts/blobs", digest.replace(":", "/")), "utf8"),
    );
    const reached = [manifest.config.digest, ...layers.map((layer: { digest: string }) => layer.digest)];
    expect(uploaded(bench).sort()).toEqual([...new Set(reached)].sort());
    expect(blobsIn(join(bench.cwd, ".stax/artifacts")).length).toBeGreaterThan(reached.length + 2);
    expect(json.data.copied).toBe(reached.length + 1);
  });

  it.each(["helper", "team"])(
    "X-14 holds every local blob of %s against its digest before the first request that writes",
    async (name) => {
      const bench = await built({ ...packageFiles, ...agentFiles({ packages: ["./team"] }) }, "--all");
      const { layers } = (await bench.json(["inspect", name])).json.data;
      const victim = join(bench.cwd, ".stax/artifacts/blobs", layers.at(-1).digest.replace(":", "/"));
      writeFileSync(victim, Buffer.alloc(readFileSync(victim).length, 7));
      bench.log();
      const { code, json } = await bench.json(["push", `${bench.host}/acme/helper:1.2.3`]);
      expect({ code, error: json.error?.code }).toEqual({ code: 2, error: "ERR_STAX_DIGEST_MISMATCH" });
      expect(bench.log().filter((line) => !line.startsWith("HEAD"))).toEqual([]);
    },
  );

  it("X-15 asks for blobs before it sends them, mounts those of another repository, and asks once where all is there", async () => {
    const bench = await built();
    const { run, json, host } = bench;
    await run(["push", `${host}/acme/helper:1.2.3`]);
    bench.log();
    await run(["push", `${host}/acme/helper:1.2.3`]);
    expect(bench.log()).toEqual(["HEAD manifest"]);
    write(bench.cwd, {
      "SYSTEM_PROMPT.md": "You help more.\n",
      "agent.json": agentFiles({ version: "1.2.4" })["agent.json"] ?? "",
    });
    await run(["build"]);
    const next = await json(["push", `${host}/acme/helper:1.2.4`]);
    expect(next.json.data).toMatchObject({ copied: 3, kept: 4 });
    const mounted = await json(["copy", `${host}/acme/helper:1.2.3`, `${host}/mirror/helper:1.2.3`]);
    expect(mounted.json.data).toMatchObject({ copied: 1, mounted: 6, kept: 0 });
  });

  it("S02-31 pushes every persona under its own tag and an index over them, from which every consumer chooses", async () => {
    const bench = await built({ ...agentFiles(), ...personaFiles }, "--all-personas", "--index");
    const { json, run, host } = bench;
    const reference = `${host}/acme/helper:1.2.3`;
    const { json: pushed } = await json(["push", reference, "--all-personas", "--index"]);
    expect(pushed.data.artifacts.map(({ tag }: { tag: string }) => tag)).toEqual([
      "1.2.3-ann",
      "1.2.3-bo",
      "1.2.3-personas",
    ]);
    const tags = await json(["tags", `${host}/acme/helper`]);
    expect(tags.json.data).toMatchObject({ tags: ["1.2.3-ann", "1.2.3-bo", "1.2.3-personas"], hidden: 0 });
    const chosen = await json(["inspect", `${reference}-personas`, "--persona", "bo"]);
    expect(chosen.json.data.digest).toBe(pushed.data.artifacts[1].digest);
    const open = await run(["materialize", `${reference}-personas`, "--out", "./out"]);
    expect(open).toMatchObject({ code: 1, stdout: "" });
    expect(open.stderr).toContain("ann, bo");
    const plain = await run(["materialize", `${reference}-ann`, "--out", "./out"]);
    expect(plain.code).toBe(0);
    const missing = await run(["push", `${host}/acme/helper:9.9.9`, "--all-personas"]);
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.stderr).toContain("stax build --all-personas");
  });

  it("takes packages along under tags of their own, and a consumer finds them there", async () => {
    const bench = await built({ ...packageFiles, ...agentFiles({ packages: ["./team"] }) });
    const { json, run, host, cwd } = bench;
    expect((await run(["push", `${host}/acme/helper:1.2.3`])).code).toBe(0);
    const [shown, all] = [
      await json(["tags", `${host}/acme/helper`]),
      await json(["tags", `${host}/acme/helper`, "--all"]),
    ];
    expect(shown.json.data).toMatchObject({ tags: ["1.2.3"], hidden: 1 });
    expect(all.json.data.tags).toEqual(["1.2.3", expect.stringMatching(/^pkg-[a-f0-9]{64}$/)]);
    expect((await run(["materialize", `${host}/acme/helper:1.2.3`, "--out", "./out"])).code).toBe(0);
    expect(existsSync(join(cwd, "out/.claude/rules/shared.md"))).toBe(true);
    bench.log();
    expect((await run(["push", `${host}/acme/helper:1.2.3`])).stdout).toContain("0 objects written");
    expect(bench.log()).toEqual(["HEAD manifest", "HEAD manifest"]);
  });

  it("takes a package along from the registry that its reference names, and pull and archives have it too", async () => {
    const bench = await startBench({ ...agentFiles(), ...packageFiles });
    const { json, run, host, cwd, home } = bench;
    expect((await run(["build", "team"])).code).toBe(0);
    expect((await run(["push", `${host}/elsewhere/team:1.0.0`])).code).toBe(0);
    write(cwd, agentFiles({ packages: [`${host}/elsewhere/team:1.0.0`] }));
    expect((await run(["build", "agent.json"])).code).toBe(0);
    const pushed = await json(["push", `${host}/acme/helper:1.2.3`]);
    expect(pushed.code).toBe(0);
    const { tags } = (await json(["tags", `${host}/acme/helper`, "--all"])).json.data;
    expect(tags).toEqual(["1.2.3", expect.stringMatching(/^pkg-/)]);
    const fresh = { env: { HOME: join(home, "fresh") } };
    expect((await run(["pull", `${host}/acme/helper:1.2.3`, "--to", "oci-archive:a.tar"], fresh)).code).toBe(0);
    await bench.registry.close();
    const rendered = await run(["materialize", "oci-archive:a.tar:helper:1.2.3", "--out", "./out"]);
    expect(rendered.code).toBe(0);
    expect(readFileSync(join(cwd, "out/.claude/rules/shared.md"), "utf8")).toContain("Shared.");
  });

  it("refuses what is no reference to a registry, with the fix", async () => {
    const { run } = await built();
    const cases: [string, string][] = [
      ["acme/helper:1.2.3", "docker.io/acme/helper:1.2.3"],
      ["ghcr.io/acme/helper", "ghcr.io/acme/helper:<tag>"],
      ["oci:./layout", "stax copy"],
      ["https://ghcr.io/acme/helper:1", "leave out https://"],
    ];
    for (const [text, fix] of cases) {
      const { code, stderr } = await run(["push", text]);
      expect({ text, code }).toEqual({ text, code: 1 });
      expect(stderr).toContain(fix);
    }
  });
});
