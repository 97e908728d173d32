import { fileEntry, readEntry } from "@stax/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstSentence, skillDocument, skillNameOf } from "./skills.ts";
import { heard, readToy } from "./toy.fixture.ts";

const skill = (name: string, more = "") => `---\nname: ${name}\ndescription: d\n${more}---\nBody of ${name}\n`;
const read = async (files: Readonly<Record<string, string>>) => {
  const told = await readToy(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`.toy/skills/${path}`, text])),
  );
  const skills = (told.layers.skills?.skills ?? []).map(({ name, tree }) => [name, tree.map(({ path }) => path)]);
  return { ...told, skills: Object.fromEntries(skills) as Readonly<Record<string, readonly string[]>> };
};

describe("readSkillTrees", () => {
  it("takes a skill within a skill for a part of it, and one in a group for a skill", async () => {
    const { skills, said } = await read({
      "outer/SKILL.md": skill("outer"),
      "outer/inner/SKILL.md": skill("inner"),
      "outer/inner/x.txt": "",
      "group/lone/SKILL.md": skill("lone"),
    });
    expect(skills).toEqual({ outer: ["SKILL.md", "inner/SKILL.md", "inner/x.txt"], lone: ["SKILL.md"] });
    expect(said).toEqual([expect.stringContaining(".toy/skills/group/lone/SKILL.md: the skill is named lone")]);
  });
  it("leaves what belongs to no skill: files at the top, directories without SKILL.md, one at the very top", async () => {
    const { skills, outcomes } = await read({
      "SKILL.md": skill("x"),
      "README.md": "x",
      "none/a.md": "x",
      "aa/SKILL.md": skill("aa"),
    });
    expect(Object.keys(skills)).toEqual(["aa"]);
    expect(outcomes).toEqual({
      ".toy/skills/README.md": "left",
      ".toy/skills/SKILL.md": "left",
      ".toy/skills/aa/SKILL.md": "carried",
      ".toy/skills/none/a.md": "left",
    });
  });
  it("gives names that need none to whoever has them already; the others get numbers", async () => {
    const { skills, layers } = await read({
      "Foo-Bar/SKILL.md": skill("x"),
      "foo-bar/SKILL.md": skill("foo-bar"),
      "foo_bar/SKILL.md": skill("x"),
      "g/foo-bar/SKILL.md": skill("x"),
    });
    expect(Object.keys(skills).sort()).toEqual(["foo-bar", "foo-bar-2", "foo-bar-3", "foo-bar-4"]);
    expect(layers.skills?.skills.find(({ name }) => name === "foo-bar")?.body).toBe("Body of foo-bar\n");
  });
  it("tells findings by the runtime's own files", async () => {
    const { said } = await read({ "My Skill/SKILL.md": skill("other") });
    expect(said.every((text) => text.includes(".toy/skills/My Skill/SKILL.md"))).toBe(true);
    expect(said).toHaveLength(2);
  });
});

describe("skillDocument", () => {
  const document = async (text: string | Uint8Array) => {
    const { context, said } = heard();
    const file = fileEntry("SKILL.md", text, { executable: true });
    const made = await skillDocument(file, "my-skill", "from", context);
    return {
      same: made === file,
      text: new TextDecoder().decode(await readEntry(made, 2 ** 24)),
      said,
      executable: made.executable,
    };
  };
  it("keeps the bytes of a valid one, unknown fields and all", async () => {
    expect((await document("---\r\nname: other\r\ndescription: d\r\nx-y: 1\r\n---\r\nB")).same).toBe(true);
  });
  it("writes a header where there is none, with the first line for a description", async () => {
    const { text, executable } = await document("\n# Do *this*\n\nNow.\n");
    expect(text).toBe('---\nname: "my-skill"\ndescription: "Do *this*"\n---\n\n# Do *this*\n\nNow.\n');
    expect(executable).toBe(true);
  });
  it("keeps what is valid of a header, and names what is not", async () => {
    const { text, said } = await document(
      "---\nname: Bad Name\ndescription: d\nallowed-tools: Read Bash(git log:*)\nmodel: 7\ntags: x\nlicense: MIT\n---\nB",
    );
    expect(text).toBe(
      '---\nname: "my-skill"\ndescription: "d"\nallowed-tools: "Read Bash(git log:*)"\nlicense: "MIT"\n---\nB',
    );
    expect(said).toEqual([
      "left from: model: is no value that a skill can have",
      "left from: tags: is no value that a skill can have",
      "changed from: front matter: is no front matter of a skill; it is written anew",
    ]);
  });
  it("is a document that the format takes, whatever it is given", async () => {
    const part = fc.constantFrom(
      "---",
      "\n",
      "name: a",
      "name: [x",
      "description:",
      "*",
      ": ",
      '"',
      "\r\n",
      "\ufeff",
      "\0",
      "é",
      "- ",
      "a: b",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
        const once = await document(parts.join(""));
        expect((await document(once.text)).same).toBe(true);
      }),
    );
  });
});

describe("skillNameOf", () => {
  it.each([
    ["fix-issue", "fix-issue"],
    ["Fix Issue", "fix-issue"],
    ["déploiement", "deploiement"],
    ["a", "a-skill"],
    ["日本", "unnamed-skill"],
    ["--x_y--", "x-y"],
  ])("makes %j %j", (name, expected) => expect(skillNameOf(name)).toBe(expected));
});

describe("firstSentence", () => {
  it("is the first line that says something, without its marks, and not endless", () => {
    expect(firstSentence("\n\n---\n## Title\nText")).toBe("Title");
    expect(firstSentence(" \n\t\n")).toBeUndefined();
    expect(firstSentence("x".repeat(1000))).toHaveLength(500);
  });
});
