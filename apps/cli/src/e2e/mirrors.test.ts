import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createFaultyRegistry, type FaultyRegistry } from "@stax/registry/faults";
import { describe, expect, it, onTestFinished } from "vitest";
import { agentFiles, packageFiles, write } from "./project.fixture.ts";
import { type Bench, built } from "./registry.fixture.ts";

const password = "s3cret-of-ann-0123";
const htpasswd = "ann:$2b$04$lch2ky7eGc10bDDnklHVvulRIvcRCQIJkWepbQwTV67ZDX.IRMgae\n"; // of that password

interface World extends Bench {
  readonly mirror: FaultyRegistry;
  /** The agent as it is called, and the same at the mirror. */
  readonly reference: string;
  readonly atMirror: string;
  map(target: unknown): void;
}

/** world is an origin and a mirror of `acme/*`; an agent with a package is built. */
async function world(options: Parameters<typeof createFaultyRegistry>[0] = {}): Promise<World> {
  const bench = await built({ ...packageFiles, ...agentFiles({ packages: ["./team"] }) });
  const mirror = await createFaultyRegistry(options);
  onTestFinished(() => mirror.close());
  const map = (target: unknown) =>
    void write(bench.cwd, { "stax.config.json": JSON.stringify({ mirrors: { [`${bench.host}/acme/*`]: target } }) });
  map(`${mirror.host}/copies/*`);
  return {
    ...bench,
    mirror,
    map,
    reference: `${bench.host}/acme/helper:1.2.3`,
    atMirror: `${mirror.host}/copies/helper:1.2.3`,
  };
}

const forgetCache = ({ home }: Bench) => rmSync(join(home, "cache"), { recursive: true, force: true });

describe("the mirror map", () => {
  it("sends what is read to the mirror, for every command that reads, and changes no name and no digest", async () => {
    const bench = await world();
    const { run, json, cwd, reference, atMirror, host } = bench;
    expect(await run(["push", atMirror])).toMatchObject({ code: 0 });
    bench.log();
    forgetCache(bench);
    const { json: pulled } = await json(["pull", reference, "--to", "oci-archive:a.tar"]);
    expect(pulled.data.reference).toBe(reference);
    const { json: local } = await json(["inspect", "helper:1.2.3"]);
    expect(pulled.data.digest).toBe(local.data.digest);
    for (const line of [
      ["inspect", reference, "--merged"],
      ["materialize", reference, "--out", "files"],
      ["copy", reference, "oci:layout"],
      ["extract", reference, "extracted"],
      ["diff", reference, "helper", "--exit-code"],
      ["referrers", reference],
      ["copy", reference, `${bench.mirror.host}/other/helper:1.2.3`],
    ]) {
      forgetCache(bench);
      expect({ line, ...(await run(line)) }).toMatchObject({ line, code: 0 });
    }
    expect((await run(["tags", `${host}/acme/helper`])).stdout).toBe("1.2.3\n");
    expect(readFileSync(join(cwd, "files/.claude/rules/shared.md"), "utf8")).not.toBe("");
    expect(bench.log()).toEqual([]);
  });
  it("reads with --offline what was read from the mirror", async () => {
    const bench = await world();
    expect(await bench.run(["push", bench.atMirror])).toMatchObject({ code: 0 });
    expect(await bench.run(["pull", bench.reference])).toMatchObject({ code: 0 });
    await Promise.all([bench.mirror.close(), bench.registry.close()]);
    const out = ["materialize", bench.reference, "--out", "files", "--offline"];
    expect(await bench.run(out)).toMatchObject({ code: 0 });
  });
  it("reads with --offline what was read before there was a mirror", async () => {
    const bench = await world();
    bench.map(`${bench.host}/acme/*`);
    expect(await bench.run(["push", bench.reference])).toMatchObject({ code: 0 });
    expect(await bench.run(["pull", bench.reference])).toMatchObject({ code: 0 });
    bench.map(`${bench.mirror.host}/copies/*`);
    await bench.registry.close();
    const out = ["materialize", bench.reference, "--out", "files", "--offline"];
    expect(await bench.run(out)).toMatchObject({ code: 0 });
  });
  it("goes to the origin where the mirror has not got it, and nowhere else where the map says only", async () => {
    const bench = await world();
    const { run, reference } = bench;
    expect(await run(["push", reference])).toMatchObject({ code: 0 });
    const line = ["inspect", reference];
    expect(await run(line)).toMatchObject({ code: 0 });
    expect(bench.mirror.requests.length).toBeGreaterThan(0);
    forgetCache(bench);
    bench.map({ location: `${bench.mirror.host}/copies/*`, only: true });
    bench.log();
    const refused = await run(line);
    expect(refused).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("_NOT_FOUND") });
    expect(refused.stderr).toContain(`${bench.mirror.host}/copies/helper`);
    expect(bench.log()).toEqual([]);
  });
  it("says of what is nowhere that it is neither there nor at the mirror", async () => {
    const bench = await world();
    const { code, stderr } = await bench.run(["inspect", bench.reference]);
    expect(code).toBe(3);
    expect(stderr).toContain(`${bench.host}/acme/helper`);
    expect(stderr).toMatch(/nor at its mirror: .*copies\/helper/);
  });
  it("a mirror that is down is an error that says so, not a reason to ask elsewhere", async () => {
    const bench = await world();
    expect(await bench.run(["push", bench.reference])).toMatchObject({ code: 0 });
    await bench.mirror.close();
    bench.log();
    const { code, stderr } = await bench.run(["inspect", bench.reference]);
    expect(code).toBe(3);
    expect(stderr).toContain(`the mirror of ${bench.host}/acme/helper fails`);
    expect(stderr).toContain("stax.config");
    expect(bench.log()).toEqual([]);
  });
  it("gets layers from the origin that the cache knows by digest and the mirror never had", async () => {
    const bench = await world();
    const { run, json, reference, host } = bench;
    bench.map(`${host}/acme/*`);
    expect(await run(["push", reference])).toMatchObject({ code: 0 });
    const { json: known } = await json(["inspect", "helper:1.2.3"]);
    const byDigest = `${host}/acme/helper@${known.data.digest}`;
    // Manifest and config only are in the cache then.
    expect(await run(["referrers", byDigest])).toMatchObject({ code: 0 });
    expect(await run(["copy", byDigest, "oci:one", "--no-referrers", "--no-packages"])).toMatchObject({ code: 0 });
    bench.map(`${bench.mirror.host}/copies/*`);
    for (const line of [
      ["materialize", byDigest, "--out", "files"],
      ["pull", byDigest],
      ["copy", byDigest, `${host}/other/helper:1.2.3`],
    ])
      expect({ line, ...(await run(line)) }).toMatchObject({ line, code: 0 });
  });
  it("X-07 asks the mirror with the credentials of the mirror's host, never with the origin's", async () => {
    const bench = await world({ registry: { htpasswd } });
    const { run, host, mirror, reference, atMirror, home } = bench;
    const basic = (text: string) => ({ auth: Buffer.from(text).toString("base64") });
    const originOnly = { [host]: basic("bob:of-the-origin") };
    const store = (auths: object) => void write(home, { "auth.json": JSON.stringify({ auths }) });
    store({ ...originOnly, [mirror.host]: basic(`ann:${password}`) });
    const flags = ["--registry-config", join(home, "auth.json")];
    expect(await run(["push", atMirror, ...flags])).toMatchObject({ code: 0 });
    expect(await run(["inspect", reference, ...flags])).toMatchObject({ code: 0 });
    forgetCache(bench);
    store(originOnly);
    const before = mirror.requests.length;
    expect(await run(["inspect", reference, ...flags])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("AUTH_REQUIRED"),
    });
    const asked = mirror.requests.slice(before);
    expect(asked.length).toBeGreaterThan(0);
    for (const { headers } of asked) expect(headers.authorization).toBeUndefined();
  });
  it("leaves what is written alone: push, copy and tag go where they say", async () => {
    const bench = await world();
    const { run, reference, host } = bench;
    for (const line of [
      ["push", reference],
      ["tag", reference, "stable"],
      ["copy", "helper:1.2.3", `${host}/acme/copied:1.2.3`],
    ])
      expect({ line, ...(await run(line)) }).toMatchObject({ line, code: 0 });
    expect(bench.mirror.requests).toEqual([]);
    expect(await run(["tags", `${host}/acme/helper`])).toMatchObject({ stdout: "1.2.3\nstable\n" });
  });
  it("a malformed map is named where anything is read, and stax config takes both forms", async () => {
    const bench = await world();
    bench.map("https://mirror.example/x");
    expect(await bench.run(["inspect", bench.reference])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("MIRROR_INVALID"),
    });
    bench.map({ location: "mirror.example/x", onyl: true });
    expect(await bench.run(["inspect", bench.reference])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("CONFIG_INVALID"),
    });
  });
  it("takes mirrors of the user and of the workspace together, the workspace's first; stax config shows each", async () => {
    const bench = await world();
    const { run, json, host, reference, atMirror } = bench;
    const own = { "quay.example/*": "mirror.example/q/*", [`${host}/acme/*`]: "nowhere.example/acme/*" };
    write(bench.home, { ".stax/stax.config.json": JSON.stringify({ mirrors: own }) });
    expect(await run(["push", atMirror])).toMatchObject({ code: 0 });
    expect(await run(["inspect", reference])).toMatchObject({ code: 0 });
    const { json: shown } = await json(["config"]);
    const rows = shown.data.settings.filter(({ key }: { key: string }) => key.startsWith("mirrors"));
    expect(rows).toMatchObject([
      { key: "mirrors quay.example/*", value: "mirror.example/q/*", origin: "user config" },
      { key: `mirrors ${host}/acme/*`, value: `${bench.mirror.host}/copies/*`, origin: "workspace config" },
    ]);
    expect((await run(["config"])).stdout).toContain("mirror.example/q/*");
  });
});
