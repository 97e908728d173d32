import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { commandNames } from "../command-table.ts";
import { agentFiles, packageFiles, personaFiles } from "./project.fixture.ts";
import { startBench } from "./registry.fixture.ts";
import { stax, staxJson } from "./run-stax.fixture.ts";

// Every command at least once; those that leave something behind come in an order that works. REGISTRY is one that listens.
const lines: readonly (readonly [line: readonly string[], code: number])[] = [
  [["init", "fresh", "--format", "yaml"], 0],
  [["validate"], 0],
  [["build"], 0],
  [["build", "--all-personas", "--index"], 0],
  [["inspect", "helper:1.2.3"], 0],
  [["inspect", "helper:1.2.3-personas", "--persona", "ann"], 0],
  [["extract", "helper:1.2.3", "extracted"], 0],
  [["copy", "helper:1.2.3", "oci-archive:a.tar"], 0],
  [["diff", "helper:1.2.3", "helper:1.2.3-ann", "--exit-code"], 1],
  [["materialize", "helper:1.2.3", "--out", "out"], 0],
  [["materialize", "helper:1.2.3", "--out", "out", "--check"], 0],
  [["plan-install", "helper:1.2.3-ann", "--consumer", "claude-code,generic"], 0],
  [["lock"], 0],
  [["outdated"], 0],
  [["update"], 0],
  [["tree"], 0],
  [["why", "team"], 0],
  [["push", "REGISTRY/acme/helper:1.2.3"], 0],
  [["push", "REGISTRY/acme/helper:1.2.3", "--all-personas", "--index"], 0],
  [["pull", "REGISTRY/acme/helper:1.2.3", "--to", "oci:./pulled"], 0],
  [["copy", "REGISTRY/acme/helper:1.2.3", "REGISTRY/mirror/helper:1"], 0],
  [["tag", "REGISTRY/acme/helper:1.2.3", "stable"], 0],
  [["tags", "REGISTRY/acme/helper"], 0],
  [["referrers", "REGISTRY/acme/helper:stable"], 0],
  [["login", "REGISTRY", "--username", "ann", "--password-stdin"], 0],
  [["logout", "REGISTRY"], 0],
  [["serve", "./registry"], 0],
  [["cache"], 0],
  [["cache", "prune", "--max-size", "1KiB"], 0],
  [["adapters"], 0],
  [["schema"], 0],
  [["schema", "agent"], 0],
  [["config"], 0],
  [["completion", "bash"], 0],
  [["doctor"], 0],
];

describe("--json", () => {
  it("prints data of which stax schema <command> has the JSON Schema, for every command", async () => {
    const bench = await startBench({ ...agentFiles({ packages: ["./team"] }), ...personaFiles, ...packageFiles });
    const ajv = new Ajv2020({ strict: false });
    const schemas = new Map<string, object>();
    for (const name of commandNames) schemas.set(name, JSON.parse((await stax(["schema", name])).stdout));
    for (const [line, expected] of lines) {
      const words = line.map((word) => word.replace("REGISTRY", bench.host));
      // A server has its result out long before it ends.
      const stopped = new AbortController();
      const onStdout = () => stopped.abort();
      const { code, json, stderr } = await bench.json(words, {
        stdin: "a-password",
        ...(line[0] === "serve" && { signal: stopped.signal, onStdout }),
      });
      expect({ line, code, stderr, keys: Object.keys(json) }).toEqual({
        line,
        code: expected,
        stderr: "",
        keys: ["ok", "data", "diagnostics"],
      });
      expect(json.ok).toBe(true);
      const validate = ajv.compile(schemas.get(line[0] ?? "") ?? {});
      expect({ line, valid: validate(json.data), errors: validate.errors }).toEqual({
        line,
        valid: true,
        errors: null,
      });
    }
    expect(new Set(lines.map(([[name]]) => name))).toEqual(new Set(commandNames));
  }, 120_000);

  it("prints schemas that refuse what is not in them", async () => {
    const { stdout } = await stax(["schema", "agent"]);
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(stdout));
    expect(validate(JSON.parse(agentFiles()["agent.json"] ?? ""))).toBe(false);
    const full = { type: "claude-code", runtime: "claude-code", adapterVersion: "1.0.0", config: {}, features: {} };
    expect(validate({ ...JSON.parse(agentFiles()["agent.json"] ?? ""), adapter: full })).toBe(true);
  });

  it("prints the schema of the settings, which the settings file is held to", async () => {
    const { json } = await staxJson(["schema", "settings"]);
    expect(Object.keys(json.data.schema.properties)).toContain("adapterModules");
    const unknown = await staxJson(["schema", "buidl"]);
    expect(unknown.json.error).toMatchObject({ code: "ERR_STAX_SCHEMA_UNKNOWN", hint: "did you mean build?" });
  });
});
