import { readFileSync } from "node:fs";
import { join } from "node:path";
import { matchesClaim } from "@stax/materialize";
import { expectGolden, formatTree, parseLayers, type Sources, sampleLayers, writeLayers } from "@stax/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import windsurfDefault, { adapter, windsurf } from "./index.ts";
import { numberedSteps } from "./workflows.ts";

type More = Parameters<typeof writeLayers>[3];
const written = async (sources: Sources, options: Parameters<typeof windsurf>[0] = {}, more: More = {}) =>
  writeLayers(adapter, await parseLayers(sources), windsurf(options), more);
const golden = (name: string) => join(import.meta.dirname, "..", "golden", `${name}.txt`);
const old = { layout: "windsurf" } as const;
const gitOnly = { allow: ["Exec(git)"] };
const single = { legacyWindsurfrules: true } as const;

const json = (files: Readonly<Record<string, string>>, path: string): unknown => JSON.parse(files[path] ?? "null");
const headerOf = (text: string | undefined): unknown => parse(/^---\n([\s\S]*?)\n---\n/.exec(text ?? "")?.[1] ?? "");

describe("golden files", () => {
  it.each([
    [
      "S17-18 a sample with every layer, for Devin Desktop in a project",
      "devin-project",
      { permissions: gitOnly },
      "project",
    ],
    ["S12-02 the same for a user", "devin-user", {}, "user"],
    ["S35-01 for the old Windsurf, in a project", "windsurf-project", old, "project"],
    [
      "S35-01 for the old Windsurf, for a user, with workflows",
      "windsurf-user",
      { ...old, writeWorkflows: true },
      "user",
    ],
    ["S35-14 for the oldest Windsurf", "windsurfrules", single, "project"],
  ] as const)("%s", async (_, name, options, scope) => {
    const { directory } = await writeLayers(adapter, await sampleLayers(), windsurf(options), { scope });
    expectGolden(golden(name), formatTree(directory));
  });
});

describe("windsurf", () => {
  it("S12-29 compiles type, runtime and version, and is the default export too", () => {
    expect(windsurf()).toMatchObject({ type: "windsurf", runtime: "windsurf", adapterVersion: "1.0.0" });
    expect(windsurfDefault).toBe(windsurf);
  });
  it("S12-24 S12-22 B6 says what really happens to each feature, by layout", () => {
    const devin = {
      prompt: "native",
      persona: "embedded",
      surfaces: "embedded",
      rules: "translated",
      skills: "native",
      mcp: "native",
      subagents: "unsupported",
      instructionTree: "native",
      knowledge: "native",
      memory: "unsupported",
      toolPermissions: "native",
      modelConfig: "unsupported",
      secrets: "consumer-only",
      exactMode: true,
    };
    expect(windsurf().features).toEqual(devin);
    const windsurfMap = { ...devin, skills: "unsupported", mcp: "unsupported", toolPermissions: "unsupported" };
    expect(windsurf(old).features).toEqual(windsurfMap);
    expect(windsurf({ ...old, writeWorkflows: true }).features).toEqual({ ...windsurfMap, skills: "translated" });
    expect(windsurf({ ...old, scope: "user" }).features).toMatchObject({ mcp: "translated", rules: "embedded" });
    expect(windsurf(single).features).toMatchObject({ rules: "embedded", instructionTree: "embedded" });
  });
  it("S35-01 S12-02 writes in the project by default, and for a user where it is asked to", () => {
    const paths = (options: Parameters<typeof windsurf>[0]) =>
      windsurf(options).targets?.map(({ path, scope }) => `${scope} ${path}`);
    expect(paths({})).toEqual([
      "project AGENTS.md",
      "project **/AGENTS.md",
      "project .devin/rules/",
      "project .agents/skills/",
      "project .devin/config.json",
      "project .agents/knowledge/",
    ]);
    expect(paths({ ...old, writeWorkflows: true, scope: "user" })).toEqual([
      "user .codeium/windsurf/memories/global_rules.md",
      "user .codeium/windsurf/global_workflows/",
      "user .codeium/windsurf/mcp_config.json",
      "user .agents/knowledge/",
    ]);
  });
  it.each([{}, { ...old, writeWorkflows: true }, single])(
    "S15-11 writes where its targets say: %j",
    async (options) => {
      const targets = windsurf(options).targets ?? [];
      for (const path of Object.keys((await writeLayers(adapter, await sampleLayers(), windsurf(options))).files))
        expect(
          targets.some((target) => matchesClaim(target.path.replace(/\/$/, "/**"), path)),
          path,
        ).toBe(true);
    },
  );
  it("S12-32 has options with a JSON Schema, and S12-16 refuses what does not fit it", () => {
    expect(z.toJSONSchema(adapter.optionsSchema, { io: "input" })).toMatchObject({
      properties: { layout: { enum: ["devin", "windsurf"] } },
    });
    const wrong = { layout: "cascade" } as unknown as Parameters<typeof windsurf>[0]; // what JSON could hold
    for (const options of [wrong, { permissions: { allow: ["Exec(git\n"] } }])
      expect(() => windsurf(options)).toThrow(expect.objectContaining({ code: "ERR_STAX_ADAPTER_OPTIONS" }));
  });
});

describe("root instructions", () => {
  it("S35-02 one source keeps its bytes: the surface, else the prompt", async () => {
    const text = "\ufeffline\r\n\r\n  x\r\n";
    for (const options of [{}, old]) {
      expect((await written({ surfaces: { "instructions.md": text } }, options, { exact: true })).files).toEqual({
        "AGENTS.md": text,
      });
      expect((await written({ prompt: text }, options, { exact: true })).files).toEqual({ "AGENTS.md": text });
    }
  });
  it("S35-03 several sources are composed, with a warning in exact mode and a failure where the user asks for it", async () => {
    const layers = { surfaces: { "instructions.md": "# I\n" }, prompt: "P\n" };
    const { files, made } = await written(layers, { exact: true });
    expect(files).toEqual({ "AGENTS.md": "# I\n\n## Role\n\nP\n" });
    expect(made.diagnostics).toContainEqual(
      expect.objectContaining({ code: "document-composed", severity: "warning" }),
    );
    await expect(written(layers, {}, { exact: true })).rejects.toMatchObject({ code: "ERR_STAX_EXACT_UNMET" });
  });
  it("keeps the instruction tree in nested AGENTS.md files, byte for byte", async () => {
    const tree = { "_root/instructions.md": "r\n", "services/api/instructions.md": "a\r\n" };
    expect((await written({ instructionTree: tree }, {}, { exact: true })).files).toEqual({
      "AGENTS.md": "r\n",
      "services/api/AGENTS.md": "a\r\n",
    });
  });
  it("S38-07 S38-08 embeds the tree with warnings where there is one file, and exact mode fails", async () => {
    const layers = {
      instructionTree: { "_root/instructions.md": "r\n", "services/api/instructions.md": "a\n" },
    };
    const { files, losses } = await written(layers, single);
    expect(files).toEqual({ ".windsurfrules": "r\n\n## Instructions for `services/api/`\n\na\n" });
    expect(losses).toMatchObject([{ item: "services/api", fidelity: "embedded", severity: "warning" }]);
    await expect(written(layers, single, { exact: true })).rejects.toMatchObject({ code: "ERR_STAX_EXACT_UNMET" });
    const user = await written(layers, {}, { scope: "user" });
    expect(user.losses).toMatchObject([{ item: "services/api", fidelity: "lost", severity: "warning" }]);
  });
  it("honours writeInstructions and writeRules, and says so", async () => {
    const layers = { prompt: "P\n", rules: { "a.md": "x\n" } };
    const { files, losses } = await written(layers, { writeInstructions: false, writeRules: false });
    expect(files).toEqual({});
    expect(losses.map(({ reason }) => reason)).toEqual([
      "is not written because writeInstructions is false",
      "is not written because writeRules is false",
    ]);
    const user = await written(layers, { writeRules: false }, { scope: "user" });
    expect(user.files).toEqual({ ".config/devin/AGENTS.md": "P\n" });
    expect(user.losses).toMatchObject([{ item: "a.md", reason: "is not written because writeRules is false" }]);
  });
});

describe("rules", () => {
  const four = {
    "always.md": "A\n",
    "auto.md": "---\nscope: auto\ndescription: when releasing\n---\nR\n",
    "go/errors.md": '---\nscope: glob\nglobs: ["*.go", "/cmd/"]\ndescription: Go\n---\nG\n',
    "manual.md": "---\nscope: manual\ndescription: on demand\n---\nM\n",
  };
  it.each([
    ["devin", ".devin/rules"],
    ["windsurf", ".windsurf/rules"],
  ] as const)("S35-04 S17-18 S12-22 in the layout %s each has its trigger", async (layout, directory) => {
    const { files, losses } = await written({ rules: four }, { layout });
    const headers = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, headerOf(text)]));
    expect(headers).toEqual({
      [`${directory}/always.md`]: { trigger: "always_on" },
      [`${directory}/auto.md`]: { trigger: "model_decision", description: "when releasing" },
      [`${directory}/go-errors.md`]: { trigger: "glob", globs: ["**/*.go", "cmd/**"], description: "Go" },
      [`${directory}/manual.md`]: { trigger: "manual", description: "on demand" },
    });
    expect(files[`${directory}/auto.md`]).toMatch(/\n---\nR\n$/);
    expect(losses).toEqual([]);
  });
  it("S08-09 a manual rule that is chosen is always on", async () => {
    const { files } = await written({ rules: four }, {}, { manualRules: ["manual.md"] });
    expect(headerOf(files[".devin/rules/manual.md"])).toMatchObject({ trigger: "always_on" });
  });
  it("S35-06 S15-22 warns about priority, severity, triggers and tags, and only where they are set", async () => {
    const { losses } = await written({
      rules: {
        "plain.md": "x\n",
        "full.md": "---\npriority: 1\nseverity: error\ntriggers: [a]\ntags: [b]\n---\nx\n",
      },
    });
    expect(losses.map(({ item, field, severity }) => [item, field, severity]).sort()).toEqual([
      ["full.md", "priority", "warning"],
      ["full.md", "severity", "warning"],
      ["full.md", "tags", "warning"],
      ["full.md", "triggers", "warning"],
    ]);
  });
  it("B15 drops negated globs with a warning, and a rule that then applies to nothing", async () => {
    const { files, losses } = await written({
      rules: {
        "a.md": '---\nscope: glob\nglobs: ["!x"]\n---\nx\n',
        "b.md": '---\nscope: glob\nglobs: ["*.ts", "!*.d.ts"]\n---\nx\n',
      },
    });
    expect(Object.keys(files)).toEqual([".devin/rules/b.md"]);
    expect(losses.map(({ item, field }) => [item, field])).toEqual([
      ["a.md", "globs"],
      ["a.md", undefined],
      ["b.md", "globs"],
    ]);
  });
  it("an auto rule without a description is chosen by its name, with a warning", async () => {
    const { files, losses } = await written({ rules: { "release.md": "---\nscope: auto\n---\nx\n" } });
    expect(headerOf(files[".devin/rules/release.md"])).toEqual({ trigger: "model_decision", description: "release" });
    expect(losses).toMatchObject([{ item: "release.md", field: "description", fidelity: "translated" }]);
  });
  it("S35-05 warns beyond 12,000 characters: each rule, and in the old layout all together", async () => {
    const budgets = async (options: Parameters<typeof windsurf>[0], ...sizes: readonly number[]) => {
      const files = Object.fromEntries(sizes.map((size, index) => [`r${index}.md`, `${"x".repeat(size)}\n`]));
      const { made } = await written({ rules: files }, options);
      return made.diagnostics.filter(({ code }) => code === "budget-exceeded").map(({ path }) => path);
    };
    expect(await budgets({}, 11_000, 11_000)).toEqual([]);
    expect(await budgets({}, 12_001, 100)).toEqual([".devin/rules/r0.md"]);
    expect(await budgets(old, 12_001)).toEqual([".windsurf/rules/r0.md", ".windsurf/rules/*.md"]);
    expect(await budgets(old, 7_000, 7_000)).toEqual([".windsurf/rules/*.md"]);
  });
  it("S35-14 legacyWindsurfrules writes one .windsurfrules and no directory, and warns: deprecated, 6,000 characters", async () => {
    const { files, made } = await written({ rules: { "a.md": `${"x".repeat(6_000)}\n` } }, single);
    expect(Object.keys(files)).toEqual([".windsurfrules"]);
    expect(made.diagnostics).toContainEqual(
      expect.objectContaining({
        code: "deprecated-file",
        severity: "warning",
        message: expect.stringContaining("6,000"),
      }),
    );
    expect(made.diagnostics).toContainEqual(
      expect.objectContaining({ code: "budget-exceeded", path: ".windsurfrules" }),
    );
  });
  it("S35-01 a user's rules are in one file", async () => {
    const layers = { rules: { "a.md": "A\n" } };
    const text = "## Rule: a.md\n\nA\n";
    expect((await written(layers, {}, { scope: "user" })).files).toEqual({ ".config/devin/AGENTS.md": text });
    expect((await written(layers, old, { scope: "user" })).files).toEqual({
      ".codeium/windsurf/memories/global_rules.md": text,
    });
  });
});

describe("MCP servers", () => {
  const layers = {
    secrets: ["TOKEN", "KEY"],
    mcp: {
      gh: {
        command: "gh-mcp",
        args: ["--k=${KEY}"],
        env: { A: "b" },
        secrets: ["TOKEN", "KEY"],
        disabledTools: ["rm"],
      },
      http: { url: "https://x.example/mcp", transport: "http", headers: { Authorization: "Bearer ${TOKEN}" } },
      sse: { url: "https://x.example/sse", transport: "sse" },
      off: { command: "off-mcp", enabled: false },
    },
  };
  const gh = { command: "gh-mcp", args: ["--k=${env:KEY}"], env: { A: "b", TOKEN: "${env:TOKEN}" } };

  it("R10 B12 S35-09 go into .devin/config.json of the project, secrets as ${env:NAME}", async () => {
    const { files, losses } = await written(layers);
    expect(json(files, ".devin/config.json")).toEqual({
      mcpServers: {
        gh,
        http: { url: "https://x.example/mcp", transport: "http", headers: { Authorization: "Bearer ${env:TOKEN}" } },
        sse: { url: "https://x.example/sse", transport: "sse" },
      },
      permissions: { deny: ["mcp__gh__rm"] },
    });
    expect(losses.map(({ item, field, fidelity, severity }) => [item, field, fidelity, severity])).toEqual([
      ["off", undefined, "lost", "info"],
      ["gh", "disabledTools", "translated", "warning"],
    ]);
  });
  it("S35-08 S35-09 the old Windsurf reads serverUrl for HTTP, url for SSE, and disabledTools, below the home directory", async () => {
    const { files } = await written(layers, old, { scope: "user" });
    expect(Object.keys(files)).toEqual([".codeium/windsurf/mcp_config.json"]);
    expect(json(files, ".codeium/windsurf/mcp_config.json")).toEqual({
      mcpServers: {
        gh: { ...gh, disabledTools: ["rm"] },
        http: { serverUrl: "https://x.example/mcp", headers: { Authorization: "Bearer ${env:TOKEN}" } },
        sse: { url: "https://x.example/sse" },
      },
    });
  });
  it("S35-07 S35-10 S17-19 B12 the old layout writes no server in a project, and warns", async () => {
    const { files, losses, made } = await written(layers, old);
    expect(files).toEqual({});
    expect(losses.filter(({ severity }) => severity === "warning").map(({ item }) => item)).toEqual([
      "gh",
      "http",
      "sse",
      "off",
    ]);
    expect(made.diagnostics).toContainEqual(
      expect.objectContaining({
        code: "mcp-user-scope",
        severity: "warning",
        message: expect.stringContaining("not portable"),
      }),
    );
  });
  it("S35-10 warns in user scope too that the servers hold for one user", async () => {
    const { made } = await written(layers, old, { scope: "user" });
    expect(made.diagnostics).toContainEqual(expect.objectContaining({ code: "mcp-user-scope", severity: "warning" }));
    const devin = await written(layers);
    expect(devin.made.diagnostics.map(({ code }) => code)).not.toContain("mcp-user-scope");
  });
  it("S35-11 warns about fields without a place, and about more than 100 tools", async () => {
    const tools = Array.from({ length: 101 }, (_, index) => `t${index}`);
    const many = { mcp: { a: { command: "a", cwd: "x", connectTimeoutMs: 5, enabledTools: tools } } };
    for (const options of [{}, old]) {
      const { losses, made } = await written(many, options, { scope: "user" });
      expect(losses.map(({ field, severity }) => [field, severity]).sort()).toEqual([
        ["connectTimeoutMs", "warning"],
        ["cwd", "warning"],
        ["enabledTools", "warning"],
      ]);
      expect(made.diagnostics.some(({ code }) => code === "mcp-tool-limit")).toBe(options === old);
    }
  });
  it("B11 S06-22 writes servers that are off only where that can be said", async () => {
    const on = await written(layers, old, { scope: "user", includeDisabled: true });
    expect(json(on.files, ".codeium/windsurf/mcp_config.json")).toMatchObject({
      mcpServers: { off: { command: "off-mcp", disabled: true } },
    });
    const devin = await written(layers, {}, { includeDisabled: true });
    expect(JSON.stringify(devin.files)).not.toContain("off-mcp");
    expect(devin.losses).toContainEqual(expect.objectContaining({ item: "off", severity: "warning" }));
  });
  it("writes permissions beside the servers, and warns where the layout has no file for them", async () => {
    const permissions = { allow: ["Read(src/**)"], deny: ["Exec(sudo)"] };
    const { files } = await written({}, { permissions });
    expect(json(files, ".devin/config.json")).toEqual({ permissions });
    const { made } = await written({}, { ...old, permissions });
    expect(made.diagnostics).toContainEqual(expect.objectContaining({ code: "option-idle", field: "permissions" }));
  });
});

describe("skills", () => {
  const text =
    "---\nname: fix\ndescription: Fix it\npriority: 3\n---\nLook at the issue.\n\n- Write a test.\n- Patch.\n";
  const fix = async () => ({ skills: { "fix/SKILL.md": text, "fix/run.sh": "#!/bin/sh\n" } });

  it.each([
    [{}, "project", ".agents/skills"],
    [{}, "user", ".agents/skills"],
    [{ skillsDirectory: ".devin/skills" }, "project", ".devin/skills"],
    [{ skillsDirectory: ".devin/skills" }, "user", ".config/devin/skills"],
  ] as const)("R10 are native, byte for byte: %j in %s scope", async (options, scope, directory) => {
    const { files, losses } = await written(await fix(), options, { scope });
    expect(files).toEqual({ [`${directory}/fix/SKILL.md`]: text, [`${directory}/fix/run.sh`]: "#!/bin/sh\n" });
    expect(losses).toMatchObject([{ item: "fix", field: "priority", severity: "info" }]);
  });
  it("S35-12 the old layout writes no skills by default, and says so by name", async () => {
    const { files, losses, made } = await written(await fix(), old);
    expect(files).toEqual({});
    expect(losses).toMatchObject([{ feature: "skills", item: "fix", severity: "warning", fidelity: "lost" }]);
    expect(made.diagnostics).toContainEqual(expect.objectContaining({ code: "skills-without-place" }));
  });
  it.each([
    ["project", ".windsurf/workflows/fix.md"],
    ["user", ".codeium/windsurf/global_workflows/fix.md"],
  ] as const)(
    "S35-12 S35-13 S35-16 S17-18 writeWorkflows translates them, with a warning, in %s scope",
    async (scope, path) => {
      const { files, losses } = await written(await fix(), { ...old, writeWorkflows: true }, { scope });
      expect(files).toEqual({ [path]: "# fix\n\nFix it\n\n1. Look at the issue.\n\n2. Write a test.\n3. Patch.\n" });
      expect(losses).toMatchObject([{ item: "fix", fidelity: "translated", severity: "warning" }]);
      expect(losses[0]?.reason).toContain("1 supporting file has no place");
    },
  );
  it("S35-12 warns about a workflow of more than 12,000 characters", async () => {
    const long = { "fix/SKILL.md": `---\nname: fix\ndescription: d\n---\n${"x".repeat(12_000)}\n` };
    const { made } = await written({ skills: long }, { ...old, writeWorkflows: true });
    expect(made.diagnostics).toContainEqual(
      expect.objectContaining({ code: "budget-exceeded", path: ".windsurf/workflows/fix.md" }),
    );
  });
  it("S35-16 keeps numbered lists, headings and code as they are", () => {
    expect(numberedSteps("1. a\n2. b\n")).toBe("1. a\n2. b\n");
    expect(numberedSteps("## Do\n\nRun\nthis:\n\n```sh\n- x\n```\n\n* b\n  more\n")).toBe(
      "## Do\n\n1. Run\n   this:\n\n   ```sh\n   - x\n   ```\n\n2. b\n     more\n",
    );
  });
  it("S35-16 no workflow starts with front matter, and none loses a word", async () => {
    const words = (value: string) => value.match(/[a-z]+/g) ?? [];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("ab", "- cd", "---", "", "# ef", "```", "  gh", "* ij")),
        async (lines) => {
          const steps = numberedSteps(lines.join("\n"));
          expect(words(steps)).toEqual(words(lines.join("\n")));
        },
      ),
    );
    const odd = { "fix/SKILL.md": "---\nname: fix\ndescription: d\n---\n---\nx: y\n---\n" };
    const { files } = await written({ skills: odd }, { ...old, writeWorkflows: true });
    expect(files[".windsurf/workflows/fix.md"]).toMatch(/^# fix\n/);
  });
});

describe("what has no place", () => {
  it.each([{}, old])("S37-08 S37-09 subagents are reported, and exact mode fails: %j", async (options) => {
    const layers = { subagents: { helper: { description: "d", instructions: "x\n" } } };
    const { files, losses } = await written(layers, options);
    expect(files).toEqual({});
    expect(losses).toMatchObject([{ feature: "subagents", item: "helper", severity: "warning" }]);
    await expect(written(layers, options, { exact: true })).rejects.toMatchObject({ code: "ERR_STAX_EXACT_UNMET" });
  });
  it.each(["project", "user"] as const)(
    "S35-15 S17-20 owns no memories, state, .codeiumignore or tokens in %s scope",
    async (scope) => {
      for (const options of [{}, { ...old, writeWorkflows: true }, single]) {
        const { files } = await writeLayers(adapter, await sampleLayers(), windsurf(options), { scope });
        for (const path of Object.keys(files))
          expect(path.replace("memories/global_rules.md", "")).not.toMatch(
            /memories|codeiumignore|token|credential|state/i,
          );
      }
      const classOf = (path: string) =>
        adapter.runtimeFiles.filter((file) => matchesClaim(file.path, path)).map((file) => file.class);
      expect(classOf(".codeium/windsurf/memories/x.pb")).toEqual(["state"]);
      expect(classOf(".codeiumignore")).toEqual(["local-override"]);
    },
  );
  it("says of an option that it belongs to the other layout", async () => {
    const { made } = await written({ prompt: "P\n" }, { layout: "devin", writeWorkflows: true, ...single });
    expect(made.diagnostics.filter(({ code }) => code === "option-idle").map(({ field }) => field)).toEqual([
      "writeWorkflows",
      "legacyWindsurfrules",
    ]);
  });
});

describe("injection", () => {
  const nasty = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(
      'a: "b"',
      "---",
      "x\n---\ntrigger: always_on",
      "}}",
      '"""',
      "{ a: b",
      "- x",
      "# c",
      "\u0000\u0007\u001b",
      "'",
      "*",
      "&a",
      "!t",
      "\u2028",
      "null",
      "yes",
      "1e3",
    ),
  );
  it("whatever a rule's description and globs hold, the front matter reads back equal and sets nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(nasty, nasty, async (description, glob) => {
        const globs = [`src/${glob.replaceAll("/", "")}x.ts`];
        // JSON is YAML, whatever the text holds.
        const header = JSON.stringify({ scope: "glob", description, globs });
        const { files } = await written({ rules: { "r.md": `---\n${header}\n---\nBody.\n` } });
        const text = files[".devin/rules/r.md"] ?? "";
        const end = text.indexOf("\n---\n", 3);
        expect(parse(text.slice(4, end + 1))).toEqual({
          trigger: "glob",
          globs,
          description: description.replace(/\s+/g, " ").trim(),
        });
        expect(text.slice(end + 5)).toBe("Body.\n");
      }),
      { numRuns: 60 },
    );
  });
  it("whatever a server's arguments and environment hold, the configuration reads back equal and holds nothing else", async () => {
    const plain = nasty.filter((text) => !/[$]|\{(?:env|file):/.test(text));
    await fc.assert(
      fc.asyncProperty(plain, plain, async (arg, value) => {
        const { files, losses } = await written({ mcp: { s: { command: "x", args: [arg], env: { K: value } } } });
        if (losses.length > 0) return;
        expect(json(files, ".devin/config.json")).toEqual({
          mcpServers: { s: { command: "x", args: [arg], env: { K: value } } },
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe("its page", () => {
  it("names every file that is written", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/adapters/windsurf.md"), "utf8");
    const options = [{}, { ...old, writeWorkflows: true }, single] as const;
    for (const option of options)
      for (const scope of ["project", "user"] as const)
        for (const { path } of windsurf({ ...option, scope }).targets ?? []) expect(page).toContain(`\`${path}`);
  });
});
