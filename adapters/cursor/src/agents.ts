import { type Context, oneLine, type Part } from "@stax/materialize";
import { type FileEntry, fileEntry } from "@stax/schema";
import { readAgents } from "./read.ts";

/**
 * agentFiles writes each subagent as `.cursor/agents/<name>.md`. Cursor reads the header line by line and keeps quotes as part of a value,
 * so that nothing is quoted.
 */
export const agentFiles: Part<"subagents", unknown, FileEntry> = {
  feature: "subagents",
  fidelity: "native",
  keeps: ["description", "instructions", "model"],
  write: function* ({ subagents }, context) {
    for (const [name, { description, model, instructions }] of Object.entries(subagents?.agents ?? {})) {
      const item = context.item(name);
      if (instructions.trim() === "") {
        item.lose(undefined, "has no instructions, and Cursor skips such an agent");
        continue;
      }
      const fields = [
        ["name", name],
        ["description", lineOf("description", description, item)],
        ["model", model === undefined ? "" : lineOf("model", model, item)],
      ] as const;
      const header = fields.flatMap(([field, value]) => (value === "" ? [] : [`${field}: ${value}\n`])).join("");
      yield { items: [name], out: fileEntry(`.cursor/agents/${name}.md`, `---\n${header}---\n${instructions}`) };
    }
  },
  read: readAgents,
};

function lineOf(field: string, value: string, item: Context): string {
  if (!value.includes("\n") && value.trim() === value) return value;
  item.lose(field, "is written on one line: Cursor reads the header of an agent line by line", {
    fidelity: "translated",
  });
  return oneLine(value);
}

/** AgentHeader is the header of an agent as Cursor reads it, and the text below it. */
export interface AgentHeader {
  readonly fields: Readonly<Record<string, string>>;
  readonly prompt: string;
}

/** readAgent reads an agent's file by the rules of Cursor's own parser; `undefined` for one that it skips. */
export function readAgent(text: string): AgentHeader | undefined {
  const [, header = "", body = ""] = /^---\s*\n([\s\S]*?)\n---\s*\n?([\s\S]*)$/m.exec(text) ?? [];
  if (body.trim() === "") return undefined;
  const lines = header.split("\n").map((line) => line.trim());
  const fields = lines.flatMap((line) => {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    return line.startsWith("#") || name === "" ? [] : [[name, line.slice(colon + 1).trim()] as const];
  });
  return { fields: Object.fromEntries(fields), prompt: body.trim() };
}
