import { type DocumentName, documentSchemas, jsonSchemaOf, nearest } from "@stax/schema";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import { commandEntry, commandNames } from "../command-table.ts";
import { CliError } from "../error.ts";
import { jsonText } from "../reporter/index.ts";
import { settingsSchema } from "../settings-schema.ts";
import { table } from "../table.ts";

const data = z.union([
  z.object({ documents: z.array(z.string()), commands: z.array(z.string()) }),
  z.object({ name: z.string(), schema: z.record(z.string(), z.unknown()) }),
]);

const documents = [...Object.keys(documentSchemas), "settings"];

/** schema prints the JSON Schema of a document as its author writes it, or of a command's `--json` data. */
export const schema = defineCommand({
  positionals: {
    name: { describe: "A document (agent, mcp, settings, …) or a command; without it, the list of both" },
  },
  flags: {},
  examples: [
    ["stax schema", "The names"],
    ["stax schema agent > agent.schema.json", "For an editor that checks agent.json or agent.yaml"],
    ["stax schema build", "What the data of stax build --json looks like"],
  ],
  data,
  async run({ name }) {
    if (name === undefined) return { data: { documents, commands: [...commandNames] } };
    return { data: { name, schema: await schemaOf(name) } };
  },
  format: (found) =>
    "schema" in found
      ? jsonText(found.schema)
      : table(
          ["NAME", "KIND"],
          [...found.documents.map((name) => [name, "document"]), ...found.commands.map((name) => [name, "command"])],
        ),
});

async function schemaOf(name: string): Promise<Record<string, unknown>> {
  if (Object.hasOwn(documentSchemas, name)) return jsonSchemaOf(name as DocumentName); // hasOwn has just proven it
  if (name === "settings") return { ...z.toJSONSchema(settingsSchema), title: "stax settings" };
  const entry = commandEntry(name);
  if (entry !== undefined) {
    const { data: given } = await entry.load();
    const described = typeof given === "function" ? await given() : given;
    return { ...z.toJSONSchema(described, { unrepresentable: "any" }), title: `data of stax ${name} --json` };
  }
  const meant = nearest(name, [...documents, ...commandNames]);
  const hint = meant === undefined ? "run stax schema for the list" : `did you mean ${meant}?`;
  throw new CliError("SCHEMA_UNKNOWN", `there is no schema "${name}"`, { hint });
}
