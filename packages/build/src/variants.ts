import type { CollectedPersona, CollectedProject } from "./collect/collected.ts";
import type { Session } from "./collect/session.ts";
import { BuildError } from "./error.ts";
import { tagOf } from "./tag.ts";

/** Variant is one build of a project: with a persona, and the tag that follows. */
export interface BuildVariant {
  readonly persona?: CollectedPersona;
  readonly tag: string;
}

export interface VariantOptions {
  /** By the persona's name. */
  readonly persona?: string | undefined;
  readonly allPersonas?: boolean | undefined;
  readonly tag?: string | undefined;
}

/** variantsOf decides what is built of a project: the declared or default persona, a named one, or all. Throws `PERSONA_UNKNOWN`, `PERSONAS_NONE`. */
export function variantsOf(project: CollectedProject, options: VariantOptions): readonly BuildVariant[] {
  const { version, name } = project.definition;
  if (project.kind === "agent" && options.allPersonas === true) {
    if (project.personas.length === 0)
      throw new BuildError("PERSONAS_NONE", `${name} has no personas to build`, {
        hint: "put one file for each into personas/ (files that start with _ are bases)",
      });
    return project.personas.map((persona) => ({
      persona,
      tag: options.tag === undefined ? tagOf(version, persona.persona.name) : `${options.tag}-${persona.persona.name}`,
    }));
  }
  if (project.kind === "agent" && options.persona !== undefined) {
    const persona = named(project, options.persona);
    return [{ persona, tag: options.tag ?? tagOf(version, options.persona) }];
  }
  const tag = options.tag ?? tagOf(version);
  return [project.persona === undefined ? { tag } : { persona: project.persona, tag }];
}

function named(project: CollectedProject, name: string): CollectedPersona {
  const all = [...project.personas, ...(project.persona === undefined ? [] : [project.persona])];
  const found = all.find(({ persona }) => persona.name === name);
  if (found !== undefined) return found;
  const known = [...new Set(all.map(({ persona }) => persona.name))];
  throw new BuildError("PERSONA_UNKNOWN", `${project.definition.name} has no persona "${name}"`, {
    hint:
      known.length === 0
        ? "it has none; put one into personas/"
        : `it has: ${known.join(", ")} (names, not files; a file that starts with _ is a base)`,
  });
}

/** checkPersonaVariants reports a tag that no registry would take, before anyone builds it. */
export function checkPersonaVariants(project: CollectedProject, session: Session): void {
  for (const { persona, path } of project.personas) {
    try {
      tagOf(project.definition.version, persona.name);
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      session.report({ code: "tag-invalid", severity: "error", path: session.shown(path), message: error.message });
    }
  }
}
