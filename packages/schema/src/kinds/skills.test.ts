import { describe, expect, it } from "vitest";
import { allowedTools, layerKinds } from "../index.ts";
import { codesOf, parseTree } from "../sample.fixture.ts";

const skill = (lines: string) => `---\n${lines}\n---\n# Do it\n`;
const parse = (files: Record<string, string>) => parseTree("skills", files);
const findingsOf = async (header: string, name = "fix-issue") =>
  codesOf((await parse({ [`${name}/SKILL.md`]: skill(header) })).findings);

describe("skills.parse", () => {
  it("reads header, body and every file of the directory", async () => {
    const { payload, findings } = await parse({
      "fix-issue/SKILL.md": skill("name: fix-issue\ndescription: Fixes issues"),
      "fix-issue/scripts/run.sh": "#!/bin/sh\n",
    });
    expect(findings).toEqual([]);
    expect(payload.skills[0]).toMatchObject({
      name: "fix-issue",
      header: { description: "Fixes issues" },
      body: "# Do it\n",
    });
    expect(payload.skills[0]?.tree.map(({ path }) => path)).toEqual(["SKILL.md", "scripts/run.sh"]);
  });
  it("S07-01 requires name and description", async () => {
    expect(await findingsOf("name: fix-issue")).toEqual(["error field-invalid fix-issue/SKILL.md:2"]);
    expect(await findingsOf("description: d")).toEqual(["error field-invalid fix-issue/SKILL.md:2"]);
  });
  it("S07-02 warns where the directory has another name", async () => {
    expect(await findingsOf("name: other-name\ndescription: d")).toEqual([
      "warning skill-name-differs fix-issue/SKILL.md",
    ]);
  });
  it.each(["a", "Bad_Name", "-a-", "a-"])("S07-03 refuses the name %s", async (name) => {
    expect(await findingsOf(`name: "${name}"\ndescription: d`)).toContain("error field-invalid fix-issue/SKILL.md:2");
  });
  it("S07-04 accepts allowed-tools as a list and, with a note, as one string (decision A28)", async () => {
    expect(await findingsOf("name: fix-issue\ndescription: d\nallowed-tools: [Read, Grep]")).toEqual([]);
    expect(await findingsOf("name: fix-issue\ndescription: d\nallowed-tools: Read, Grep")).toEqual([
      "info skill-allowed-tools-string fix-issue/SKILL.md",
    ]);
    expect(await findingsOf("name: fix-issue\ndescription: d\nallowed-tools: {a: 1}")).toEqual([
      "error field-invalid fix-issue/SKILL.md:4",
    ]);
  });
  it("S07-06 checks the types of the other known fields", async () => {
    for (const line of ["model: 1", "user-invocable: maybe", "argument-hint: [x]", "priority: high", "tags: one"])
      expect(await findingsOf(`name: fix-issue\ndescription: d\n${line}`)).toEqual([
        "error field-invalid fix-issue/SKILL.md:4",
      ]);
  });
  it("S07-05 keeps unknown fields", async () => {
    const { payload, findings } = await parse({ "ab/SKILL.md": skill("name: ab\ndescription: d\nlicense: MIT") });
    expect(findings).toEqual([]);
    expect(payload.skills[0]?.header).toMatchObject({ license: "MIT" });
  });
  it("S03-47 refuses a directory without SKILL.md", async () => {
    expect(codesOf((await parse({ "nomd/readme.txt": "x" })).findings)).toEqual(["error skill-md-missing nomd"]);
  });
  it("S03-50 warns about files directly under skills/", async () => {
    expect(codesOf((await parse({ "README.md": "x" })).findings)).toEqual(["warning skill-file-outside README.md"]);
  });
  it("S03-48 tells directories apart by case", async () => {
    const { payload } = await parse({
      "ab/SKILL.md": skill("name: ab\ndescription: d"),
      "AB/SKILL.md": skill("name: ab\ndescription: d"),
    });
    expect(payload.skills.map(({ name }) => name)).toEqual(["AB", "ab"]);
  });
});

describe("allowedTools", () => {
  it.each([
    ["Read, Grep", ["Read", "Grep"]],
    ["Bash(git log:*) Read", ["Bash(git log:*)", "Read"]],
    [["Read"], ["Read"]],
  ])("reads %j", (value, tools) => {
    expect(allowedTools({ name: "ab", description: "d", "allowed-tools": value })).toEqual(tools);
  });
});

describe("skills.merge", () => {
  it("S07-11 replaces a whole directory", async () => {
    const base = (
      await parse({
        "ab/SKILL.md": skill("name: ab\ndescription: old"),
        "ab/extra.md": "gone",
        "cd/SKILL.md": skill("name: cd\ndescription: d"),
      })
    ).payload;
    const override = (await parse({ "ab/SKILL.md": skill("name: ab\ndescription: new") })).payload;
    const merged = layerKinds.skills.merge?.(base, override);
    expect(merged?.skills.map(({ name, header, tree }) => [name, header.description, tree.length])).toEqual([
      ["cd", "d", 1],
      ["ab", "new", 1],
    ]);
  });
});

describe("skills.annotate", () => {
  it("S07-12 counts the skills", async () => {
    expect(
      layerKinds.skills.annotate?.((await parse({ "ab/SKILL.md": skill("name: ab\ndescription: d") })).payload),
    ).toEqual({ "dev.stax.skills.count": "1" });
  });
});
