import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { canonicalJson, packTree } from "@stax/layers";
import { kindOf, type LayerName, type Layers, layerKinds, readEntry } from "@stax/schema";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Foreign, foreignKindOf, readForeign } from "./index.ts";

type Content = Readonly<Record<string, string | object>>;

function folder(files: Content): string {
  const path = mkdtempSync(join(tmpdir(), "stax-foreign-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return write(path, files);
}

function write(path: string, files: Content): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return path;
}

const skill = (name: string, more = "") => `---\nname: ${name}\ndescription: "Does ${name}"\n---\nDo ${name}.${more}\n`;
const plugin: Content = {
  ".claude-plugin/plugin.json": {
    name: "Review Kit",
    version: "1.2.0",
    description: "Reviews",
    hooks: "./hooks/hooks.json",
  },
  "skills/review/SKILL.md": skill("review"),
  "skills/review/references/list.md": "list\n",
  "commands/release.md": "---\ndescription: Releases\n---\nRelease $ARGUMENTS\n",
  "agents/critic.md": "---\nname: critic\ndescription: Criticises\ntools: Read\n---\nBe strict.\n",
  ".mcp.json": {
    mcpServers: {
      docs: { command: "npx", args: ["docs"], env: { DOCS_TOKEN: "${DOCS_TOKEN}" } },
      own: { command: "${CLAUDE_PLUGIN_ROOT}/server.js" },
    },
  },
  "hooks/hooks.json": { hooks: {} },
  "server.js": "1\n",
  "README.md": "# Kit\n",
};

const skillNames = ({ layers }: Foreign) => (layers.skills?.skills ?? []).map(({ name }) => name).sort();
const filesOf = ({ layers }: Foreign) => (layers.skills === undefined ? [] : layerKinds.skills.files(layers.skills));
const messages = ({ diagnostics }: Foreign) => diagnostics.map(({ path, message }) => `${path ?? ""}: ${message}`);

async function digests(layers: Layers): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [name, payload] of Object.entries(layers)) {
    const kind = kindOf(name as LayerName); // the keys of layers are the kinds' names
    if (kind.format !== "tree") found.push(Buffer.from(canonicalJson(payload)).toString());
    else found.push((await packTree(kind.files(payload), async () => undefined)).diffId);
  }
  return found;
}

describe("readForeign of a Claude Code plugin", () => {
  it("reads skills, commands as skills, subagents and servers, with the identity of its manifest", async () => {
    const read = await readForeign(folder(plugin));
    expect(read).toMatchObject({ kind: "claude-plugin", name: "review-kit", version: "1.2.0", description: "Reviews" });
    expect(skillNames(read)).toEqual(["release", "review"]);
    expect(Object.keys(read.layers.subagents?.agents ?? {})).toEqual(["critic"]);
    expect(Object.keys(read.layers.mcp?.servers ?? {})).toEqual(["docs"]);
    expect(read.layers.secrets?.secrets.map(({ key }) => key)).toEqual(["DOCS_TOKEN"]);
  });
  it("keeps the bytes of a skill", async () => {
    const file = filesOf(await readForeign(folder(plugin))).find(({ path }) => path === "review/SKILL.md");
    expect(file && Buffer.from(await readEntry(file, 1000)).toString()).toBe(skill("review"));
  });
  it("reports what a package cannot carry: hooks, programs, fields, servers that run what lies in it", async () => {
    const said = messages(await readForeign(folder(plugin))).join("\n");
    for (const what of [
      /hooks: holds programs/,
      /server\.js: holds a file/,
      /hooks has no place/,
      /agents\/critic\.md: tools/,
    ])
      expect(said).toMatch(what);
    expect(said).toMatch(/\.mcp\.json: the server "own" runs what lies in the plugin/);
    expect(said).not.toMatch(/README|plugin\.json: (?:name|version|description) /);
  });
  it("follows the paths of its manifest, and none that leaves it", async () => {
    const read = await readForeign(
      folder({
        ".claude-plugin/plugin.json": {
          name: "kit",
          version: "1.0.0",
          skills: ["./extra", "../outside", "/etc"],
          commands: "./cmd/one.md",
          mcpServers: { inline: { url: "https://example.com/mcp" } },
        },
        "skills/aa/SKILL.md": skill("aa"),
        "extra/bb/SKILL.md": skill("bb"),
        "cmd/one.md": "One\n",
      }),
    );
    expect(skillNames(read)).toEqual(["aa", "bb", "one"]);
    expect(read.layers.mcp?.servers).toMatchObject({ inline: { url: "https://example.com/mcp", transport: "http" } });
    expect(messages(read).filter((message) => /"\.\.\/outside"|"\/etc"/.test(message))).toHaveLength(2);
  });
  it("makes names and versions that the format takes, and says so", async () => {
    const manifest = { name: "Ünïted Tools!", version: "v1" };
    const read = await readForeign(
      folder({ ".claude-plugin/plugin.json": manifest, "skills/aa/SKILL.md": skill("aa") }),
    );
    expect(read).toMatchObject({ name: "united-tools", version: "0.0.0" });
    expect(read.diagnostics.filter(({ code }) => code === "plugin-changed")).toHaveLength(2);
  });
  it("gives the same layers for the same files, wherever they lie", async () => {
    const [one, two] = [await readForeign(folder(plugin)), await readForeign(folder(plugin))];
    expect(await digests(one.layers)).toEqual(await digests(two.layers));
    expect((await digests(one.layers)).length).toBeGreaterThan(3);
  });
});

describe("readForeign of hostile folders", () => {
  it("follows no link that leads outside, in the plugin or to it", async () => {
    const outside = folder({ "secret.txt": "secret\n", "SKILL.md": skill("stolen") });
    const path = folder(plugin);
    symlinkSync(join(outside, "secret.txt"), join(path, "skills/review/secret.txt"));
    symlinkSync(outside, join(path, "skills/stolen"));
    const read = await readForeign(path);
    expect(skillNames(read)).toEqual(["release", "review"]);
    expect(JSON.stringify(filesOf(read))).not.toContain("secret.txt");
    const market = folder({
      ".claude-plugin/marketplace.json": {
        name: "m",
        plugins: [
          { name: "a", source: "./a" },
          { name: "b", source: "../x" },
        ],
      },
    });
    symlinkSync(path, join(market, "a"));
    const all = await readForeign(market);
    expect(all.layers).toEqual({});
    expect(messages(all).join("\n")).toMatch(/"a" is not where .*\n.*"b" lies at a place that leaves its directory/);
  });
  it("leaves out what is secret by its name, and says so", async () => {
    const read = await readForeign(
      folder({ ...plugin, "skills/review/id_rsa": "key\n", "skills/review/.env": "A=1\n" }),
    );
    const paths = filesOf(read).map(({ path }) => path);
    expect(paths.filter((path) => /id_rsa|\.env/.test(path))).toEqual([]);
    expect(messages(read).filter((message) => /id_rsa|\.env/.test(message)).length).toBeGreaterThan(0);
  });
  it("makes a declared secret of a credential in a server", async () => {
    const token = `ghp_${"a1B2".repeat(9)}`;
    const servers = { mcpServers: { git: { command: "git-mcp", env: { GITHUB_TOKEN: token } } } };
    const read = await readForeign(folder({ ...plugin, ".mcp.json": servers }));
    expect(JSON.stringify([read.layers.mcp, read.layers.secrets, read.diagnostics])).not.toContain(token);
    expect(read.layers.secrets?.secrets.map(({ key }) => key)).toEqual(["GITHUB_TOKEN"]);
  });
  it("refuses a manifest that is none, with the file and the reason", async () => {
    for (const manifest of ["{", "[]", '{"name":1}', `{"name":"a","a":${"[".repeat(500)}${"]".repeat(500)}}`])
      await expect(readForeign(folder({ ...plugin, ".claude-plugin/plugin.json": manifest }))).rejects.toMatchObject({
        code: "ERR_STAX_FOREIGN_INVALID",
        message: expect.stringContaining(".claude-plugin/plugin.json cannot be read"),
      });
    await expect(readForeign(folder({ "a.txt": "" }))).rejects.toMatchObject({ code: "ERR_STAX_FOREIGN_MISSING" });
  });
  it("takes any name and any path of a manifest without leaving the folder or making a name that is none", async () => {
    const path = folder(plugin);
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, unit: "binary" }),
        fc.array(fc.string(), { maxLength: 3 }),
        async (name, skills) => {
          write(path, { ".claude-plugin/plugin.json": { name, version: "1.0.0", skills } });
          const read = await readForeign(path);
          expect(read.name).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
          expect(skillNames(read)).toContain("review");
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("readForeign of a marketplace", () => {
  const market: Content = {
    ".claude-plugin/marketplace.json": {
      name: "acme",
      owner: { name: "Acme" },
      metadata: { version: "2.0.0", description: "All of ours" },
      plugins: [
        { name: "one", source: "./plugins/one" },
        { name: "two", source: "./plugins/two", description: "The second" },
        { name: "three", source: "./", strict: false, skills: ["./shared/three"] },
        { name: "far", source: { source: "github", repo: "a/b" } },
      ],
    },
    "plugins/one/.claude-plugin/plugin.json": { name: "one", version: "1.0.0" },
    "plugins/one/skills/aa/SKILL.md": skill("aa"),
    "plugins/two/skills/bb/SKILL.md": skill("bb"),
    "plugins/two/skills/aa/SKILL.md": skill("aa", " Otherwise."),
    "shared/three/SKILL.md": skill("three"),
    "shared/four/SKILL.md": skill("four"),
  };
  it("reads all plugins of its folder as one package, the first of a name kept, and says which lie elsewhere", async () => {
    const read = await readForeign(folder(market));
    expect(read).toMatchObject({
      kind: "claude-marketplace",
      name: "acme",
      version: "2.0.0",
      description: "All of ours",
    });
    expect(skillNames(read)).toEqual(["aa", "bb", "three"]);
    expect(read.diagnostics).toContainEqual(expect.objectContaining({ code: "plugin-duplicate" }));
    expect(messages(read).join("\n")).toMatch(/"far" lies elsewhere/);
  });
  it("reads one of its plugins, with the identity of that one", async () => {
    const path = folder(market);
    const two = await readForeign(path, { plugin: "two" });
    expect(two).toMatchObject({ name: "two", description: "The second" });
    expect(skillNames(two)).toEqual(["aa", "bb"]);
    expect(skillNames(await readForeign(path, { plugin: "three" }))).toEqual(["three"]);
    for (const plugin of ["far", "none"])
      await expect(readForeign(path, { plugin })).rejects.toMatchObject({ code: "ERR_STAX_PLUGIN_UNKNOWN" });
  });
});

describe("readForeign of others", () => {
  it("reads an Agent Plugin, and takes no other plugin.json for one", async () => {
    const $schema = "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json";
    const path = folder({
      "plugin.json": { $schema, name: "neutral.tools", version: "1.0.0" },
      "skills/aa/SKILL.md": skill("aa"),
      "mcp.json": { mcpServers: { web: { type: "streamable-http", url: "https://example.com/mcp" } } },
    });
    const read = await readForeign(path);
    expect(read).toMatchObject({ kind: "agent-plugin", name: "neutral-tools" });
    expect(read.layers.mcp?.servers).toMatchObject({ web: { transport: "http" } });
    expect(foreignKindOf(folder({ "plugin.json": { name: "x" } }))).toBeUndefined();
  });
  it("reads a folder of skills, and one that is a skill", async () => {
    const many = await readForeign(folder({ "skills/aa/SKILL.md": skill("aa"), "skills/bb/SKILL.md": skill("bb") }));
    expect(skillNames(many)).toEqual(["aa", "bb"]);
    const parent = folder({ "lookup/SKILL.md": skill("lookup"), "lookup/x.md": "x\n" });
    expect(skillNames(await readForeign(parent))).toEqual(["lookup"]);
    const one = await readForeign(join(parent, "lookup"));
    expect(skillNames(one)).toEqual(["lookup"]);
    expect(one.layers.skills?.skills[0]?.tree).toHaveLength(2);
  });
});

const corpus = join(import.meta.dirname, "../../../../shared/corpus");
const real = join(corpus, "agents-marketplace/plugins");
const plugins = existsSync(real) ? readdirSync(real) : [];

describe.skipIf(plugins.length === 0)(`real plugins (skipped where ${real} is missing)`, () => {
  it("are read whole: every skill, subagent and command", async () => {
    for (const name of plugins) {
      const path = join(real, name);
      const read = await readForeign(path);
      const inside = (part: string) => (existsSync(join(path, part)) ? readdirSync(join(path, part)).length : 0);
      expect(read.name).toBe(name);
      expect(skillNames(read)).toHaveLength(inside("skills") + inside("commands"));
      expect(Object.keys(read.layers.subagents?.agents ?? {})).toHaveLength(inside("agents"));
      expect(read.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    }
  });
  it("are read as folders of skills where they have no manifest", async () => {
    const path = join(corpus, "superpowers");
    expect(skillNames(await readForeign(path))).toHaveLength(readdirSync(join(path, "skills")).length);
  });
});
