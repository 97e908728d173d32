import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { beforeAll, describe, expect, it } from "vitest";
import { configure, data, jsonOf, openclawClient, run, scratchHome, title } from "./client.fixture.ts";
import { defineProfile, type Portable, portable, renderProfile } from "./profile.ts";

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

// Of this module, so that the compiler sees what it is in the tests below.
const client = openclawClient;

describe.skipIf(typeof client === "string")(`${title}: a profile`, () => {
  if (typeof client === "string") return;
  let schema: Schema;
  const { text } = renderProfile(profile);
  beforeAll(() => {
    const home = realpathSync(mkdtempSync(join(tmpdir(), "stax-openclaw-home-")));
    schema = data(client, home, ["config", "schema"]) as Schema; // a JSON Schema, says the client
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
    expect(data(client, home, ["config", "validate", "--json"])).toMatchObject({ valid: true, warnings: [] });
    configure(home, { agent: { model: "m" } });
    expect(run(client, home, ["config", "validate", "--json"]).status).toBe(1);
  });
  it("says which agents there are", () => {
    const home = scratchHome();
    configure(home, text);
    expect(data(client, home, ["agents", "list", "--json"])).toMatchObject([{ id: "reviewer", name: "Reviewer" }]);
  });
  it("S21-04 allows nothing that the runtime does not know", () => {
    expect(unknownPaths(portable, [schema], "openclaw")).toEqual([]);
  });
});
