import { resolve } from "node:path";
import { printable } from "@stax/errors";
import { type Agent, renderTemplate } from "@stax/schema";
import type { CollectedProject } from "./collected.ts";
import type { Session } from "./session.ts";

/**
 * checkPrompt warns about template expressions in the prompt that become nothing: those that mean nothing in a template, and those that
 * the personas at hand have no value for. Without a persona every expression becomes nothing.
 */
export function checkPrompt(project: CollectedProject, session: Session): void {
  const layer = project.layers.find(({ name }) => name === "prompt");
  const declared = (project.definition as Agent).prompt;
  if (layer?.format !== "text" || declared === undefined) return;
  const text = new TextDecoder().decode(layer.bytes);
  const personas = [...(project.persona === undefined ? [] : [project.persona]), ...project.personas];
  const path = session.shown(resolve(project.file.directory, declared));
  const seen = new Set<number>();
  for (const { persona } of personas.length === 0 ? [{ persona: undefined }] : personas) {
    for (const { expression, offset, known } of renderTemplate(text, persona).unresolved) {
      if (seen.has(offset)) continue;
      seen.add(offset);
      const who = persona === undefined ? "there is no persona" : `the persona ${persona.name} has no such value`;
      const message = `${printable(expression)} becomes empty: ${known ? who : "only {{persona.<path>}} means something here"}`;
      session.report({
        code: "template-empty",
        severity: "warning",
        layer: "prompt",
        path,
        ...placeOf(text, offset),
        message,
        hint: "write \\{{ for a literal {{",
      });
    }
  }
}

function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
