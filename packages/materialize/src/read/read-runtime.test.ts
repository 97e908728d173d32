import { type FileEntry, fileEntry, sortTree } from "@stax/schema";
import { describe, expect, it } from "vitest";
import type { Reader } from "../contract.ts";
import { isUsed, readablePaths } from "./claims.ts";
import { skillsLayer } from "./skills.ts";
import { readToy, toyAdapter } from "./toy.fixture.ts";

const json = (value: unknown) => JSON.stringify(value);

describe("isUsed", () => {
  it("is told by signs alone, never by files that several runtimes share", () => {
    expect(isUsed(toyAdapter(), ["AGENTS.md", ".agents/knowledge/a.md"])).toBe(false);
    expect(isUsed(toyAdapter(), ["README.md", ".toy/x"])).toBe(true);
  });
});

describe("readablePaths", () => {
  it("names what outputs, layouts, readers, directories and stand-ins read, by scope", () => {
    const adapter = toyAdapter({ readers: [{ claims: { user: ".old/*.md" }, read: () => ({}) }] });
    expect(readablePaths(adapter)).toEqual(
      expect.arrayContaining(["TOY.md", "**/TOY.md", "**/AGENTS.md", ".toy/**", ".toy/rules/**", ".toy/state/**"]),
    );
    expect(readablePaths(adapter)).not.toContain(".old/*.md");
    const user = readablePaths(adapter, "user");
    expect(user).toEqual(expect.arrayContaining([".toy/TOY.md", ".toy/AGENTS.md", ".old/*.md"]));
    expect(user.filter((path) => path.startsWith("**/"))).toEqual([]);
  });
});

describe("readRuntime", () => {
  it("says of every file what became of it: carried, translated, or left", async () => {
    const { outcomes } = await readToy({
      "TOY.md": "T\n",
      ".toy/rules/a.md": "A\n",
      ".toy/toy.json": json({ model: "m", strange: 1 }),
      ".toy/toy.toml": "model = 'm'\n",
      ".toy/agents/b.md": "---\nname: b\ndescription: B\ntools: x\n---\nB\n",
      ".toy/other.bin": "x",
      ".toy/state/a": "",
      ".toy/local.json": "{}",
      ".toy/key": "s3cret",
      "README.md": "not asked for",
    });
    expect(outcomes).toEqual({
      "TOY.md": "carried",
      ".toy/rules/a.md": "carried",
      ".toy/toy.json": "translated",
      ".toy/toy.toml": "carried",
      ".toy/agents/b.md": "translated",
      ".toy/other.bin": "left",
      ".toy/state/a": "left",
      ".toy/local.json": "left",
      ".toy/key": "left",
    });
  });
  it("says of a configuration of which nothing is carried that it is left", async () => {
    const { outcomes, said } = await readToy({ ".toy/toy.json": json({ strange: 1, $schema: "x" }) });
    expect(outcomes).toEqual({ ".toy/toy.json": "left" });
    expect(said).toEqual(["import-left .toy/toy.json: strange: stax has no place for it"]);
  });
  it("says of a directory of state once that it stays, as no loss", async () => {
    const state = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`.toy/state/${index}`, ""]));
    const { diagnostics } = await readToy(state);
    expect(diagnostics).toEqual([expect.objectContaining({ severity: "info", path: ".toy/state" })]);
  });
  it("takes what is there in its present form before an older one of the same name", async () => {
    const readers: readonly Reader[] = [
      {
        claims: ".toy/old/*.md",
        read: async (found, context) => ({
          layers: await skillsLayer(
            found.map(({ out }) => ({ ...out, path: "aa/SKILL.md" })),
            context,
          ),
        }),
      },
    ];
    const skill = (body: string) => `---\nname: aa\ndescription: d\n---\n${body}`;
    const { layers, said } = await readToy(
      { ".toy/old/x.md": skill("old"), ".toy/skills/aa/SKILL.md": skill("new") },
      { readers },
    );
    expect(layers.skills?.skills.map(({ body }) => body)).toEqual(["new"]);
    expect(said).toEqual(['import-duplicate : Toy: skills "aa": is there twice, and the first is kept']);
  });
  it("leaves options that the adapter refuses out, each with its reason, and keeps the others", async () => {
    const { options, said } = await readToy({
      ".toy/toy.json": json({ mode: "c", list: ["a", 7, "b"], group: { x: "y", z: 1 }, model: "m", made: "up" }),
    });
    expect(options).toEqual({ model: "m", list: ["a", "b"], group: { x: "y" } });
    expect(said).toHaveLength(4);
    expect(() => toyAdapter().configure(options as never)).not.toThrow();
  });
  it("carries no credential in an option, and tells its place only", async () => {
    const { options, said, diagnostics } = await readToy({
      ".toy/toy.json": json({
        group: { apiKey: "hunter2", url: "https://u:hunter2@x.example", fine: "$API_KEY" },
        list: ["--token=hunter2hunter2", "ok"],
      }),
    });
    expect(options).toEqual({ group: { fine: "$API_KEY" }, list: ["ok"] });
    expect(said).toHaveLength(3);
    expect(json(diagnostics)).not.toContain("hunter2");
  });
  it("finishes options: those that said where to look go, the layout that is there is kept", async () => {
    const { options } = await readToy(
      { ".toy/toy.json": json({ model: "m", mode: "a" }) },
      {
        optionsFor: (paths) => (paths.has(".toy/toy.json") ? { layout: "here" } : {}),
        settle: ({ mode: _, ...others }) => others,
      },
    );
    expect(options).toEqual({ model: "m", layout: "here" });
  });
  it("reads documents that stand beside the runtime's own where its configuration says so", async () => {
    const { layers } = await readToy(
      { ".toy/toy.json": json({ layout: "OTHER.md" }), "TOY.md": "T\n", "OTHER.md": "O\n", "a/OTHER.md": "A\n" },
      {
        standIns: ({ layout }) => (typeof layout === "string" ? [{ file: { project: layout }, where: "beside" }] : []),
      },
    );
    expect(layers.surfaces?.surfaces[0]?.text).toBe("T\n\nO\n");
    expect(layers.instructionTree?.instructions.map(({ scope }) => scope)).toEqual(["a"]);
  });
});

describe("documents", () => {
  it("take our own pointer to knowledge out, and keep an author's list below it", async () => {
    const pointer =
      "Reference material lies in `.agents/knowledge/`. Read what a task touches:\n\n- `.agents/knowledge/a.md`\n- and 1 more file\n";
    const { layers } = await readToy({ "TOY.md": `A\n\n## Knowledge\n\n${pointer}- mine\n` });
    expect(layers.surfaces?.surfaces[0]?.text).toBe("A\n- mine\n");
  });
  it("that are included twice, or in a circle, end", async () => {
    const { layers } = await readToy({ "TOY.md": "@AGENTS.md\n@AGENTS.md\n", "AGENTS.md": "@AGENTS.md\n" });
    expect(layers.surfaces?.surfaces[0]?.text).toBe("@AGENTS.md\n@AGENTS.md\n");
  });
});

describe("hostile input", () => {
  const huge = (path: string): FileEntry => ({
    path,
    size: 2 ** 30,
    executable: false,
    open: () => {
      throw new Error(`${path} was opened`);
    },
  });
  it("that is huge is left unopened, and carried unopened where nothing must be understood", async () => {
    const paths = [
      "TOY.md",
      "AGENTS.md",
      ".toy/rules/a.md",
      ".toy/agents/a.md",
      ".toy/toy.json",
      ".toy/toy.toml",
      ".toy/skills/bad/SKILL.md",
    ];
    const skill = fileEntry(".toy/skills/aa/SKILL.md", "---\nname: aa\ndescription: d\n---\nx");
    const carried = [".agents/knowledge/film.mp4", ".toy/skills/aa/model.bin"];
    const { outcomes, layers } = await readToy(sortTree([...[...paths, ...carried].map(huge), skill]));
    for (const path of paths.filter((one) => one !== "AGENTS.md")) expect(outcomes[path], path).toBe("left");
    for (const path of carried) expect(outcomes[path], path).toBe("carried");
    expect(layers.knowledge?.files).toHaveLength(1);
  });
  it.each([
    ["deep JSON", ".toy/toy.json", `{"group":${"[".repeat(100_000)}`],
    ["deep JSON that closes", ".toy/toy.json", `{"group":${"[".repeat(5000)}${"]".repeat(5000)}}`],
    ["deep TOML", ".toy/toy.toml", `a = ${"[".repeat(5000)}`],
    ["dotted TOML", ".toy/toy.toml", `${Array.from({ length: 5000 }, () => "a").join(".")} = 1`],
    ["NULs", ".toy/toy.json", "\0\0\0"],
    ["a list", ".toy/toy.json", "[1]"],
    ["invalid UTF-8", ".toy/toy.json", Uint8Array.from([0xff, 0xfe, 0x00])],
    ["TOML that is none", ".toy/toy.toml", "= = ="],
  ])("%s is a finding", async (_, path, content) => {
    const { outcomes, said, options } = await readToy({ [path]: content });
    expect(outcomes).toEqual({ [path]: "left" });
    expect(said).toHaveLength(1);
    expect(options).toEqual({});
  });
  it("names that objects have by birth are data or nothing, and change no other object", async () => {
    const text =
      '{"__proto__":{"model":"evil"},"constructor":"c","group":{"__proto__":"x","hasOwnProperty":"y"},"mcp":{"__proto__":{"command":"evil"},"toString":{"command":"t"}}}';
    const { options, layers, said } = await readToy({ ".toy/toy.json": text });
    expect(options).toEqual({ group: { hasOwnProperty: "y" } });
    expect(Object.keys(layers.mcp?.servers ?? {})).toEqual(["toString"]);
    expect(said.filter((one) => one.includes("__proto__"))).toHaveLength(1);
    expect(({} as { model?: string }).model).toBeUndefined();
  });
  it("keys that are there twice are said; the last one counts", async () => {
    const { options, said } = await readToy({ ".toy/toy.json": '{"model":"a","model":"b"}' });
    expect(options).toEqual({ model: "b" });
    expect(said.join()).toContain("model: is there twice in one object");
  });
  it("YAML bombs, front matter without end and of great size end in findings", async () => {
    const bomb = `---\na: &a [x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, n) => `b${n}: &b${n} [${Array.from({ length: 9 }, () => `*${n === 0 ? "a" : `b${n - 1}`}`).join(",")}]`).join("\n")}\n---\nB`;
    const { layers, said } = await readToy({
      ".toy/agents/bomb.md": bomb,
      ".toy/agents/open.md": "---\nname: open\n",
      ".toy/agents/long.md": `---\n${"k: v\n".repeat(200_000)}---\nL`,
      ".toy/agents/deep.md": `---\na: ${"[".repeat(20_000)}\n---\nD`,
    });
    expect(Object.keys(layers.subagents?.agents ?? {}).sort()).toEqual(["bomb", "deep", "long", "open"]);
    expect(said.filter((one) => one.includes("front matter"))).toHaveLength(4);
  });
  it("control characters of names do not reach a message", async () => {
    const { said } = await readToy({
      ".toy/toy.json": json({ "stra\u001b[31mnge": 1, strange: 2, mcp: { "\u202eevil": 1 } }),
    });
    expect(said.join("")).not.toMatch(/[\u001b\u202e]/);
    expect(said.join("")).toContain("\\u{202e}evil");
  });
});

describe("size", () => {
  it("5,000 files of every kind are read in a few seconds: nothing looks at every file for every file", async () => {
    const each = (count: number, path: (index: number) => string, text: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => fileEntry(path(index), text(index)));
    const tree = sortTree([
      ...each(
        1000,
        (index) => `.toy/rules/r${index}.md`,
        (index) => `---\nglobs: **/*.x${index}\n---\nx\n`,
      ),
      ...each(
        1000,
        (index) => `.toy/skills/s${index}/SKILL.md`,
        () => "no header\n",
      ),
      ...each(
        1000,
        (index) => `.toy/skills/s1/f${index}.txt`,
        () => "x",
      ),
      ...each(
        1000,
        (index) => `d${index}/TOY.md`,
        () => "x\n",
      ),
      ...each(
        1000,
        (index) => `.toy/unknown/${index}.bin`,
        () => "x",
      ),
    ]);
    const start = performance.now();
    const { files, layers, diagnostics } = await readToy(tree);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(files).toHaveLength(5000);
    expect([
      layers.rules?.rules.length,
      layers.skills?.skills.length,
      layers.instructionTree?.instructions.length,
    ]).toEqual([1000, 1000, 1000]);
    expect(diagnostics.length).toBeGreaterThanOrEqual(2000);
  });
});
