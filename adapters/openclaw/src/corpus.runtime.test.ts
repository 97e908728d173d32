import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { apply, materialize, plan, Root } from "@stax/materialize";
import { fileEntry, layerKinds, sortTree } from "@stax/schema";
import { readCorpus } from "@stax/testing/corpus";
import { describe, expect, it } from "vitest";
import { data, openclawClient, promptOf, scratchHome, title } from "./client.fixture.ts";
import { adapter } from "./index.ts";
import { agentConfig } from "./materialize.fixture.ts";

const corpus = join(import.meta.dirname, "../../../../shared/corpus");
// Of this module, so that the compiler sees what it is in the tests below.
const client = openclawClient;
const reason = existsSync(corpus) ? "" : " (skipped: the corpus is not beside the repository)";

/** Every skill of the corpus with the files beside it; of two with one name, the first. */
function corpusSkills() {
  const folders = readdirSync(corpus, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("/SKILL.md"))
    .sort()
    .map((path) => dirname(join(corpus, path)));
  const byName = new Map(folders.reverse().map((folder) => [folder.split("/").at(-1) ?? "", folder]));
  return sortTree(
    [...byName].flatMap(([name, folder]) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .map((path) => join(folder, path))
        .filter((path) => statSync(path).isFile())
        .map((path) => fileEntry(`${name}/${relative(folder, path)}`, readFileSync(path))),
    ),
  );
}

describe.skipIf(typeof client === "string" || reason !== "")(`${title}: real skills${reason}`, () => {
  if (typeof client === "string") return;

  it("S19-07 loads every one that the format accepts", async () => {
    const skills = await layerKinds.skills.parse(corpusSkills(), { report: () => undefined });
    expect(skills.skills.length).toBeGreaterThan(40);
    const home = scratchHome();
    const root = Root.at(home);
    const { composed } = materialize({ skills }, agentConfig(), [adapter], { scope: "user" });
    await apply(await plan(composed, [], root), root);
    const { skills: listed } = data(client, home, ["skills", "list", "--json"]) as {
      readonly skills: readonly { readonly name: string; readonly source: string }[];
    }; // what the client documents
    const own = listed.filter(({ source }) => source === "openclaw-workspace").map(({ name }) => name);
    expect(own.sort()).toEqual(skills.skills.map(({ header }) => header.name).sort());
  });
  it("does not read the rules of hundreds of people in one AGENTS.md, which is why that is reported", async () => {
    const people = await readCorpus();
    if (typeof people === "string") throw new Error(people);
    const home = scratchHome();
    const root = Root.at(home);
    const { rules } = people.layers;
    const made = materialize({ ...(rules && { rules }) }, agentConfig(), [adapter], { scope: "user" });
    await apply(await plan(made.composed, [], root), root);
    expect(made.diagnostics).toContainEqual(
      expect.objectContaining({ code: "budget-exceeded", path: expect.stringMatching(/AGENTS\.md$/) }),
    );
    expect(await promptOf(client, home)).toContain("[UNREADABLE: File exceeds 2097152 bytes]");
  });
});
