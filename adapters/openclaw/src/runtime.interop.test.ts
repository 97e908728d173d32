import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { apply, materialize, plan, Root } from "@stax/materialize";
import type { Layers } from "@stax/schema";
import { findClient, materializeExample, type Scratch } from "@stax/testing/clients";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { adapter } from "./index.ts";
import { agentConfig, persona, skills, surfaces } from "./materialize.fixture.ts";
import { defineProfile, type Portable, portable, renderProfile } from "./profile.ts";

const client = findClient({
  name: "openclaw",
  package: "openclaw",
  version: "2026.9.6",
  binary: "openclaw/openclaw.mjs",
});

// The client is a script for the Node that runs these tests, which is new enough for it.
const env = { PATH: [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter) };
const jsonOf = (text: string): unknown => JSON.parse(text);

const profile = {
  ...defineProfile({
    name: "team",
    version: "1.0.0",
    openclaw: {
      agents: {
        defaults: {
          model: { primary: "anthropic/claude-opus-4-5", fallbacks: ["openai/gpt-5"] },
          workspace: "~/.openclaw/workspace",
          skipBootstrap: true,
          bootstrapMaxChars: 20_000,
          contextInjection: "always",
          sandbox: { mode: "non-main", scope: "agent", workspaceAccess: "rw", docker: { image: "debian:12" } },
          heartbeat: { every: "30m", prompt: "Look at the queue." },
        },
        entries: {
          reviewer: {
            name: "Reviewer",
            skills: ["code-review"],
            identity: { name: "Maya", emoji: "🔎" },
            tools: { profile: "coding", deny: ["exec"] },
          },
        },
      },
      models: {
        mode: "merge",
        providers: { local: { baseUrl: "http://127.0.0.1:11434/v1", api: "openai-completions", models: [] } },
      },
      skills: {
        allowBundled: ["github"],
        load: { watch: false, extraDirs: ["~/skills"] },
        entries: { weather: { enabled: false } },
      },
      tools: { profile: "coding", deny: ["browser"] },
      bindings: [{ agentId: "reviewer", match: { channel: "telegram" } }],
      gateway: { mode: "local", port: 18789, controlUi: { enabled: true, basePath: "/claw" } },
      messages: { ackReaction: "👀", responsePrefix: "[claw]" },
      ui: { seamColor: "#336699" },
    },
  }),
  secrets: [],
};

type Schema = {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
};

// Where a schema speaks of a key: among its properties, those of its branches, or for any name.
function schemasAt(schema: Schema, key: string): readonly Schema[] {
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const own = schema.properties?.[key];
  const any = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
  const here = own ?? (key === "*" ? any : undefined);
  return [...(here === undefined ? [] : [here]), ...branches.flatMap((branch) => schemasAt(branch, key))];
}

function unknownPaths(allowed: Portable, schemas: readonly Schema[], at: string): readonly string[] {
  if (schemas.length === 0) return [at];
  if (allowed === true) return [];
  return Object.entries(allowed).flatMap(([key, below]) =>
    unknownPaths(
      below,
      schemas.flatMap((schema) => schemasAt(schema, key)),
      `${at}.${key}`,
    ),
  );
}

describe.skipIf(typeof client === "string")(
  `OpenClaw ${typeof client === "string" ? `(skipped: ${client})` : client.version}`,
  () => {
    if (typeof client === "string") return;
    const run = (home: string, args: readonly string[]) => client.run(args, { cwd: home, home, env });
    const data = (home: string, args: readonly string[]) => {
      const ran = run(home, args);
      expect(ran.status, ran.stderr).toBe(0);
      return jsonOf(ran.stdout);
    };
    const scratchHome = () => {
      const home = realpathSync(mkdtempSync(join(tmpdir(), "stax-openclaw-home-")));
      onTestFinished(() => rmSync(home, { recursive: true, force: true }));
      return home;
    };
    const written = async (layers: Layers, home: string) => {
      const { composed } = materialize(layers, agentConfig(), [adapter], { scope: "user" });
      const root = Root.at(home);
      await apply(await plan(composed, [], root), root);
    };
    const configure = (home: string, config: unknown) => {
      mkdirSync(join(home, ".openclaw"), { recursive: true });
      writeFileSync(
        join(home, ".openclaw/openclaw.json"),
        typeof config === "string" ? config : JSON.stringify(config),
      );
    };

    describe("with the example in user scope", () => {
      let scratch: Scratch;
      beforeAll(() => {
        scratch = materializeExample("openclaw", "user");
      });
      afterAll(() => scratch.remove());

      it("S19-07 loads every skill of the workspace", () => {
        const expected = scratch.files
          .filter((path) => /^\.openclaw\/workspace\/skills\/[^/]+\/SKILL\.md$/.test(path))
          .map((path) => path.split("/").at(-2));
        const { skills: found } = data(scratch.home, ["skills", "list", "--json"]) as {
          readonly skills: readonly { readonly name: string; readonly source: string; readonly eligible: boolean }[];
        }; // what the client documents
        const own = found.filter(({ source }) => source === "openclaw-workspace");
        expect(expected.length).toBeGreaterThan(0);
        expect(own.map(({ name }) => name).sort()).toEqual(expected.sort());
        expect(own.every(({ eligible }) => eligible)).toBe(true);
      });
      it("S17-11 S19-01 puts AGENTS.md, SOUL.md, IDENTITY.md and USER.md into the prompt, whole", async () => {
        const sent = await client.capture(
          (endpoint) => {
            configure(scratch.home, {
              models: {
                providers: {
                  mock: {
                    baseUrl: endpoint,
                    apiKey: "x",
                    api: "anthropic-messages",
                    models: [{ id: "m1", name: "m1" }],
                  },
                },
              },
              agents: { defaults: { model: { primary: "mock/m1" } } },
            });
            return ["agent", "--local", "--agent", "main", "--message", "hi", "--json"];
          },
          { cwd: scratch.home, home: scratch.home, env },
        );
        const prompt = JSON.stringify(sent);
        const named = scratch.files.filter((path) => /\/workspace\/(?:AGENTS|SOUL|IDENTITY|USER)\.md$/.test(path));
        expect(named.length).toBeGreaterThan(0);
        const text = sent.replaceAll("\\n", "\n").replaceAll('\\"', '"');
        for (const path of named) {
          const lines = readFileSync(join(scratch.home, path), "utf8").split("\n");
          for (const line of lines.map((words) => words.trim()).filter((words) => words !== ""))
            expect(text.includes(line) || prompt.includes(line), `${path}: ${line}`).toBe(true);
        }
      });
    });

    it("S19-06 reads the name out of a synthesised IDENTITY.md", async () => {
      const home = scratchHome();
      await written({ surfaces: await surfaces({ "instructions.md": "I\n" }), persona }, home);
      expect(data(home, ["agents", "list", "--json"])).toMatchObject([
        { identityName: "Maya Chen", workspace: join(home, ".openclaw/workspace") },
      ]);
    });
    it("R6 reads a folded tools surface, and neither TOOLS.md nor HEARTBEAT.md", async () => {
      const home = scratchHome();
      const layers = {
        surfaces: await surfaces({ "instructions.md": "MARK-INSTRUCTIONS\n", "tools.md": "MARK-TOOLS\n" }),
      };
      await written(layers, home);
      for (const name of ["TOOLS.md", "HEARTBEAT.md"])
        writeFileSync(join(home, ".openclaw/workspace", name), `MARK-RETIRED-${name}\n`);
      const sent = await client.capture(
        (endpoint) => {
          configure(home, {
            models: {
              providers: {
                mock: { baseUrl: endpoint, apiKey: "x", api: "anthropic-messages", models: [{ id: "m1", name: "m1" }] },
              },
            },
            agents: { defaults: { model: { primary: "mock/m1" } } },
          });
          return ["agent", "--local", "--agent", "main", "--message", "hi", "--json"];
        },
        { cwd: home, home, env },
      );
      for (const seen of ["MARK-INSTRUCTIONS", "## Tools", "MARK-TOOLS"]) expect(sent).toContain(seen);
      expect(sent).not.toContain("MARK-RETIRED");
    });
    it("S19-07 shows the model a skill by its description, quotes and colons included", async () => {
      const home = scratchHome();
      await written(
        { skills: await skills({ "fix/SKILL.md": '---\nname: fix\ndescription: "a: \\"b\\""\n---\nx\n' }) },
        home,
      );
      expect(data(home, ["skills", "list", "--json"])).toMatchObject({
        skills: expect.arrayContaining([
          expect.objectContaining({
            name: "fix",
            description: 'a: "b"',
            source: "openclaw-workspace",
            modelVisible: true,
          }),
        ]),
      });
    });

    describe("with a profile", () => {
      let schema: Schema;
      const { text } = renderProfile(profile);
      beforeAll(() => {
        const home = realpathSync(mkdtempSync(join(tmpdir(), "stax-openclaw-home-")));
        schema = data(home, ["config", "schema"]) as Schema; // a JSON Schema, says the client
        rmSync(home, { recursive: true, force: true });
      });

      it("R7 S21-07 is valid by the runtime's own JSON Schema", () => {
        // The schemas of plugins refer to definitions that lie elsewhere than they say; a profile holds no plugins.
        const { plugins: _plugins, ...properties } = schema.properties ?? {};
        const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile({
          ...schema,
          properties,
        });
        expect(validate(jsonOf(text)), JSON.stringify(validate.errors?.slice(0, 5))).toBe(true);
        expect(validate({ agent: { model: "m" } })).toBe(false);
      });
      it("R7 is accepted by config validate, without a warning", () => {
        const home = scratchHome();
        configure(home, text);
        expect(data(home, ["config", "validate", "--json"])).toMatchObject({ valid: true, warnings: [] });
        configure(home, { agent: { model: "m" } });
        expect(run(home, ["config", "validate", "--json"]).status).toBe(1);
      });
      it("says which agents there are", () => {
        const home = scratchHome();
        configure(home, text);
        expect(data(home, ["agents", "list", "--json"])).toMatchObject([{ id: "reviewer", name: "Reviewer" }]);
      });
      it("S21-04 allows nothing that the runtime does not know", () => {
        expect(unknownPaths(portable, [schema], "openclaw")).toEqual([]);
      });
    });
  },
);
