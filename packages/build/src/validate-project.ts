import { realpathSync } from "node:fs";
import type { Diagnostic } from "@stax/errors";
import { collectAll } from "./collect/collect-all.ts";
import type { CollectedProject } from "./collect/collected.ts";
import { reportInTrees } from "./collect/credential-findings.ts";
import { Session } from "./collect/session.ts";
import type { ProjectOptions } from "./options.ts";
import { checkPersonaVariants } from "./variants.ts";

/** ValidatedProject is a definition that was checked. */
export interface ValidatedProject {
  /** Relative to the working directory. */
  readonly path: string;
  readonly kind: CollectedProject["kind"];
  readonly name: string;
  readonly version: string;
  /** Names of the personas it can be built with. */
  readonly personas: readonly string[];
}

/** Validation is the result of {@link validateProject}: what was checked, and every finding. */
export interface Validation {
  readonly projects: readonly ValidatedProject[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * validateProject checks definitions and everything they name, and reports every problem at once; it stores nothing. Throws only for what
 * keeps it from looking: no definition, an unreadable file, a cycle of packages, an interrupt.
 */
export async function validateProject(options: ProjectOptions): Promise<Validation> {
  const session = new Session({ ...options, cwd: realpathSync(options.cwd) });
  try {
    const projects = await collectAll(session, { personas: "all" });
    for (const project of projects) checkPersonaVariants(project, session);
    const searched = new Set<string>();
    for (const project of projects) await reportInTrees(project, session, searched);
    return { projects: projects.map((project) => summaryOf(project, session)), diagnostics: session.diagnostics };
  } finally {
    await session.close();
  }
}

function summaryOf(project: CollectedProject, session: Session): ValidatedProject {
  const { name, version } = project.definition;
  return {
    path: session.shown(project.file.path),
    kind: project.kind,
    name,
    version,
    personas: project.personas.map(({ persona }) => persona.name),
  };
}
