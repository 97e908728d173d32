import { chmodSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporary, writeFiles } from "../project.fixture.ts";
import { applyEdits, editReferences } from "./edit-references.ts";

const old = "ghcr.io/acme/std:1.0.0";
const next = "ghcr.io/acme/std:2.0.0";

function edited(name: string, text: string) {
  const directory = temporary();
  writeFiles(directory, { [name]: text });
  return editReferences(join(directory, name), new Map([[old, next]]));
}

describe("editReferences", () => {
  it.each([
    ["agent.ts", `packages: ["${old}", '${old}', \`${old}\`]`],
    ["agent.json", `{"packages":["${old}"]}`],
    ["agent.yaml", `packages:\n  - ${old}\n  - "${old}"\n  - '${old}' # why\n`],
    ["agent.yaml", `packages: [ ${old}, "${old}" ]\r\nname: x\r\n`],
    ["agent.yaml", `packages:\n- ${old}`],
  ])("%s: replaces every value, and nothing else: %j", (name, text) => {
    const { after, missing } = edited(name, text);
    expect({ after, missing }).toEqual({ after: text.replaceAll(old, next), missing: [] });
  });
  it.each([
    ["agent.ts", `packages: ["${old}-rc.1", "${old}@sha256:1", "x${old}"]`],
    ["agent.ts", `overrides: { packages: { "${old}": digest } }`],
    ["agent.yaml", `packages:\n  - ${old}-rc.1\noverrides:\n  packages:\n    ${old}: sha256\n    "${old}": sha256\n`],
    ["agent.yaml", `# - about ${old}\ndescription: builds on ${old} only\n`],
  ])(
    "%s: leaves alone what is another reference, a key or prose, and says that nothing was found: %j",
    (name, text) => {
      const { after, missing } = edited(name, text);
      expect({ after, missing }).toEqual({ after: text, missing: [old] });
    },
  );
});

describe("applyEdits", () => {
  it("keeps modes and links, and takes everything back", () => {
    const directory = temporary();
    writeFiles(directory, { "real.json": `["${old}"]` });
    chmodSync(join(directory, "real.json"), 0o640);
    symlinkSync("real.json", join(directory, "agent.json"));
    const restore = applyEdits([editReferences(join(directory, "agent.json"), new Map([[old, next]]))]);
    expect(readFileSync(join(directory, "real.json"), "utf8")).toBe(`["${next}"]`);
    expect(statSync(join(directory, "real.json")).mode & 0o777).toBe(0o640);
    restore();
    expect(readFileSync(join(directory, "agent.json"), "utf8")).toBe(`["${old}"]`);
  });
  it("writes none where one cannot be written", () => {
    const directory = temporary();
    writeFiles(directory, { "one.json": `["${old}"]`, "gone/two.json": `["${old}"]` });
    const edits = ["one.json", "gone/two.json"].map((name) =>
      editReferences(join(directory, name), new Map([[old, next]])),
    );
    const [one, two] = edits;
    if (one === undefined || two === undefined) throw new Error("two edits");
    expect(() => applyEdits([one, { ...two, path: join(directory, "nowhere/two.json") }])).toThrow("ENOENT");
    expect(readFileSync(join(directory, "one.json"), "utf8")).toBe(`["${old}"]`);
  });
});
