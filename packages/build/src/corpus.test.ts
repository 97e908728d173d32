import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatDiagnostic } from "@stax/errors";
import { credentialsIn } from "@stax/layers";
import { fileEntry, kindOf, readEntry } from "@stax/schema";
import { describe, expect, it } from "vitest";
import { agent, build, contentOf, type Files, project, validate } from "./project.fixture.ts";

const corpus = fileURLToPath(new URL("../../../../shared/corpus/", import.meta.url));
const reason = existsSync(corpus) ? "" : " (skipped: ../shared/corpus is not there)";

/** filesBelow lists files, relative paths. */
function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(directory, path)).isFile(),
  );
}

const rulesFrom = (directory: string, suffix: RegExp): Files =>
  Object.fromEntries(
    filesBelow(join(corpus, directory))
      .filter((path) => suffix.test(path))
      .map((path) => [`rules/${path.replace(suffix, ".md")}`, readFileSync(join(corpus, directory, path))]),
  );

const skillsFrom = (directory: string): Files =>
  Object.fromEntries(
    filesBelow(join(corpus, directory)).map((path) => [`skills/${path}`, readFileSync(join(corpus, directory, path))]),
  );

const plugins = (): readonly string[] => readdirSync(join(corpus, "agents-marketplace/plugins"));

const collections: readonly (readonly [name: string, layer: "rules" | "skills", files: () => Files])[] = [
  ["rules of cursorrules", "rules", () => rulesFrom("cursorrules/rules", /\.mdc$/)],
  ["instructions of copilot", "rules", () => rulesFrom("copilot/instructions", /\.instructions\.md$/)],
  ["skills of superpowers", "skills", () => skillsFrom("superpowers/skills")],
  [
    "skills of the plugins",
    "skills",
    () =>
      Object.assign(
        {},
        ...plugins()
          .filter((name) => existsSync(join(corpus, "agents-marketplace/plugins", name, "skills")))
          .map((name) => skillsFrom(`agents-marketplace/plugins/${name}/skills`)),
      ),
  ],
  [
    "agents and commands of the plugins, as rules",
    "rules",
    () => rulesFrom("agents-marketplace/plugins", /(?<=(?:agents|commands)\/[^/]+)\.md$/),
  ],
];

describe("people's files", () => {
  it.skipIf(reason !== "")(`hold no credential, and none is seen in them${reason}`, async () => {
    const files = filesBelow(corpus).map((path) => fileEntry(path, readFileSync(join(corpus, path))));
    expect(files.length).toBeGreaterThan(500);
    expect(await credentialsIn(files)).toEqual([]);
  });

  it.skipIf(reason !== "").each(collections)(
    `are packed byte for byte or reported in one line: %s${reason}`,
    async (_, layer, read) => {
      const files = read();
      expect(Object.keys(files).length).toBeGreaterThan(5);
      const cwd = project({ "agent.json": agent({ [layer]: `./${layer}` }), ...files });
      const errors = (await validate(cwd)).filter(({ severity }) => severity === "error");
      for (const error of errors) {
        expect(formatDiagnostic(error)).not.toContain("\n");
        expect(files).toHaveProperty([String(error.path)]);
        expect(error).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
        // What is wrong is said; where the way out is not obvious from it, so is that.
        expect(error.message.length).toBeGreaterThan(10);
      }
      const refused = new Set(errors.map(({ path }) => String(path)));
      // A skill is refused whole: its directory goes with its SKILL.md.
      const dropped = (path: string) =>
        [...refused].some((bad) => (layer === "skills" ? path.startsWith(`${dirname(bad)}/`) : path === bad));
      for (const path of Object.keys(files)) if (dropped(path)) rmSync(join(cwd, path));
      const content = await contentOf(await build(cwd), "sample:1.0.0");
      const kind = kindOf(layer);
      if (kind.format !== "tree") throw new Error(`${layer} is no tree`);
      const packed = new Map(kind.files(content[layer]).map((entry) => [`${layer}/${entry.path}`, entry]));
      const kept = Object.keys(files).filter((path) => !dropped(path));
      expect([...packed.keys()].sort()).toEqual(kept.sort());
      for (const path of kept) {
        const entry = packed.get(path);
        const bytes = entry && (await readEntry(entry, 10_000_000));
        expect(bytes !== undefined && Buffer.from(bytes).equals(Buffer.from(files[path] ?? "?")), path).toBe(true);
      }
    },
  );
});
