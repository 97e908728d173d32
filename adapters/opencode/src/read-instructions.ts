import {
  type Found,
  type FoundRule,
  type Json,
  type JsonObject,
  type ReadContext,
  rulesLayer,
  stringsOf,
  textOf,
} from "@stax/materialize";
import type { FileEntry, Layers } from "@stax/schema";

const isText = /\.(?:md|mdc|markdown|txt)$/i;
// Documents are read where they lie.
const isDocument = /(?:^|\/)(?:AGENTS|CLAUDE|CONTEXT)\.md$/;
const mostWildcards = 8;
const mostNames = 200;

/**
 * readInstructions makes rules that always apply of the files that `instructions` names. What names none (an address, a file elsewhere)
 * stays a setting.
 */
export async function readInstructions(
  found: readonly Found<JsonObject>[],
  context: ReadContext,
): Promise<{ readonly layers: Layers; readonly config: JsonObject }> {
  const kept: Json[] = [];
  const files = new Map<string, FileEntry>();
  for (const { path, out } of found) {
    if (out.instructions === undefined) continue;
    const names = stringsOf(out.instructions) ?? [];
    if (names.length > mostNames)
      context.left(path, "instructions", `names more than ${mostNames} places, and those beyond are not read`);
    for (const name of names.slice(0, mostNames)) {
      const named = context.scope === "project" ? filesNamed(name, path, context) : [];
      if (named === "refused") continue;
      if (named.length === 0) kept.push(name);
      for (const file of named) files.set(file.path, file);
    }
    if (!Array.isArray(out.instructions)) context.left(path, "instructions", "is no list of files");
  }
  const rules: FoundRule[] = [];
  for (const file of files.values()) rules.push(await ruleOf(file, context));
  return {
    layers: await rulesLayer(rules, context),
    config: kept.length === 0 ? {} : { instructions: kept },
  };
}

function filesNamed(name: string, path: string, context: ReadContext): readonly FileEntry[] | "refused" {
  const refused = (reason: string): "refused" => {
    context.left(path, "instructions", `${JSON.stringify(name)} ${reason}`);
    return "refused";
  };
  if (/\{(?:env|file):/i.test(name)) return refused("is filled with a variable or a file of yours");
  if (/^[a-z][a-z+.-]*:\/\//i.test(name)) return [];
  if (/^(?:[~/]|[A-Za-z]:)/.test(name)) return refused("names a place on your machine");
  const glob = name.replace(/^(?:\.\/)+/, "");
  if (glob.split("/").includes("..")) return refused("leads out of the project");
  if ((glob.match(/\*+/g) ?? []).length > mostWildcards) return refused("holds too many wildcards");
  const files = context.find(glob).filter((file) => isText.test(file.path));
  return files.length > 0 && files.every((file) => isDocument.test(file.path))
    ? "refused"
    : files.filter((file) => !isDocument.test(file.path));
}

async function ruleOf(file: FileEntry, context: ReadContext): Promise<FoundRule> {
  const { path } = file;
  context.changed(
    path,
    undefined,
    "its text is carried as a rule that always applies: opencode's instructions name it",
  );
  const body = await textOf({ path, out: file }, context);
  return { from: path, path: path.replace(/(^|\/)\.+/g, "$1"), scope: "always", body, file };
}
