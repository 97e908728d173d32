import { join } from "node:path";
import type { Diagnostic } from "@stax/errors";
import {
  checkLock,
  type GraphRoot,
  type LocalPackage,
  type Lock,
  type LockDifference,
  lockFileName,
  lockOf,
  type MirrorMap,
  nodesOf,
  type OpenRepository,
  type PackageDeclaration,
  type PackageGraph,
  packageCache,
  precedenceOf,
  type RootPackages,
  readLock,
  readSecrets,
  resolvePackages,
  writeLock,
} from "@stax/resolver";
import { type Agent, mcpFindings } from "@stax/schema";
import { secretKeysOf } from "../collect/collect-project.ts";
import { type CollectedProject, mcpOf, pathOf } from "../collect/collected.ts";
import type { Session } from "../collect/session.ts";

/** LockMode says what a build does with `stax.lock`: keep it as it is, write what is missing, or resolve everything anew. */
export type LockMode = "frozen" | "write" | "update";

export interface GraphOptions {
  /** Gives repositories of registries; absent: packages come from the workspace and the lock only. */
  readonly open?: OpenRepository | undefined;
  readonly mirrors?: MirrorMap | undefined;
  readonly lockMode?: LockMode | undefined;
  /** Packages that are resolved anew although they are locked: keys, repositories or their last part. */
  readonly update?: readonly string[] | undefined;
  /** Declarations that are to be written anew, by definition file: resolved as if they were. */
  readonly redeclare?: ReadonlyMap<string, ReadonlyMap<string, string>> | undefined;
  /** The tags that floating references take, by what is declared. */
  readonly choose?: ReadonlyMap<string, string> | undefined;
  /** Compare every locked tag with the registry. */
  readonly checkTags?: boolean | undefined;
  /** The projects are all of the workspace. */
  readonly complete?: boolean | undefined;
  readonly cacheDir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** ProjectGraph is what definitions build on, resolved, and the lock that it was resolved with. */
export interface ProjectGraph {
  readonly graph: PackageGraph;
  readonly workspaceRoot: string;
  /** As it lies in the workspace root; absent where there is none. */
  readonly lock?: Lock;
  /** By a project's file, packages of the workspace included. */
  readonly roots: ReadonlyMap<string, GraphRoot>;
  /** Whether the projects are all that the workspace has: what the lock holds beyond them is nobody's then. Asked only where that matters. */
  readonly isWhole: () => boolean;
}

/**
 * resolveProjects resolves what projects build on, with the lock of their workspace. Findings go to the session. Throws `ResolveError`.
 */
export async function resolveProjects(
  projects: readonly CollectedProject[],
  session: Session,
  options: GraphOptions,
): Promise<ProjectGraph> {
  const workspaceRoot = projects[0]?.file.workspaceRoot ?? session.options.cwd;
  const locals = localsOf(projects);
  const all = [
    ...projects,
    ...locals.filter(({ file }) => !projects.some((project) => project.file.path === file.path)),
  ];
  const read = readLock(workspaceRoot);
  for (const finding of read?.diagnostics ?? [])
    session.report({ ...finding, path: session.shown(join(workspaceRoot, lockFileName)) });
  const lock = read?.lock;
  const files = all.map(({ file }) => file.path);
  let whole: boolean | undefined;
  const isWhole = () => {
    whole ??= options.complete === true || session.holdsAll(new Set(files), workspaceRoot);
    return whole;
  };
  const mode = options.lockMode ?? "write";
  const redeclared = (project: CollectedProject) => declarationsOf(project, workspaceRoot, options.redeclare);
  const graph = await resolvePackages(
    all.map((project) => rootOf(project, redeclared(project))),
    {
      open: options.open,
      local: locals.map((project) => localOf(project, redeclared(project), workspaceRoot)),
      lock,
      frozen: mode === "frozen",
      trustLock: mode !== "update",
      update: mode === "update" ? true : (options.update ?? []),
      choose: options.choose,
      checkTags: options.checkTags,
      complete: isWhole,
      mirrors: options.mirrors,
      cache: options.cacheDir === undefined ? undefined : packageCache(join(options.cacheDir, "content")),
      signal: options.signal,
    },
  );
  for (const finding of graph.diagnostics) if (!isKnown(finding, projects)) session.report(finding);
  const roots = new Map(files.map((path, index) => [path, graph.roots[index]] as const));
  return { graph, workspaceRoot, ...(lock === undefined ? {} : { lock }), roots: definedOnly(roots), isWhole };
}

// That a declaration of these definitions floats was said when it was read, with its place.
const isKnown = ({ code, message }: Diagnostic, projects: readonly CollectedProject[]): boolean =>
  code === "range-floating" &&
  projects.some(({ packages }) => packages.some(({ declared }) => message.startsWith(`${declared} (in `)));

/** checkSecrets checks what only the whole graph can tell: that packages from registries declare the secrets that servers name. */
export async function checkSecrets(
  project: CollectedProject,
  { roots }: ProjectGraph,
  session: Session,
): Promise<void> {
  const mcp = mcpOf(project);
  const root = roots.get(project.file.path);
  const own = secretKeysOf(project);
  if (mcp === undefined || root === undefined || !own.open) return;
  const secrets = await readSecrets(precedenceOf(root.dependencies), { signal: session.options.signal });
  const declared = new Set([...own.declared, ...secrets.map(({ key }) => key)]);
  for (const { at: _, ...finding } of mcpFindings(mcp, declared))
    if (finding.code === "mcp-secret-undeclared")
      session.report({ ...finding, path: session.shown(project.file.path) });
}

/**
 * saveLock writes the `stax.lock` of the workspace where it changed, and tells whether it did; none is made for projects without packages. What
 * other definitions may need is kept, and what nothing needs goes.
 */
export function saveLock({ graph, workspaceRoot, lock, isWhole }: ProjectGraph): boolean {
  if (lock === undefined && nodesOf(graph.roots).length === 0) return false;
  const complete = checkLock(lock, graph, { complete: true }).upToDate || isWhole();
  return writeLock(workspaceRoot, lockOf(graph, { previous: lock, complete }));
}

/** differenceOf is what the lock of a workspace would have to change to be up to date. */
export function differenceOf({ graph, lock, isWhole }: ProjectGraph): LockDifference {
  const all = checkLock(lock, graph, { complete: true });
  return all.upToDate || isWhole() ? all : checkLock(lock, graph);
}

/** Every package of the workspace that projects reach, each once; some may be projects themselves. */
function localsOf(projects: readonly CollectedProject[]): readonly CollectedProject[] {
  const found = new Map<string, CollectedProject>();
  const visit = ({ packages }: CollectedProject): void => {
    for (const { local } of packages) {
      if (local === undefined || found.has(local.file.path)) continue;
      found.set(local.file.path, local);
      visit(local);
    }
  };
  projects.forEach(visit);
  return [...found.values()];
}

const rootOf = (project: CollectedProject, packages: readonly PackageDeclaration[]): RootPackages => ({
  name: project.definition.name,
  packages,
  pins: (project.definition as Agent).overrides?.packages,
});

const localOf = (
  project: CollectedProject,
  packages: readonly PackageDeclaration[],
  workspaceRoot: string,
): LocalPackage => ({
  path: pathOf(project, workspaceRoot),
  name: project.definition.name,
  version: project.definition.version,
  packages,
});

const declarationsOf = (
  { packages, file }: CollectedProject,
  workspaceRoot: string,
  redeclare: GraphOptions["redeclare"],
): readonly PackageDeclaration[] =>
  packages.map(({ declared, local }) =>
    local === undefined
      ? { declared: redeclare?.get(file.path)?.get(declared) ?? declared }
      : { declared, path: pathOf(local, workspaceRoot) },
  );

const definedOnly = <Value>(map: ReadonlyMap<string, Value | undefined>): ReadonlyMap<string, Value> =>
  new Map([...map].flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
