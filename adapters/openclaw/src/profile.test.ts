import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { apply, Root, readRecord } from "@stax/materialize";
import { type Profile, profileDefinitionSchema } from "@stax/schema";
import { expectGolden } from "@stax/testing";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { defineProfile, mergeProfile, planProfile, renderProfile } from "./profile.ts";

const profileOf = (openclaw: Record<string, unknown>, secrets: Profile["secrets"] = []): Profile => ({
  name: "team",
  version: "1.0.0",
  profileType: "openclaw",
  openclaw,
  secrets,
});
const rendered = (openclaw: Record<string, unknown>) => renderProfile(profileOf(openclaw));
const fieldsOf = (openclaw: Record<string, unknown>) =>
  rendered(openclaw).diagnostics.map(({ code, severity, field }) => [code, severity, field]);

const sample = {
  agents: {
    defaults: {
      model: { primary: "anthropic/claude-opus-4-5", fallbacks: ["openai/gpt-5"] },
      workspace: "~/.openclaw/workspace",
      skipBootstrap: true,
      sandbox: { mode: "non-main", scope: "agent", workspaceAccess: "rw" },
    },
    entries: {
      reviewer: { name: "Reviewer", skills: ["review"], tools: { profile: "coding" as const, deny: ["exec"] } },
    },
  },
  skills: { allowBundled: ["github"], load: { watch: false }, entries: { weather: { enabled: false } } },
  gateway: { mode: "local", port: 18789 },
  ui: { seamColor: "#336699" },
};

function home(existing?: string): { readonly root: Root; readonly file: string; readonly read: () => unknown } {
  const directory = mkdtempSync(join(tmpdir(), "stax-profile-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, ".openclaw/openclaw.json");
  if (existing !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, existing);
  }
  return { root: Root.at(directory), file, read: () => JSON.parse(readFileSync(file, "utf8")) };
}

async function applied(openclaw: Record<string, unknown>, { root }: { readonly root: Root }, force = false) {
  const { plan, diagnostics } = await planProfile(rendered(openclaw), readRecord(root), root, {
    source: "team",
    force,
  });
  if (plan.conflicts.length === 0) await apply(plan, root);
  return { plan, diagnostics };
}

describe("defineProfile", () => {
  it("S21-03 describes a profile of OpenClaw that the format accepts", () => {
    const profile = defineProfile({ name: "team", version: "1.0.0", openclaw: sample });
    expect(profile).toMatchObject({ profileType: "openclaw", openclaw: sample });
    expect(profileDefinitionSchema.safeParse(profile).error).toBeUndefined();
  });
});

describe("renderProfile", () => {
  it("S21-07 writes canonical JSON with sorted keys, to openclaw.json below the home directory or where it is told to", () => {
    const { text, path, diagnostics } = rendered(sample);
    expectGolden(join(import.meta.dirname, "../golden/profile.json"), text);
    expect(path).toBe(".openclaw/openclaw.json");
    expect(diagnostics).toEqual([]);
    expect(renderProfile(profileOf(sample), { scope: "project" }).path).toBe("openclaw.json");
    expect(renderProfile(profileOf(sample), { path: "claw/c.json" }).composed.files[0]?.path).toBe("claw/c.json");
  });
  it("S21-07 gives the same bytes whatever the order of the keys", () => {
    const reversed = (value: unknown): unknown =>
      typeof value !== "object" || value === null || Array.isArray(value)
        ? value
        : Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([key, item]) => [key, reversed(item)]),
          );
    expect(rendered(reversed(sample) as typeof sample).text).toBe(rendered(sample).text);
  });
  it.each([
    { agents: { defaults: { token: "abc" } } },
    { gateway: { auth: { password: "x" } } },
    { models: { providers: { a: { apiKey: "x" } } } },
    { session: { scope: "x" } },
    { agents: { entries: { a: { Credentials: {} } } } },
    { bindings: [{ cookieJar: "x" }] },
    { agents: { defaults: { model: `sk-ant-${"a".repeat(20)}` } } },
  ])("S21-04 S21-05 S21-06 S21-08 B27 refuses credentials and session data of any artifact: %j", (openclaw) => {
    expect(() => rendered(openclaw)).toThrow(
      expect.objectContaining({
        code: "ERR_STAX_ADAPTER_OPTIONS",
        diagnostics: [expect.objectContaining({ severity: "error", field: expect.stringMatching(/^openclaw\./) })],
      }),
    );
  });
  it("S21-04 S21-08 leaves out what is not portable, and warns by its key", () => {
    const { value } = rendered({ ...sample, mcp: { servers: {} }, hooks: {}, env: {}, channels: {}, plugins: {} });
    expect(value).toEqual(rendered(sample).value);
    expect(
      fieldsOf({
        mcp: {},
        gateway: { bind: "lan", port: 1 },
        agents: { defaults: { elevatedDefault: "full" }, entries: { "Bad Id": {} } },
      }),
    ).toEqual([
      ["profile-left-out", "warning", "openclaw.mcp"],
      ["profile-left-out", "warning", "openclaw.gateway.bind"],
      ["profile-left-out", "warning", "openclaw.agents.defaults.elevatedDefault"],
      ["profile-left-out", "warning", "openclaw.agents.entries.Bad Id"],
    ]);
  });
  it("S21-05 never writes trust state, approvals or what runs programs, even inside what is portable", () => {
    const { value } = rendered({
      agents: {
        defaults: { sandbox: { mode: "all", docker: { image: "x", setupCommand: "curl x | sh", binds: ["/:/h"] } } },
      },
      tools: { profile: "coding", exec: { security: "full" }, elevated: { enabled: true } },
      approvals: { exec: true },
      skills: { entries: { a: { enabled: true, env: { A: "b" }, config: { x: 1 } } } },
      __proto__x: {},
    });
    expect(value).toEqual({
      agents: { defaults: { sandbox: { mode: "all", docker: { image: "x" } } } },
      tools: { profile: "coding" },
      skills: { entries: { a: { enabled: true } } },
    });
  });
  it.each(["/Users/me/x", "/home/me", "C:\\work", "D:/work", "file:///etc/x", "\\\\host\\share", "see /var/lib/x"])(
    "S21-05 S21-10 leaves out the path %s of one machine, and warns",
    (path) => {
      const { value, diagnostics } = rendered({
        agents: { defaults: { workspace: path, model: "m" } },
        skills: { load: { extraDirs: [path, "~/skills"] } },
      });
      expect(value).toEqual({ agents: { defaults: { model: "m" } }, skills: { load: { extraDirs: ["~/skills"] } } });
      expect(diagnostics.map(({ code, field }) => [code, field])).toEqual([
        ["profile-machine-path", "openclaw.agents.defaults.workspace"],
        ["profile-machine-path", "openclaw.skills.load.extraDirs.0"],
      ]);
    },
  );
  it("S21-10 takes paths of any home directory, URLs and slashes for what they are", () => {
    const openclaw = {
      agents: { defaults: { workspace: "~/w", model: "a/b" } },
      models: { providers: { p: { baseUrl: "https://x.example/v1" } } },
    };
    expect(rendered(openclaw)).toMatchObject({ value: openclaw, diagnostics: [] });
  });
  it("S21-10 interpolates only where the consumer allows it, and declared secrets only", () => {
    const openclaw = {
      models: { providers: { p: { baseUrl: "https://${HOST}/v1" }, q: { baseUrl: "${AWS_SECRET_ACCESS_KEY}" } } },
    };
    const profile = profileOf(openclaw, [{ key: "HOST", required: true, exposeAs: { env: "CLAW_HOST" } }]);
    expect(renderProfile(profile).value).toEqual({});
    const { value, diagnostics } = renderProfile(profile, { interpolate: true });
    expect(value).toEqual({ models: { providers: { p: { baseUrl: "https://${CLAW_HOST}/v1" } } } });
    expect(diagnostics.map(({ code, field }) => [code, field])).toEqual([
      ["profile-interpolation", "openclaw.models.providers.q.baseUrl"],
      ["secret-needed", undefined],
    ]);
  });
  it("R7 writes the root key agent as agents.defaults, agents.list as entries, and allowBundled: true as no list", () => {
    const { value, diagnostics } = rendered({
      agent: { model: "m", skipBootstrap: true },
      agents: { list: [{ id: "a", name: "A" }, { name: "nameless" }] },
      skills: { allowBundled: true, load: { watch: true } },
    });
    expect(value).toEqual({
      agents: { defaults: { model: "m", skipBootstrap: true }, entries: { a: { name: "A" } } },
      skills: { load: { watch: true } },
    });
    expect(diagnostics.map(({ code, field }) => [code, field])).toEqual([
      ["profile-legacy", "openclaw.agent"],
      ["profile-legacy", "openclaw.agents.list"],
      ["profile-legacy", "openclaw.skills.allowBundled"],
    ]);
  });
  it("keeps every string of what is portable as it is, and adds no key", () => {
    const text = fc
      .oneof(
        fc.string({ unit: "grapheme" }),
        fc.constantFrom('"', "\n", "}}", '"""', "\u0000", "\u2028", "__proto__", "*"),
      )
      .filter((value) => !/[$\\:/]/.test(value));
    fc.assert(
      fc.property(text, text, (model, key) => {
        const openclaw = { agents: { defaults: { model, params: { [`k${key}`]: model } } } };
        const refused = !profileDefinitionSchema.safeParse(profileOf(openclaw)).success;
        if (!refused) expect(JSON.parse(rendered(openclaw).text)).toEqual(openclaw);
      }),
    );
  });
});

describe("mergeProfile", () => {
  it("S21-09 merges base, profile, local and ephemeral in this order, objects key by key", () => {
    const layer = (value: string) => ({ agents: { defaults: { [value]: true, model: value } }, list: [value] });
    const merged = mergeProfile({
      base: layer("base"),
      profile: layer("profile"),
      local: layer("local"),
      ephemeral: layer("ephemeral"),
    });
    expect(merged).toEqual({
      agents: { defaults: { base: true, profile: true, local: true, ephemeral: true, model: "ephemeral" } },
      list: ["ephemeral"],
    });
    expect(mergeProfile({ base: layer("base"), profile: layer("profile") })).toMatchObject({ list: ["profile"] });
    expect(mergeProfile({ profile: layer("profile"), local: layer("local") })).toMatchObject({ list: ["local"] });
  });
  it("S21-09 takes names of Object.prototype for keys", () => {
    const evil = JSON.parse('{"__proto__": {"polluted": true}}') as Parameters<typeof mergeProfile>[0]["local"] &
      object; // JSON
    mergeProfile({ profile: evil, local: evil });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("planProfile", () => {
  it("S21-07 writes the file where there is none, and has nothing to do the second time", async () => {
    const place = home();
    await applied(sample, place);
    expect(readFileSync(place.file, "utf8")).toBe(rendered(sample).text);
    expect((await applied(sample, place)).plan.changes).toEqual([]);
  });
  it("S21-09 merges into the user's file: credentials, sessions, comments and layout stay byte for byte", async () => {
    const existing =
      '{\n  // mine\n  "gateway": { "auth": { "token": "t0p" }, "port": 1 },\n  "session": {"scope":"x"},\n  "agents": { "defaults": { "workspace": "/home/me/w" } },\n}\n';
    const place = home(existing);
    const { diagnostics } = await applied({ agents: { defaults: { model: "m" } }, gateway: { mode: "local" } }, place);
    const text = readFileSync(place.file, "utf8");
    expect(diagnostics).toEqual([]);
    for (const kept of [
      "// mine",
      '"auth": { "token": "t0p" }',
      '"session": {"scope":"x"}',
      '"workspace": "/home/me/w"',
    ])
      expect(text).toContain(kept);
    expect(text).toMatch(/"model": "m"/);
    expect(text).toMatch(/"mode": "local"/);
  });
  it("S21-09 the user's own values win, and are named; --force lets the profile win", async () => {
    const existing = '{"agents": {"defaults": {"model": "mine", "skipBootstrap": false}}, "ui": {"seamColor": "#000"}}';
    const place = home(existing);
    const { diagnostics, plan } = await applied(sample, place);
    expect(plan.conflicts).toEqual([]);
    expect(diagnostics.map(({ code, field }) => [code, field])).toContainEqual([
      "profile-yields",
      "agents.defaults.skipBootstrap",
    ]);
    expect(place.read()).toMatchObject({
      agents: { defaults: { model: "mine", skipBootstrap: false, workspace: "~/.openclaw/workspace" } },
      ui: { seamColor: "#000" },
      gateway: { port: 18789 },
    });
    const forced = home('{"ui": {"seamColor": "#000"}}');
    await applied(sample, forced, true);
    expect(forced.read()).toMatchObject({ ui: { seamColor: "#336699" } });
  });
  it("a new version of the profile updates what the old one wrote, and not what the user changed since", async () => {
    const place = home();
    await applied({ agents: { defaults: { model: "one", workspace: "~/w" } } }, place);
    writeFileSync(place.file, readFileSync(place.file, "utf8").replace("~/w", "~/mine"));
    await applied({ agents: { defaults: { model: "two", workspace: "~/other" } } }, place);
    expect(place.read()).toEqual({ agents: { defaults: { model: "two", workspace: "~/mine" } } });
  });
  it("does not touch a file that is no JSON, as JSON5 may be", async () => {
    const existing = "{ agents: { defaults: {} } }\n";
    const place = home(existing);
    const { plan } = await applied(sample, place);
    expect(plan.conflicts).toMatchObject([{ reason: "invalid" }]);
    expect(readFileSync(place.file, "utf8")).toBe(existing);
  });
  it("S21-09 S19-09 writes openclaw.json and no other file of the runtime", async () => {
    const place = home();
    await applied(sample, place);
    expect(readdirSync(dirname(place.file))).toEqual(["openclaw.json"]);
  });
});
