import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { write } from "./project.fixture.ts";
import { type Bench, startBench } from "./registry.fixture.ts";

const packageOf = (name: string, version: string, extra: object = {}) =>
  JSON.stringify({ name, version, description: name, ...extra });
const agentOf = (packages: readonly string[], extra: object = {}) =>
  JSON.stringify({ name: "app", version: "1.0.0", description: "App", adapter: "claude-code", packages, ...extra });

async function publish({ run, host, cwd }: Bench, name: string, version: string, extra: object = {}): Promise<string> {
  write(cwd, { "published/stax.package.json": packageOf(name, version, extra), ".staxignore": "published/\n" });
  expect(await run(["build", "published", "--out", "out"])).toMatchObject({ code: 0 });
  const reference = `${host}/acme/${name}:${version}`;
  expect(await run(["push", reference, "--from", `oci:out:${name}:${version}`])).toMatchObject({ code: 0 });
  return reference;
}

/** world has `std` in 1.0.0, 1.0.3, 1.4.0, 2.1.0 and 3.0.0-rc.1, and an agent that asks for it in this way. */
async function world(declared: string, extra: object = {}): Promise<Bench> {
  const bench = await startBench({});
  await publish(bench, "std", "1.0.0");
  write(bench.cwd, { "agent.json": agentOf([declared.replace("std", `${bench.host}/acme/std`)], extra) });
  expect(await bench.run(["lock"])).toMatchObject({ code: 0 });
  for (const version of ["1.0.3", "1.4.0", "2.1.0", "3.0.0-rc.1"])
    await publish(bench, "std", version, { secrets: [{ key: "TICKETS", required: true }] });
  return bench;
}

const declaredIn = (cwd: string, file = "agent.json"): readonly string[] =>
  JSON.parse(readFileSync(join(cwd, file), "utf8")).packages.map((text: string) => text.replace(/^.*\//, ""));
const lockedIn = (cwd: string): readonly string[] =>
  Object.keys(JSON.parse(readFileSync(join(cwd, "stax.lock"), "utf8")).packages).map((key) => key.replace(/^.*\//, ""));

describe("update --to", () => {
  it.each([
    ["std:1.0.0", "patch", "std:1.0.3", "std:1.0.3"],
    ["std:1.0.0", "minor", "std:1.4.0", "std:1.4.0"],
    ["std:1.0.0", "latest", "std:2.1.0", "std:2.1.0"],
    ["std:^1.0.0", "patch", "std:^1.0.0", "std:1.0.3"],
    ["std:^1.0.0", "minor", "std:^1.0.0", "std:1.4.0"],
    ["std:^1.0.0", "latest", "std:^2.1.0", "std:2.1.0"],
    ["std:~1.0.0", "minor", "std:~1.4.0", "std:1.4.0"],
    ["std:1.x", "latest", "std:2.x", "std:2.1.0"],
    ["std:>=1.0.0 <1.0.1", "patch", "std:^1.0.3", "std:1.0.3"],
    ["std:>=1.0.0 <1.1.0", "latest", "std:^2.1.0", "std:2.1.0"],
  ])("%s --to %s writes %s and locks %s, and nothing else", async (declared, to, written, locked) => {
    const { run, cwd } = await world(declared);
    expect(await run(["update", "--to", to])).toMatchObject({ code: 0 });
    expect([declaredIn(cwd), lockedIn(cwd)]).toEqual([[written], [locked]]);
    expect(await run(["build", "--frozen-lockfile"])).toMatchObject({ code: 0 });
    expect((await run(["update", "--to", to])).stdout).toBe("nothing to update\n");
  });
  it("plans first: what is edited and what that brings, and writes nothing", async () => {
    const { run, json, cwd, host } = await world("std:1.0.0");
    const before = [declaredIn(cwd), lockedIn(cwd)];
    const { json: plan } = await json(["update", "--to", "latest", "--plan"]);
    expect(plan.data).toMatchObject({
      written: false,
      edits: [{ file: "agent.json", declared: `${host}/acme/std:1.0.0`, replacement: `${host}/acme/std:2.1.0` }],
      packages: [{ change: "updated", items: ["+ secrets TICKETS"] }],
      risk: { secrets: { added: ["TICKETS (required)"] } },
    });
    const { stdout } = await run(["update", "--to", "latest", "--plan"]);
    expect(stdout).toContain(`agent.json: ${host}/acme/std:1.0.0 → ${host}/acme/std:2.1.0`);
    expect([declaredIn(cwd), lockedIn(cwd)]).toEqual(before);
  });
  it("keeps a digest behind a tag true", async () => {
    const { run, cwd, host } = await world("std:1.0.0");
    const { digest } = JSON.parse(readFileSync(join(cwd, "stax.lock"), "utf8")).packages[`${host}/acme/std:1.0.0`];
    write(cwd, { "agent.json": agentOf([`${host}/acme/std:1.0.0@${digest}`]) });
    expect(await run(["lock"])).toMatchObject({ code: 0 });
    expect(await run(["update", "--to", "minor"])).toMatchObject({ code: 0 });
    const [declared] = declaredIn(cwd);
    expect(declared).toMatch(/^std:1\.4\.0@sha256:/);
    expect(declared).not.toContain(digest);
    expect(await run(["lock", "--check"])).toMatchObject({ code: 0 });
  });
  it("edits YAML and TypeScript, the packages of the workspace too, and leaves the rest of the text alone", async () => {
    const bench = await world("std:1.0.0");
    const { run, cwd, host } = bench;
    const yaml = `# why: see ADR 7\nname: app\nversion: 1.0.0\ndescription: App\nadapter: claude-code\npackages:\n  - ../team\n  - ${host}/acme/std:1.0.0 # exact\n`;
    const code = `import { definePackage } from "stax";\n\nconst std = '${host}/acme/std:1.0.0';\nexport default definePackage({ name: "team", version: "1.0.0", description: "T", packages: [std] });\n`;
    write(cwd, { "app/agent.yaml": yaml, "team/package.ts": code });
    expect(await run(["lock", "app"])).toMatchObject({ code: 0 });
    expect(await run(["update", "std", "--to", "minor"], { cwd: join(cwd, "app") })).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, "app/agent.yaml"), "utf8")).toBe(yaml.replace("std:1.0.0", "std:1.4.0"));
    expect(readFileSync(join(cwd, "team/package.ts"), "utf8")).toBe(code.replace("std:1.0.0", "std:1.4.0"));
  });
  it("says where to change a reference that a definition computes, and changes nothing", async () => {
    const { run, cwd, host } = await world("std:1.0.0");
    const code = `import { definePackage } from "stax";\nconst at = "1.0.0";\nexport default definePackage({ name: "team", version: "1.0.0", description: "T", packages: [\`${host}/acme/std:\${at}\`] });\n`;
    write(cwd, { "team/package.ts": code });
    expect(await run(["lock", "team"])).toMatchObject({ code: 0 });
    const left = await run(["update", "--to", "latest"], { cwd: join(cwd, "team") });
    expect(left).toMatchObject({ code: 0, stdout: "nothing to update\n" });
    expect(left.stderr).toContain(`change it to ${host}/acme/std:2.1.0 where it is made`);
    expect(readFileSync(join(cwd, "team/package.ts"), "utf8")).toBe(code);
  });
  it("takes everything back where a definition does not come to what was written", async () => {
    const { run, cwd, host } = await world("std:1.0.0");
    const code = `import { definePackage } from "stax";\n// was "${host}/acme/std:1.0.0"\nconst at = "1.0.0";\nexport default definePackage({ name: "team", version: "1.0.0", description: "T", packages: [\`${host}/acme/std:\${at}\`] });\n`;
    write(cwd, { "team/package.ts": code });
    expect(await run(["lock", "team"])).toMatchObject({ code: 0 });
    const lock = readFileSync(join(cwd, "stax.lock"), "utf8");
    const failed = await run(["update", "--to", "latest"], { cwd: join(cwd, "team") });
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining("ERR_STAX_UPDATE_UNWRITABLE") });
    expect(readFileSync(join(cwd, "team/package.ts"), "utf8")).toBe(code);
    expect(readFileSync(join(cwd, "stax.lock"), "utf8")).toBe(lock);
  });
  it("leaves what overrides pin and what has no version, and says so", async () => {
    const { run, cwd, host } = await world("std:1.0.0");
    const { digest } = JSON.parse(readFileSync(join(cwd, "stax.lock"), "utf8")).packages[`${host}/acme/std:1.0.0`];
    const pinned = agentOf([`${host}/acme/std:1.0.0`], { overrides: { packages: { [`${host}/acme/std`]: digest } } });
    for (const [text, why] of [
      [pinned, "its digest is pinned by overrides"],
      [agentOf([`${host}/acme/std@${digest}`]), "it is named without a version"],
    ] as const) {
      write(cwd, { "agent.json": text });
      expect(await run(["lock"])).toMatchObject({ code: 0 });
      const left = await run(["update", "--to", "latest"]);
      expect(left).toMatchObject({ code: 0, stdout: "nothing to update\n", stderr: expect.stringContaining(why) });
      expect(readFileSync(join(cwd, "agent.json"), "utf8")).toBe(text);
    }
  });
  it("updates several packages by name and no other", async () => {
    const bench = await startBench({});
    for (const name of ["a", "b", "c"]) await publish(bench, name, "1.0.0");
    const all = (version: string) => ["a", "b", "c"].map((name) => `${bench.host}/acme/${name}:${version}`);
    write(bench.cwd, { "agent.json": agentOf(all("^1.0.0")) });
    expect(await bench.run(["lock"])).toMatchObject({ code: 0 });
    for (const name of ["a", "b", "c"]) await publish(bench, name, "1.1.0");
    expect(await bench.run(["update", "a", "c"])).toMatchObject({ code: 0 });
    expect(lockedIn(bench.cwd)).toEqual(["a:1.1.0", "b:1.0.0", "c:1.1.0"]);
    expect(await bench.run(["update", "b", "nobody"])).toMatchObject({ code: 1 });
  });
});

describe("stax.lock of one definition", () => {
  it("S05-32 drops what nothing needs any more, and frozen says what that is", async () => {
    const bench = await world("std:1.0.0");
    await publish(bench, "kit", "1.0.0");
    const kit = `${bench.host}/acme/kit:1.0.0`;
    write(bench.cwd, { "agent.json": agentOf([kit, `${bench.host}/acme/std:1.0.0`]) });
    expect(await bench.run(["lock"])).toMatchObject({ code: 0 });
    write(bench.cwd, { "agent.json": agentOf([kit]) });
    const dropped = { code: 4, stderr: expect.stringContaining(`- ${bench.host}/acme/std:1.0.0`) };
    expect(await bench.run(["build", "--frozen-lockfile"])).toMatchObject(dropped);
    expect(await bench.run(["lock", "--check"])).toMatchObject({ code: 1 });
    expect(await bench.run(["lock"])).toMatchObject({ code: 0 });
    expect(lockedIn(bench.cwd)).toEqual(["kit:1.0.0"]);
  });
  it("keeps what another definition of the workspace needs", async () => {
    const bench = await world("std:1.0.0");
    await publish(bench, "kit", "1.0.0");
    write(bench.cwd, { "other/agent.json": agentOf([`${bench.host}/acme/kit:1.0.0`], { name: "other" }) });
    expect(await bench.run(["lock", "other"])).toMatchObject({ code: 0 });
    expect(lockedIn(bench.cwd)).toEqual(["kit:1.0.0", "std:1.0.0"]);
    expect(await bench.run(["build", "other", "--frozen-lockfile"])).toMatchObject({ code: 0 });
  });
});
