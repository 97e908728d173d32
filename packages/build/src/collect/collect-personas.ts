import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isStaxError } from "@stax/errors";
import { compareBytes, documentSchemas, type Field, personaFindings } from "@stax/schema";
import { type LayerScope, locate } from "./collect-layers.ts";
import type { CollectedPersona } from "./collected.ts";
import { reportInValue } from "./credential-findings.ts";
import { readDocument, reportAt } from "./document.ts";

const extensions = [".ts", ".mts", ".js", ".mjs", ".json", ".yaml", ".yml"];
const isDocument = (name: string): boolean =>
  extensions.some((extension) => name.endsWith(extension)) && !/\.(d|test)\.m?ts$/.test(name);

/** collectPersona reads the declared persona, else `persona.ts` (or .json, .yaml) beside the definition (decision A20). */
export async function collectPersona(
  scope: LayerScope,
  declared: string | undefined,
): Promise<CollectedPersona | undefined> {
  const beside = extensions
    .map((extension) => `./persona${extension}`)
    .find((name) => existsSync(join(scope.file.directory, name)));
  const name = declared ?? beside;
  if (name === undefined) return undefined;
  const located = locate(scope, "persona", name, "file");
  return located === undefined ? undefined : readPersona(scope, located.path);
}

/** collectPersonas reads every persona of `personas/` and warns where a base (`_*`) is complete by itself. Two of one name are an error. */
export async function collectPersonas(scope: LayerScope): Promise<readonly CollectedPersona[]> {
  const directory = join(scope.file.directory, "personas");
  if (!existsSync(directory)) return [];
  if (locate(scope, "persona", "./personas", "directory") === undefined) return [];
  const names = readdirSync(directory).filter(isDocument).sort(compareBytes);
  const personas: CollectedPersona[] = [];
  for (const name of names) {
    const located = locate(scope, "persona", `./personas/${name}`, "file");
    if (located === undefined) continue;
    if (name.startsWith("_")) await checkBase(scope, located.path);
    else {
      const persona = await readPersona(scope, located.path);
      if (persona !== undefined) personas.push(persona);
    }
  }
  reportDuplicates(scope, personas);
  return personas;
}

async function readPersona({ session, file }: LayerScope, path: string): Promise<CollectedPersona | undefined> {
  const document = await readDocument(path, documentSchemas.persona, session, {
    workspaceRoot: file.workspaceRoot,
    layer: "persona",
    unknown: "warning",
  });
  if (document === undefined) return undefined;
  for (const { at, ...finding } of personaFindings(document.value)) reportAt(session, document, at as Field, finding);
  reportInValue(session, "persona", document);
  return { persona: document.value, path };
}

// A base is never validated, but one that could stand alone is most likely a persona with the wrong file name.
async function checkBase({ session, file }: LayerScope, path: string): Promise<void> {
  const loaded = await session.load(path, file.workspaceRoot).catch(ignoreUnusable);
  if (loaded === undefined || !documentSchemas.persona.safeParse(loaded.value).success) return;
  session.report({
    code: "persona-base-complete",
    severity: "warning",
    layer: "persona",
    path: session.shown(path),
    message: "is a complete persona, but its _ keeps it from being built",
    hint: "rename it, or leave out what each persona gives itself",
  });
}

// A base need not make sense by itself: what is wrong with it shows where it is imported.
function ignoreUnusable(error: unknown): undefined {
  if (!isStaxError(error) || error.category !== "schema") throw error;
  return undefined;
}

function reportDuplicates({ session }: LayerScope, personas: readonly CollectedPersona[]): void {
  personas.forEach(({ persona, path }, index) => {
    const first = personas.find((other) => other.persona.name === persona.name);
    if (first === undefined || first === personas[index]) return;
    session.report({
      code: "persona-duplicate",
      severity: "error",
      layer: "persona",
      field: "name",
      path: session.shown(path),
      message: `has the name "${persona.name}", which ${session.shown(first.path)} has too`,
      hint: "--persona chooses by name: give each persona its own",
    });
  });
}
