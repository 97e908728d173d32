import { symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Diagnostic } from "@stax/errors";
import { agentDefinitionSchema, checkDocument } from "@stax/schema";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { createEvaluator, loadDefinition } from "./index.ts";
import { TestWorkspace } from "./workspace.fixture.ts";

const workspace = new TestWorkspace();
const evaluator = workspace.evaluator();
afterAll(() => workspace.dispose());

const definition = {
  name: "backend",
  version: "1.0.0",
  description: "An agent: “quoted”, 漢字, 👍",
  tags: ["a", "b"],
  adapter: {
    type: "generic",
    runtime: "generic",
    adapterVersion: "1.0.0",
    config: { temperature: 0.3, nested: { list: [1, null, true, ""] } },
    features: {},
  },
  "x-own": "kept",
};

const asModule = (value: unknown) => `export default ${JSON.stringify(value, null, 2)};`;

describe("loadDefinition", () => {
  it("X-23 gives the same for .ts, .js, .json, .yaml and .yml", async () => {
    const files = [
      workspace.write(
        "same/agent.ts",
        `import { defineAgent } from "stax";\nexport default defineAgent(${JSON.stringify(definition)} as never);`,
      ),
      workspace.write("same/agent.js", asModule(definition)),
      workspace.write("same/agent.json", JSON.stringify(definition)),
      workspace.write("same/agent.yaml", stringify(definition)),
      workspace.write("same/agent.yml", JSON.stringify(definition)),
    ];
    for (const file of files) {
      const loaded = await loadDefinition(file, evaluator);
      expect(loaded).toMatchObject({ value: definition, path: file, warnings: [] });
    }
  });

  it("gives the same data whatever the data is", async () => {
    let run = 0;
    const value = fc.dictionary(
      fc.string({ minLength: 1 }).filter(isWritable),
      fc.jsonValue({ maxDepth: 4 }).map((json) => JSON.parse(JSON.stringify(json))),
      { minKeys: 1 },
    );
    await fc.assert(
      fc.asyncProperty(value, async (data) => {
        fc.pre(!JSON.stringify(data).includes("\\ud")); // half a pair
        const name = `law/${run++}`;
        const [fromModule, fromJson, fromYaml] = await Promise.all([
          loadDefinition(
            workspace.write(`${name}.js`, `export default JSON.parse(${JSON.stringify(JSON.stringify(data))});`),
            evaluator,
          ),
          loadDefinition(workspace.write(`${name}.json`, JSON.stringify(data)), evaluator),
          loadDefinition(workspace.write(`${name}.yaml`, stringify(data)), evaluator),
        ]);
        expect(fromModule.value).toEqual(fromJson.value);
        expect(fromYaml.value).toEqual(fromJson.value);
      }),
      { numRuns: 60 },
    );
  });

  it("X-22 places the findings of a check alike in all of them", async () => {
    const wrong = { name: "Not A Name", version: "1.0.0", descripton: "misspelt", adapter: definition.adapter };
    const files = {
      "agent.ts": `import { defineAgent } from "stax";\nexport default defineAgent(${JSON.stringify(wrong, null, 2)} as never);`,
      "agent.json": JSON.stringify(wrong, null, 2),
      "agent.yaml": stringify(wrong),
    };
    const lines: Record<string, unknown> = {};
    for (const [name, text] of Object.entries(files)) {
      const { value, positions } = await loadDefinition(workspace.write(`wrong/${name}`, text), evaluator);
      const found: Omit<Diagnostic, "path" | "layer">[] = [];
      checkDocument(agentDefinitionSchema, value, {
        positions,
        unknown: "error",
        report: (finding) => found.push(finding),
      });
      lines[name] = found.map(({ field, line, code }) => [code, field, line]);
    }
    expect(lines).toEqual({
      "agent.ts": [
        ["unknown-field", "descripton", 5],
        ["field-invalid", "name", 3],
        ["field-invalid", "description", 2],
      ],
      "agent.json": [
        ["unknown-field", "descripton", 4],
        ["field-invalid", "name", 2],
        ["field-invalid", "description", 1],
      ],
      "agent.yaml": [
        ["unknown-field", "descripton", 3],
        ["field-invalid", "name", 1],
        ["field-invalid", "description", 1],
      ],
    });
  });

  it("S04-05 compiles a persona file to plain data", async () => {
    const file = workspace.write(
      "personas/maya.ts",
      `import { definePersona } from "stax";\nimport base from "./_base.ts";\nexport default definePersona({ ...base, name: "maya-chen" } as never);`,
    );
    workspace.write(
      "personas/_base.ts",
      `import { definePersona } from "stax";\nexport default definePersona({ role: "Engineer", communication: { tone: "calm" } } as never);`,
    );
    expect((await loadDefinition(file, evaluator)).value).toEqual({
      role: "Engineer",
      communication: { tone: "calm" },
      name: "maya-chen",
    });
  });

  it("starts no process for data, and executes nothing in it", async () => {
    const none = createEvaluator({
      workspaceRoot: workspace.root,
      installation: { resolve: () => undefined, readable: [] },
      node: "/nonexistent/node",
    });
    const file = workspace.write("data/agent.yaml", "name: ${process.exit(1)}\nversion: '{{ 1 + 1 }}'\n");
    expect((await loadDefinition(file, none)).value).toEqual({ name: "${process.exit(1)}", version: "{{ 1 + 1 }}" });
    await none.close();
  });

  it("S01-04 holds files inside the workspace, data and modules alike", async () => {
    const outside = new TestWorkspace({ "agent.json": "{}", "agent.ts": "export default {}" });
    for (const name of ["agent.json", "agent.ts"]) {
      symlinkSync(join(outside.root, name), join(workspace.root, `linked-${name}`));
      for (const path of [`linked-${name}`, join(outside.root, name), `../${outside.root.split("/").at(-1)}/${name}`])
        await expect(loadDefinition(path, evaluator)).rejects.toMatchObject({ code: "ERR_STAX_DEFINITION_OUTSIDE" });
    }
    await outside.dispose();
  });

  it("refuses a file that is neither module nor data", async () => {
    await expect(loadDefinition(workspace.write("agent.toml", ""), evaluator)).rejects.toMatchObject({
      code: "ERR_STAX_DEFINITION_KIND_UNKNOWN",
    });
  });

  it("refuses a directory with the name of a definition", async () => {
    workspace.write("odd/agent.json/x", "");
    await expect(loadDefinition(join(workspace.root, "odd/agent.json"), evaluator)).rejects.toMatchObject({
      code: "ERR_STAX_DEFINITION_UNREADABLE",
      category: "build",
    });
  });
});

// YAML has no notation for these as keys without a tag, or reads `<<` by other rules.
const isWritable = (key: string): boolean => key !== "__proto__" && key !== "<<";
