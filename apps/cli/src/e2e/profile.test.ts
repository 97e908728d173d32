import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { write } from "./project.fixture.ts";
import { stax, staxJson, temporaryDirectory } from "./run-stax.fixture.ts";

const openclaw = { agents: { defaults: { model: "a/b", skipBootstrap: true } }, gateway: { port: 18789 } };
const profile = (fields: object = openclaw, more: object = {}) =>
  JSON.stringify({ name: "team", version: "1.0.0", profileType: "openclaw", openclaw: fields, ...more });

async function built(text: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const cwd = write(temporaryDirectory(), { "profile.json": text, ...files });
  expect(await stax(["build"], { cwd })).toMatchObject({ code: 0, stderr: "" });
  return cwd;
}

describe("stax materialize of a profile", () => {
  it("S21-01 S21-03 S21-07 builds profile.ts and writes openclaw.json, where it is told to or below a home directory", async () => {
    const text = `import { defineProfile } from "@stax/openclaw/profile";\nexport default defineProfile({ name: "team", version: "1.0.0", openclaw: ${JSON.stringify(openclaw)} });\n`;
    const cwd = write(temporaryDirectory(), { "profile.ts": text });
    expect(await stax(["build"], { cwd })).toMatchObject({ code: 0 });
    expect(await stax(["materialize", "team", "--out", "out"], { cwd })).toMatchObject({ code: 0, stderr: "" });
    const user = ["materialize", "team", "--scope", "user", "--home", "home"];
    const { json } = await staxJson(user, { cwd });
    expect(json.data).toMatchObject({
      artifact: { name: "team" },
      consumers: [{ adapter: "openclaw", scope: "user" }],
      writes: [{ path: ".openclaw/openclaw.json", action: "create", by: ["openclaw"] }],
    });
    const written = readFileSync(join(cwd, "home/.openclaw/openclaw.json"), "utf8");
    expect(JSON.parse(written)).toEqual(openclaw);
    expect(readFileSync(join(cwd, "out/openclaw.json"), "utf8")).toBe(written);
    expect(await stax([...user, "--check"], { cwd })).toMatchObject({ code: 0 });
  });
  it("S21-09 keeps what the user set, secrets included, and says what yields", async () => {
    const local = '{\n  // mine\n  "gateway": { "port": 1, "auth": { "token": "t" } }\n}\n';
    const cwd = await built(profile(), { "home/.openclaw/openclaw.json": local });
    const user = ["materialize", "team", "--scope", "user", "--home", "home"];
    const { code, stderr } = await stax(user, { cwd });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("profile-yields");
    const text = readFileSync(join(cwd, "home/.openclaw/openclaw.json"), "utf8");
    for (const kept of ["// mine", '"port": 1', '"auth": { "token": "t" }', '"model": "a/b"'])
      expect(text).toContain(kept);
    expect(await stax([...user, "--force"], { cwd })).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, "home/.openclaw/openclaw.json"), "utf8")).toContain('"port": 18789');
  });
  it("S21-04 S21-05 S21-08 B27 refuses to build credentials, and names the key", async () => {
    const cwd = write(temporaryDirectory(), { "profile.json": profile({ gateway: { auth: { token: "abc" } } }) });
    const { code, stderr } = await stax(["build"], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain("openclaw.gateway.auth.token");
    expect(stderr).not.toContain("abc");
  });
  it("S21-08 S21-10 warns about what is not portable, and --strict refuses it", async () => {
    const cwd = await built(profile({ ...openclaw, hooks: {}, skills: { load: { extraDirs: ["/Users/me/x"] } } }));
    const { code, stderr } = await stax(["materialize", "team", "--out", "out"], { cwd });
    expect(code).toBe(0);
    for (const said of ["openclaw.hooks", "profile-left-out", "profile-machine-path"]) expect(stderr).toContain(said);
    expect(JSON.parse(readFileSync(join(cwd, "out/openclaw.json"), "utf8"))).toEqual({
      ...openclaw,
      skills: { load: { extraDirs: [] } },
    });
    expect(await stax(["materialize", "team", "--out", "strict", "--strict"], { cwd })).toMatchObject({ code: 5 });
  });
  it("S21-10 resolves references only where the user allows it, and never the value", async () => {
    const secrets = [{ key: "HOST", required: true }];
    const cwd = await built(profile({ models: { providers: { p: { baseUrl: "https://${HOST}/v1" } } } }, { secrets }));
    const env = { HOST: "internal.example" };
    await stax(["materialize", "team", "--out", "a"], { cwd, env });
    await stax(["materialize", "team", "--out", "b", "--allow-capability", "interpolation"], { cwd, env });
    expect(JSON.parse(readFileSync(join(cwd, "b/openclaw.json"), "utf8"))).toEqual({
      models: { providers: { p: { baseUrl: "https://${HOST}/v1" } } },
    });
    expect(() => readFileSync(join(cwd, "a/openclaw.json"))).toThrow("ENOENT");
  });
  it("refuses a runtime that the profile is not for", async () => {
    const cwd = await built(profile());
    const { code, stderr } = await stax(["materialize", "team", "--out", "x", "--adapter", "claude-code"], { cwd });
    expect(code).not.toBe(0);
    expect(stderr).toContain("ERR_STAX_TARGET_UNFIT");
  });
});
