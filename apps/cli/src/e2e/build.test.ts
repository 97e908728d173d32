import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agent, agentFiles, personaFiles, write } from "./project.fixture.ts";
import { stax, staxJson, temporaryDirectory } from "./run-stax.fixture.ts";

describe("stax init", () => {
  const cases = [
    ["--agent"],
    ["--agent", "--template", "minimal", "--format", "yaml"],
    ["--agent", "--format", "json"],
    ["--package", "--format", "ts"],
    ["--package", "--template", "minimal", "--format", "json"],
    ["--profile", "--format", "yaml"],
  ];
  it.each(cases)("S13-01 scaffolds a project that validates and builds: %s %s %s %s %s", async (...given) => {
    const cwd = temporaryDirectory();
    const made = await staxJson(["init", "my-project", ...given.filter((flag) => flag !== undefined)], { cwd });
    expect(made.json).toMatchObject({ ok: true, data: { name: "my-project", directory: join(cwd, "my-project") } });
    for (const file of made.json.data.files) expect(existsSync(join(cwd, "my-project", file))).toBe(true);
    const inside = { cwd: join(cwd, "my-project") };
    expect(await stax(["validate", "--strict"], inside)).toMatchObject({ code: 0, stderr: "" });
    expect(await stax(["build"], inside)).toMatchObject({ code: 0, stderr: "" });
  });

  it("S13-01 touches nothing that is there", async () => {
    const cwd = write(temporaryDirectory(), { "agent.ts": "mine" });
    const { code, stderr } = await stax(["init", "--yes"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("agent.ts");
    expect(readFileSync(join(cwd, "agent.ts"), "utf8")).toBe("mine");
    expect(existsSync(join(cwd, "SYSTEM_PROMPT.md"))).toBe(false);
  });
});

describe("stax build", () => {
  it("S13-02 finds .stax/<name>/agent.ts and package.ts", async () => {
    const cwd = write(temporaryDirectory(), {
      ".stax/helper/agent.ts": `import { defineAgent } from "stax";\nimport claudeCode from "@stax/claude-code";\nexport default defineAgent({ name: "helper", version: "1.0.0", description: "d", adapter: claudeCode({}), prompt: "./P.md" });\n`,
      ".stax/helper/P.md": "You help.\n",
      ".stax/shared/package.ts": `import { definePackage } from "stax";\nexport default definePackage({ name: "shared", version: "1.0.0", description: "d", rules: "./rules/" });\n`,
      ".stax/shared/rules/a.md": "A.\n",
    });
    const { code, json } = await staxJson(["build", "--all"], { cwd });
    expect(code).toBe(0);
    expect(json.data.artifacts.map(({ reference }: { reference: string }) => reference).sort()).toEqual([
      "helper:1.0.0",
      "shared:1.0.0",
    ]);
  });

  it("S13-03 builds the definition or directory that is named", async () => {
    const cwd = write(temporaryDirectory(), {
      "one/agent.json": agent(),
      "one/SYSTEM_PROMPT.md": "Hi.\n",
      ".git/HEAD": "",
    });
    const [file, directory] = [
      await staxJson(["build", "one/agent.json"], { cwd }),
      await staxJson(["build", "one"], { cwd }),
    ];
    expect(file.json.data.artifacts[0].reference).toBe("helper:1.2.3");
    expect(directory.json.data.artifacts[0].digest).toBe(file.json.data.artifacts[0].digest);
  });

  it("S13-04 builds with a persona, with all of them, and an index over them", async () => {
    const cwd = write(temporaryDirectory(), { ...agentFiles(), ...personaFiles });
    const one = await staxJson(["build", "--persona", "ann"], { cwd });
    expect(one.json.data.artifacts).toMatchObject([
      { persona: "ann", tag: "1.2.3-ann", reference: "helper:1.2.3-ann" },
    ]);
    const all = await staxJson(["build", "--all-personas", "--index"], { cwd });
    expect(all.json.data.artifacts.map(({ persona }: { persona: string }) => persona)).toEqual(["ann", "bo"]);
    expect(all.json.data.indexes[0].reference).toBe("helper:1.2.3-personas");
    const chosen = await staxJson(["inspect", "helper:1.2.3-personas", "--persona", "bo"], { cwd });
    expect(chosen.json.data.digest).toBe(all.json.data.artifacts[1].digest);
    const unknown = await stax(["build", "--persona", "cy"], { cwd });
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
  });

  it("S13-04 reports the index of each agent with --all, and counts its own personas only", async () => {
    const files = (name: string) => ({
      [`${name}/agent.json`]: agent({ name }),
      [`${name}/SYSTEM_PROMPT.md`]: "Hi.\n",
    });
    const cwd = write(temporaryDirectory(), {
      ".git/HEAD": "",
      ...files("one"),
      ...files("three"),
      ...files("two"),
      ...Object.fromEntries(Object.entries(personaFiles).map(([path, text]) => [`one/${path}`, text])),
      "two/personas/ann.json": JSON.stringify({ name: "ann", displayName: "Ann", role: "reviewer" }),
    });
    const line = ["build", "--all", "--all-personas", "--index"];
    const { json } = await staxJson(line, { cwd });
    expect(json.data.indexes).toMatchObject([
      { name: "one", reference: "one:1.2.3-personas", personas: 2 },
      { name: "two", reference: "two:1.2.3-personas", personas: 1 },
    ]);
    for (const { reference, digest } of json.data.indexes)
      expect((await staxJson(["inspect", reference, "--persona", "ann"], { cwd })).json.ok, digest).toBe(true);
    expect((await stax(line, { cwd })).stdout).toMatch(
      /one:1\.2\.3-personas@\S+ {2}index of 2 artifacts\n.*two:.*index of 1 artifact\n/,
    );
  });

  it("S13-04 S13-12 refuses links in layers, and packs what they lead to with --symlink-mode flatten", async () => {
    const cwd = write(temporaryDirectory(), agentFiles());
    write(cwd, { "shared.md": "---\nid: shared\n---\nShared.\n" });
    symlinkSync("../shared.md", join(cwd, "rules/shared.md"));
    const refused = await staxJson(["validate"], { cwd });
    expect(refused.code).toBe(1);
    expect(refused.json.diagnostics).toContainEqual(
      expect.objectContaining({ severity: "error", path: expect.stringContaining("rules/shared.md") }),
    );
    const flattened = await staxJson(["build", "--symlink-mode", "flatten"], { cwd });
    expect(flattened.code).toBe(0);
    const { json } = await staxJson(["inspect", "helper"], { cwd });
    expect(json.data.layers.find(({ name }: { name: string }) => name === "rules").items).toEqual(["clear", "shared"]);
  });

  it("S13-05 writes an OCI layout to .stax/artifacts of the workspace, or where --out says", async () => {
    const cwd = write(temporaryDirectory(), { ...agentFiles(), ".git/HEAD": "" });
    const built = await staxJson(["build"], { cwd });
    expect(built.json.data.layout).toBe(join(cwd, ".stax/artifacts"));
    const index = JSON.parse(readFileSync(join(cwd, ".stax/artifacts/index.json"), "utf8"));
    expect(index.manifests[0].annotations["org.opencontainers.image.ref.name"]).toBe("helper:1.2.3");
    const elsewhere = await staxJson(["build", "--out", "./layout", "--tag", "edge"], { cwd });
    expect(elsewhere.json.data).toMatchObject({
      layout: join(cwd, "layout"),
      artifacts: [{ reference: "helper:edge" }],
    });
    expect(elsewhere.json.data.artifacts[0].digest).toBe(built.json.data.artifacts[0].digest);
  });

  it("S13-06 stores nothing when a path or a field is wrong, and X-21 leaves the previous artifact as it was", async () => {
    const cwd = write(temporaryDirectory(), agentFiles());
    await stax(["build"], { cwd });
    const before = readFileSync(join(cwd, ".stax/artifacts/index.json"), "utf8");
    write(cwd, { "agent.json": agent({ tags: ["a", "a"], promt: "./P.md" }) });
    const { code, json } = await staxJson(["build"], { cwd });
    expect(code).toBe(1);
    expect(json.error?.code).toBe("ERR_STAX_INVALID");
    expect(json.diagnostics.filter(({ severity }) => severity === "error").length).toBeGreaterThanOrEqual(2);
    expect(readFileSync(join(cwd, ".stax/artifacts/index.json"), "utf8")).toBe(before);
  });

  it("stops before anything is stored when --strict makes a warning an error", async () => {
    const cwd = write(temporaryDirectory(), {
      ...agentFiles(),
      "skills/look/SKILL.md": "---\nname: look\ndescription: d\nuser-invocable: true\n---\n",
    });
    mkdirSync(join(cwd, "rules/empty"));
    const lenient = await staxJson(["validate"], { cwd });
    expect(lenient.json.diagnostics.some(({ severity }) => severity === "warning")).toBe(true);
    const strict = await stax(["build", "--strict"], { cwd });
    expect(strict.code).toBe(1);
    expect(existsSync(join(cwd, ".stax/artifacts/index.json"))).toBe(false);
  });

  it("S03-73 takes --max-layer-size wherever layers are read, with KB, MB and GB as well as KiB, MiB and GiB", async () => {
    const cwd = write(temporaryDirectory(), agentFiles());
    expect((await stax(["build", "--max-layer-size", "rules=1GB,skills=600MB,knowledge=1gib"], { cwd })).code).toBe(0);
    for (const line of [
      ["inspect", "helper"],
      ["extract", "helper", "extracted"],
      ["diff", "helper", "helper"],
      ["materialize", "helper", "--out", "out"],
      ["plan-install", "helper"],
    ]) {
      const refused = await stax([...line, "--max-layer-size", "rules=10"], { cwd });
      expect({ line, code: refused.code }).toEqual({ line, code: 2 });
      expect((await stax([...line, "--max-layer-size", "rules=1GB"], { cwd })).code).toBe(0);
    }
  });

  it("takes limits by --max-layer-size, in kebab-case too, and refuses what is no size", async () => {
    const cwd = write(temporaryDirectory(), agentFiles());
    const small = await staxJson(["build", "--max-layer-size", "rules=10,instruction-tree=1MiB"], { cwd });
    expect(small.code).toBe(1);
    expect(JSON.stringify(small.json.diagnostics)).toContain("rules");
    for (const size of ["rules", "rules=", "rules=1XB", "ruls=1KiB", "rules=0"]) {
      const { code, stderr } = await stax(["build", "--max-layer-size", size], { cwd });
      expect({ size, code }).toEqual({ size, code: 1 });
      expect(stderr).toContain("--max-layer-size");
    }
  });
});

describe("stax validate", () => {
  it("X-22 reports all errors at once with file, position, field and code", async () => {
    const cwd = write(temporaryDirectory(), {
      ...agentFiles(),
      "agent.json": agent({
        nmae: "x",
        version: "one",
        tags: ["a", "a"],
        rules: "./rules/",
        packages: ["not a reference"],
      }),
    });
    const { code, json } = await staxJson(["validate"], { cwd });
    expect(code).toBe(1);
    expect(json).toMatchObject({ ok: false, error: { code: "ERR_STAX_FINDINGS" } });
    const errors = json.diagnostics.filter(({ severity }) => severity === "error");
    for (const field of ["nmae", "version", "tags"]) {
      const found = errors.find((error) => String(error.field).startsWith(field));
      expect(found, field).toMatchObject({
        path: "agent.json",
        line: expect.any(Number),
        column: expect.any(Number),
        code: expect.stringMatching(/^[a-z-]+$/),
      });
    }
    expect(JSON.stringify(errors.find(({ field }) => field === "nmae"))).toContain("name");
    expect(errors.some(({ field }) => String(field).startsWith("packages"))).toBe(true);
    const plain = await stax(["validate"], { cwd });
    expect(plain.stdout).toBe("");
    expect(plain.stderr).toMatch(/^agent\.json:\d+:\d+: error: /m);
    expect(plain.stderr).not.toMatch(/^ {4}at /m);
  });

  it("X-22 reports the errors of every file that a definition names at once", async () => {
    const cwd = write(temporaryDirectory(), {
      ...agentFiles(),
      "rules/bad.md": "---\nscope: sometimes\n---\nx\n",
      "skills/look/SKILL.md": "---\nname: Look\n---\n",
      "mcp-servers.json": JSON.stringify({ servers: { docs: { transport: "http" } } }),
    });
    const { code, json } = await staxJson(["validate"], { cwd });
    expect(code).toBe(1);
    const errors = json.diagnostics.filter(({ severity }) => severity === "error");
    expect(errors).toContainEqual(expect.objectContaining({ path: "rules/bad.md", line: 2, field: "scope" }));
    for (const path of ["skills/look/SKILL.md", "mcp-servers.json"])
      expect(errors.map((error) => error.path)).toContain(path);
  });

  const mistakes: readonly [id: string, fields: Record<string, unknown>, expected: string][] = [
    ["S13-08 a missing required field", { description: undefined }, "description"],
    ["S13-09 a path that does not exist", { skills: "./nowhere/" }, "skills"],
    ["S13-09 a path of the wrong type", { rules: "./SYSTEM_PROMPT.md" }, "rules"],
    ["S13-10 a package reference that is none", { packages: ["ghcr.io/UPPER/case"] }, "packages"],
    ["S13-11 tags that repeat", { tags: ["x", "y", "x"] }, "tags"],
  ];
  it.each(mistakes)("%s is an error of validate", async (_name, fields, expected) => {
    const cwd = write(temporaryDirectory(), { "agent.json": agent(fields), "SYSTEM_PROMPT.md": "Hi.\n" });
    const { code, json } = await staxJson(["validate"], { cwd });
    expect(code).toBe(1);
    expect(
      json.diagnostics
        .filter(({ severity }) => severity === "error")
        .map(({ field }) => String(field).split(/[.[]/)[0]),
    ).toContain(expected);
  });

  it("S13-08 names what is valid", async () => {
    const cwd = write(temporaryDirectory(), { ...agentFiles(), ...personaFiles });
    expect(await stax(["validate"], { cwd })).toEqual({
      code: 0,
      stdout: "agent.json: agent helper 1.2.3 is valid (2 personas: ann, bo)\n",
      stderr: "",
    });
  });
});
