import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stall, truncate } from "@stax/registry/faults";
import { describe, expect, it, vi } from "vitest";
import { agentFiles, packageFiles } from "./project.fixture.ts";
import { built } from "./registry.fixture.ts";

describe("stax pull", () => {
  it("S13-20 X-16 fetches into a cache that all projects share: the second pull gets no blob", async () => {
    const bench = await built();
    const { run, json, host } = bench;
    await run(["push", `${host}/acme/helper:1.2.3`]);
    bench.log();
    const first = await json(["pull", `${host}/acme/helper:1.2.3`]);
    expect(first.json.data).toMatchObject({ reference: `${host}/acme/helper:1.2.3`, kept: 0 });
    expect(first.json.data.cache).toBe(join(bench.home, "cache/content"));
    expect(bench.requests("GET", "blob").length).toBe(6);
    bench.log();
    const second = await json(["pull", `${host}/acme/helper:1.2.3`], { cwd: bench.home });
    expect(second.json.data).toMatchObject({ copied: 0, kept: 7, digest: first.json.data.digest });
    expect(bench.log()).toEqual(["HEAD manifest"]);
    await run(["pull", `${host}/acme/helper@${first.json.data.digest}`]);
    expect(bench.log()).toEqual([]);
  });

  it("leaves everything that a consumer needs without the network, packages too", async () => {
    const bench = await built({ ...packageFiles, ...agentFiles({ packages: ["./team"] }) });
    const { run, json, host, cwd } = bench;
    const reference = `${host}/acme/helper:1.2.3`;
    await run(["push", reference]);
    expect((await run(["pull", reference])).code).toBe(0);
    await bench.registry.close();
    for (const line of [
      ["materialize", reference, "--out", "./out"],
      ["plan-install", reference],
      ["extract", reference, "./files"],
      ["diff", reference, "helper", "--exit-code"],
      ["copy", reference, "oci-archive:a.tar", "--no-referrers"],
      ["pull", reference],
    ])
      expect({ line, ...(await run([...line, "--offline"])) }).toMatchObject({ line, code: 0 });
    expect(existsSync(join(cwd, "out/.claude/rules/shared.md"))).toBe(true);
    const inspected = await json(["inspect", reference, "--offline"]);
    expect(inspected.json).toMatchObject({
      ok: true,
      data: { referrers: [] },
      diagnostics: [{ code: "referrers-unknown" }],
    });
  });

  it("says with --offline what the cache does not hold, and how to get it", async () => {
    const bench = await built();
    const { json, host } = bench;
    bench.log();
    const lines = [
      ["inspect", `${host}/acme/helper:1.2.3`],
      ["pull", `${host}/acme/helper:1.2.3`],
      ["push", `${host}/acme/helper:1.2.3`],
      ["tags", `${host}/acme/helper`],
      ["login", host, "--username", "ann", "--password-stdin"],
    ];
    for (const line of lines) {
      const { code, json: answer } = await json([...line, "--offline"], { stdin: "secret-of-ann" });
      expect({ line, code, error: answer.error?.code }).toEqual({ line, code: 3, error: "ERR_STAX_OFFLINE_MISS" });
      expect(answer.error?.hint).toContain("--offline");
    }
    expect(bench.log()).toEqual([]);
  });

  it("writes a layout or an archive too, under the name that builds give", async () => {
    const { run, json, host, cwd } = await built();
    await run(["push", `${host}/acme/helper:1.2.3`]);
    const layout = await json(["pull", `${host}/acme/helper:1.2.3`, "--to", "oci:./layout"]);
    expect(layout.json.data.to).toEqual({ place: join(cwd, "layout"), tag: "helper:1.2.3" });
    const archive = await json(["pull", `${host}/acme/helper:1.2.3`, "--to", "oci-archive:a.tar:stable"]);
    expect(archive.json.data.to).toEqual({ place: join(cwd, "a.tar"), tag: "stable" });
    for (const target of ["oci:./layout", "oci-archive:a.tar:stable"])
      expect((await json(["inspect", target])).json.data.digest).toBe(layout.json.data.digest);
  });

  it("resolves a tag once and goes on with the digest: a tag that moves meanwhile changes nothing", async () => {
    const bench = await built();
    const { run, host, cwd } = bench;
    await run(["push", `${host}/acme/helper:1.2.3`]);
    bench.log();
    expect((await run(["materialize", `${host}/acme/helper:1.2.3`, "--out", "./out"])).code).toBe(0);
    const asked = bench.registry.requests.slice(-bench.log().length).filter(({ kind }) => kind === "manifest");
    expect(asked.map(({ method, url }) => `${method} ${url.replace(/[a-f0-9]{64}/, "…")}`)).toEqual([
      "HEAD /v2/acme/helper/manifests/1.2.3",
      "GET /v2/acme/helper/manifests/sha256:…",
    ]);
    expect(existsSync(join(cwd, "out/CLAUDE.md"))).toBe(true);
  });

  it("takes up a connection that breaks, and makes nothing visible that is not whole", async () => {
    const bench = await built();
    const { run, json, host } = bench;
    await run(["push", `${host}/acme/helper:1.2.3`]);
    bench.registry.inject({ when: { kind: "blob", method: "GET" }, times: 2, action: truncate(20) });
    const { code, json: pulled } = await json(["pull", `${host}/acme/helper:1.2.3`]);
    expect({ code, copied: pulled.data?.copied }).toEqual({ code: 0, copied: 7 });
    expect((await run(["extract", `${host}/acme/helper:1.2.3`, "./files", "--offline"])).code).toBe(0);
  });

  it("ends with 130 when it is interrupted, and the next one goes on from there", async () => {
    const bench = await built();
    const { run, json, host, home } = bench;
    await run(["push", `${host}/acme/helper:1.2.3`]);
    const heal = bench.registry.inject({ when: { kind: "blob", method: "GET" }, skip: 2, action: stall(10) });
    const interruption = new AbortController();
    const pulling = run(["pull", `${host}/acme/helper:1.2.3`], { signal: interruption.signal });
    await vi.waitFor(() => expect(bench.requests("GET", "blob").length).toBeGreaterThan(4), 10_000);
    interruption.abort();
    expect(await pulling).toMatchObject({ code: 130, stderr: "error: interrupted [ERR_STAX_INTERRUPTED]\n" });
    for (const name of readdirSync(join(home, "cache/content/blobs/sha256"))) {
      const bytes = readFileSync(join(home, "cache/content/blobs/sha256", name));
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(name);
    }
    heal();
    expect((await json(["pull", `${host}/acme/helper:1.2.3`])).code).toBe(0);
  });
});
