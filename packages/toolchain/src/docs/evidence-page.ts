import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { root } from "../workspace.ts";
import { code, page, table } from "./markdown.ts";
import { published } from "./modules.ts";

const row = z.strictObject({
  aspect: z.string(),
  title: z.string(),
  scope: z.enum(["project", "user"]),
  result: z.enum(["seen", "not seen", "cannot be asked"]),
  command: z.string().min(1).optional(),
  why: z.string().min(1).optional(),
});
const evidence = z.strictObject({
  runtime: z.string(),
  client: z.strictObject({ package: z.string(), version: z.string() }).optional(),
  /** Where no client can be had. */
  why: z.string().min(1).optional(),
  rows: z.array(row),
});

/** Evidence is what is committed of one runtime in `docs/adapters/evidence/`. */
export type Evidence = z.output<typeof evidence>;
type Row = z.output<typeof row>;

/** evidencePage is `docs/adapters/evidence.md`: what each runtime's own client saw of what was written for it. */
export function evidencePage(): string {
  return formatEvidence(
    published()
      .filter(({ group }) => group === "adapters")
      .map(({ name }) => parseEvidence(readFileSync(join(root, `docs/adapters/evidence/${name}.json`), "utf8"))),
  );
}

/** parseEvidence reads a runtime's evidence. Throws where something is neither seen, with the command that shows it, nor explained. */
export function parseEvidence(text: string): Evidence {
  const parsed = evidence.parse(JSON.parse(text));
  for (const { result, command, why, scope, title } of parsed.rows)
    if ((result === "seen" ? command : why) === undefined)
      throw new Error(`${parsed.runtime}, ${scope} scope: nothing says why ${title} is ${result}`);
  if (parsed.client === undefined && parsed.why === undefined)
    throw new Error(`${parsed.runtime}: nothing says why no client was asked`);
  return parsed;
}

/** formatEvidence writes the page. */
export function formatEvidence(all: readonly Evidence[]): string {
  return page(
    "Evidence",
    "What each runtime sees of what is written for it. An agent with a marker in every part is materialized in both scopes, by the adapters as they are; the runtime's own client, pinned, without a network and with its home in a scratch directory, is run beside a model and an MCP server on loopback; and what it sends there, or says, is searched for every marker. `pnpm test:runtimes` repeats it and fails where it sees anything else than this page says; `STAX_UPDATE_EVIDENCE=1` rewrites what the page is made of.",
    "Cells are of project scope and, where it differs, of user scope.",
    table(["", ...all.map(({ runtime }) => `[${runtime}](#${runtime})`)], matrix(all)),
    ...all.map(section),
  );
}

function matrix(all: readonly Evidence[]): readonly (readonly string[])[] {
  const titles = new Map(all.flatMap(({ rows }) => rows.map(({ aspect, title }) => [aspect, title])));
  // What only one runtime has stands in its section.
  const isShared = (aspect: string) => all.filter(({ rows }) => rows.some((one) => one.aspect === aspect)).length > 1;
  return [...titles]
    .filter(([aspect]) => isShared(aspect))
    .map(([aspect, title]) => [title, ...all.map((one) => cell(one, aspect))]);
}

function cell({ client, rows }: Evidence, aspect: string): string {
  if (client === undefined) return "cannot be asked";
  const results = rows.filter((one) => one.aspect === aspect).map(({ result }) => result);
  return [...new Set(results)].join(" · ");
}

function section({ runtime, client, why, rows }: Evidence): string {
  if (client === undefined) return `## ${runtime}\n\n${why}`;
  return [
    `## ${runtime}`,
    `Asked: ${code(`${client.package}@${client.version}`)}. Contract: [${runtime}](README.md#${runtime}).`,
    table(
      ["", "scope", "", "shown by, or why not"],
      merged(rows).map(({ title, scopes, result, text }) => [title, scopes.join(", "), result, text]),
    ),
  ].join("\n\n");
}

interface Merged {
  readonly title: string;
  readonly scopes: readonly string[];
  readonly result: string;
  readonly text: string;
}

// One line for both scopes where they say the same.
function merged(rows: readonly Row[]): readonly Merged[] {
  const lines = new Map<string, Merged>();
  const order = [...new Set(rows.map(({ aspect }) => aspect))];
  for (const aspect of order)
    for (const { title, scope, result, command, why } of rows.filter((one) => one.aspect === aspect)) {
      const text = (result === "seen" ? command : why) ?? "";
      const key = JSON.stringify([aspect, result, text]);
      lines.set(key, { title, result, text, scopes: [...(lines.get(key)?.scopes ?? []), scope] });
    }
  return [...lines.values()];
}
