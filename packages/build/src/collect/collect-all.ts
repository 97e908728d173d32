import type { DefinitionFile } from "../load/index.ts";
import { type CollectOptions, collectProject } from "./collect-project.ts";
import type { CollectedProject } from "./collected.ts";
import type { Session } from "./session.ts";

/**
 * collectAll reads the definitions that are meant, and gives them in the order in which they can be built: packages of the workspace before
 * what builds on them, otherwise as they were found. Two of one kind, name and version are reported: one would take the other's tag.
 */
export async function collectAll(session: Session, options: CollectOptions): Promise<readonly CollectedProject[]> {
  const projects: CollectedProject[] = [];
  for (const file of session.find()) {
    const project = await collectOnce(file, session, options);
    if (project !== undefined) projects.push(project);
  }
  reportDuplicates(projects, session);
  return inBuildOrder(projects);
}

/** collectOnce is collectProject, but what other definitions build on was read, and its findings reported, for them already. */
async function collectOnce(
  file: DefinitionFile,
  session: Session,
  options: CollectOptions,
): Promise<CollectedProject | undefined> {
  if (session.packages.has(file.path)) return session.packages.get(file.path);
  const project = await collectProject(file, session, options);
  if (file.kind === "package") session.packages.set(file.path, project);
  return project;
}

function inBuildOrder(projects: readonly CollectedProject[]): readonly CollectedProject[] {
  const wanted = new Set(projects.map(({ file }) => file.path));
  const ordered = new Map<string, CollectedProject>();
  const seen = new Set<string>();
  const visit = (project: CollectedProject): void => {
    const { path } = project.file;
    if (seen.has(path)) return;
    seen.add(path);
    for (const { local } of project.packages) if (local !== undefined) visit(local);
    if (wanted.has(path)) ordered.set(path, project);
  };
  const packagesFirst = [...projects].sort(
    (one, other) => Number(one.kind !== "package") - Number(other.kind !== "package"),
  );
  packagesFirst.forEach(visit);
  return [...ordered.values()];
}

function reportDuplicates(projects: readonly CollectedProject[], session: Session): void {
  const known = new Map<string, CollectedProject>();
  for (const project of projects) {
    const { name, version } = project.definition;
    const first = known.get(`${name}:${version}`);
    if (first === undefined) known.set(`${name}:${version}`, project);
    else
      session.report({
        code: "definition-duplicate",
        severity: "error",
        path: session.shown(project.file.path),
        message: `${name}:${version} is also defined in ${session.shown(first.file.path)}`,
        hint: "give one of them another name, or list it in .staxignore",
      });
  }
}
