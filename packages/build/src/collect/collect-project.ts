import { realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { printable } from "@stax/errors";
import { type IgnoreRules, readIgnoreRules } from "@stax/layers";
import {
  type Agent,
  deprecatedFields,
  documentSchemas,
  type Field,
  mcpFindings,
  type Package,
  type Profile,
  packageReferenceForm,
} from "@stax/schema";
import type * as z from "zod";
import { BuildError } from "../error.ts";
import { type DefinitionFile, findDefinitions, holdsDefinition } from "../load/index.ts";
import { checkAdapters, expandAdapters } from "./adapters.ts";
import { collectForeign, type ForeignPlace, isForeign } from "./collect-foreign.ts";
import { collectLayers, type LayerScope } from "./collect-layers.ts";
import { collectPersona, collectPersonas } from "./collect-personas.ts";
import { type CollectedPackage, type CollectedProject, mcpOf } from "./collected.ts";
import { reportInValue } from "./credential-findings.ts";
import { isInside } from "./declared-path.ts";
import { type CheckedDocument, checkSource, openDocument, reportAt } from "./document.ts";
import { memoryFindings } from "./memory-findings.ts";
import { prefetchModules } from "./prefetch.ts";
import { checkPrompt } from "./prompt-findings.ts";
import type { Session } from "./session.ts";

/** CollectOptions say which personas are wanted: building one variant need not read the others. */
export interface CollectOptions {
  readonly personas: "default" | "all";
}

type Path = readonly DefinitionFile[];

/**
 * collectProject reads a definition and everything it names. Every problem of it and of its local packages is reported to the session;
 * `undefined` where the definition itself cannot be used. Throws `PACKAGE_CYCLE` (exit 4).
 */
export async function collectProject(
  file: DefinitionFile,
  session: Session,
  options: CollectOptions,
  above: Path = [],
): Promise<CollectedProject | undefined> {
  session.options.signal?.throwIfAborted();
  const opened = await openDocument(file.path, session, file.workspaceRoot, { named: above.length > 0 });
  if (opened === undefined) return undefined;
  const source = file.kind === "agent" ? { ...opened, content: await expandAdapters(opened, session) } : opened;
  const schema = documentSchemas[file.kind] as z.ZodType<Agent | Package | Profile>; // the kind chooses the schema
  const document = checkSource(source, schema, session, { unknown: "error" });
  // What a definition names is checked even where the definition itself has errors: one look shows all there is to mend.
  const parts = await collectParts(
    { session, file, document: source, ignore: ignoreRulesOf(file, session) },
    options,
    above,
  );
  const definition = document?.value ?? asFarAsItGoes(source.content);
  if (definition === undefined) return undefined;
  const known = { ...source, value: definition };
  const project: CollectedProject = { file, kind: file.kind, definition, document: known, ...parts };
  if (document !== undefined) {
    for (const finding of deprecatedFields(document.value))
      session.report({ ...finding, path: session.shown(file.path) });
    if (file.kind === "agent") await checkAdapters(document as CheckedDocument<Agent>, session);
  }
  checkMcp(project, session);
  checkPrompt(project, session);
  reportInValue(session, undefined, source);
  await memoryFindings(project, session);
  return document === undefined ? undefined : project;
}

// Of a definition with errors, what the checks of its parts ask for.
function asFarAsItGoes(content: unknown): Agent | undefined {
  if (typeof content !== "object" || content === null || Array.isArray(content)) return undefined;
  const { prompt, secrets } = content as { readonly prompt?: unknown; readonly secrets?: unknown };
  const declared = Array.isArray(secrets) ? secrets.filter((secret) => typeof secret?.key === "string") : [];
  // Nothing but these two is read of it, and it never becomes part of a project that is built.
  return { prompt: typeof prompt === "string" ? prompt : undefined, secrets: declared } as unknown as Agent;
}

type Parts = Pick<CollectedProject, "layers" | "persona" | "personas" | "packages">;

async function collectParts(scope: LayerScope, options: CollectOptions, above: Path): Promise<Parts> {
  const { kind } = scope.file;
  const { content } = scope.document;
  if (kind === "profile" || typeof content !== "object" || content === null)
    return { layers: [], personas: [], packages: [] };
  const fields = content as Readonly<Record<string, unknown>>; // any object is a record; what it holds is looked at field by field
  prefetchModules(scope, kind, fields, options.personas);
  const layers = await collectLayers(scope, kind, fields);
  const personas = kind === "agent" ? await collectAgentPersonas(scope, fields["persona"], options) : { personas: [] };
  const packages = Array.isArray(fields["packages"]) ? await collectPackages(scope, fields["packages"], above) : [];
  return { layers, ...personas, packages };
}

function ignoreRulesOf({ directory, workspaceRoot }: DefinitionFile, { options }: Session): IgnoreRules {
  const outputs = options.outputs ?? [];
  return readIgnoreRules({ base: directory, workspaceRoot, defaults: options.defaultIgnores, outputs });
}

async function collectAgentPersonas(
  scope: LayerScope,
  declared: unknown,
  options: CollectOptions,
): Promise<Pick<CollectedProject, "persona" | "personas">> {
  const persona = await collectPersona(scope, typeof declared === "string" ? declared : undefined);
  const personas = options.personas === "all" ? await collectPersonas(scope) : [];
  return { ...(persona === undefined ? {} : { persona }), personas };
}

async function collectPackages(
  scope: LayerScope,
  references: readonly unknown[],
  above: Path,
): Promise<readonly CollectedPackage[]> {
  const packages: CollectedPackage[] = [];
  for (const [index, declared] of references.entries()) {
    if (typeof declared !== "string") continue;
    if (packageReferenceForm(declared) !== "path") {
      if (packageReferenceForm(declared) === "floating")
        reportAt(scope.session, scope.document, ["packages", index], {
          code: "package-floating",
          severity: "warning",
          field: `packages[${index}]`,
          message: `${printable(declared)} floats: stax.lock alone holds it still`,
          hint: "name an exact version or a digest",
        });
      packages.push({ declared });
      continue;
    }
    const local = await collectLocal(scope, declared, ["packages", index], above);
    if (local !== undefined) packages.push({ declared, local });
  }
  return packages;
}

async function collectLocal(
  { session, file, document }: LayerScope,
  declared: string,
  at: Field,
  above: Path,
): Promise<CollectedProject | undefined> {
  const fail = (code: string, message: string, hint: string) => {
    reportAt(session, document, at, { code, severity: "error", field: `packages[${at[1]}]`, message, hint });
    return undefined;
  };
  const { path, plugin } = placeOf(resolve(file.directory, declared));
  if (path === undefined)
    return fail("path-missing", `the package ${printable(declared)} does not exist`, "create it, or correct the path");
  if (!isInside(file.workspaceRoot, path) && session.options.allowOutsideRoot !== true)
    return fail(
      "path-outside-root",
      `the package ${printable(declared)} lies outside the workspace, which begins at ${printable(file.workspaceRoot)}`,
      "move it into the workspace, mark the directory above both as the workspace (stax.config.json), or build with --allow-outside-root",
    );
  const foreign = await foreignAt({ directory: path, plugin });
  if (foreign !== undefined) {
    const read = await localForeign(foreign, file, session);
    return typeof read === "string"
      ? fail("package-foreign", `${printable(declared)} cannot be used: ${read}`, "mend it, or ask its author to")
      : read;
  }
  const found = findDefinitions({ cwd: session.options.cwd, entry: path }).find(
    ({ kind }) => kind === "package" || !statSync(path).isDirectory(),
  );
  if (found === undefined)
    return fail(
      "package-missing",
      `${printable(declared)} holds no package definition`,
      "add a package.ts that exports definePackage({ … })",
    );
  if (found.kind !== "package")
    return fail(
      "package-kind",
      `${printable(declared)} is a ${found.kind}, not a package`,
      "only packages can be built on",
    );
  const chain = [...above, file];
  const start = chain.findIndex((project) => project.path === found.path);
  if (start >= 0) throw cycle([...chain.slice(start), found], session);
  const { packages } = session;
  if (packages.has(found.path)) return packages.get(found.path);
  const within = { ...found, workspaceRoot: file.workspaceRoot };
  const project = await collectProject(within, session, { personas: "default" }, chain);
  packages.set(found.path, project);
  return project;
}

/** A plugin of a marketplace is named behind its folder: `./market#plugin`. */
function placeOf(declared: string): { readonly path: string | undefined; readonly plugin?: string } {
  const path = existingPath(declared);
  const at = declared.lastIndexOf("#");
  if (path !== undefined || at < 0) return { path };
  return { path: existingPath(declared.slice(0, at)), plugin: declared.slice(at + 1) };
}

/** What somebody else's tool made, unless a definition of stax lies beside it. */
async function foreignAt(place: ForeignPlace): Promise<ForeignPlace | undefined> {
  if (!statSync(place.directory).isDirectory() || (place.plugin === undefined && holdsDefinition(place.directory)))
    return undefined;
  return place.plugin !== undefined || (await isForeign(place)) ? place : undefined;
}

async function localForeign(
  place: ForeignPlace,
  { workspaceRoot }: DefinitionFile,
  session: Session,
): Promise<CollectedProject | string | undefined> {
  const key = `${place.directory}#${place.plugin ?? ""}`;
  if (session.packages.has(key)) return session.packages.get(key);
  const read = await collectForeign(place, workspaceRoot, session);
  if (typeof read !== "string") session.packages.set(key, read);
  return read;
}

function cycle(chain: Path, session: Session): BuildError {
  const path = chain.map((project) => session.shown(project.directory)).join(" → ");
  return new BuildError("PACKAGE_CYCLE", `packages build on each other in a circle: ${path}`, {
    hint: "remove one of these references",
    details: { cycle: chain.map((project) => session.shown(project.path)) },
  });
}

function existingPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined; // missing or dangling
  }
}

function checkMcp(project: CollectedProject, session: Session): void {
  const mcp = mcpOf(project);
  if (mcp === undefined) return;
  const layer = project.layers.find(({ name }) => name === "mcp");
  const source = (layer?.format === "json" ? layer.document : undefined) ?? project.document;
  const keys = secretKeysOf(project);
  for (const { at, ...finding } of mcpFindings(mcp, keys.declared)) {
    // What a package from a registry declares is known once the graph is resolved.
    if (keys.open && finding.code === "mcp-secret-undeclared") continue;
    reportAt(session, source, at, finding);
  }
}

/** secretKeysOf is every secret that a project and its local packages declare; `open` where packages from elsewhere may declare more. */
export function secretKeysOf(project: CollectedProject): {
  readonly declared: ReadonlySet<string>;
  readonly open: boolean;
} {
  const own = project.definition.secrets?.map(({ key }) => key) ?? [];
  const inner = project.packages.flatMap(({ local }) => (local === undefined ? [] : [secretKeysOf(local)]));
  return {
    declared: new Set([...own, ...inner.flatMap(({ declared }) => [...declared])]),
    open: project.packages.some(({ local }) => local === undefined) || inner.some(({ open }) => open),
  };
}
