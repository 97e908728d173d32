import {
  fileEntry,
  type Layers,
  orderRules,
  type Persona,
  type Rule,
  renderTemplate,
  type SurfaceName,
} from "@stax/schema";
import type { Context, Part, Piece, Section } from "../contract.ts";
import { oneLine, rank } from "../markdown.ts";
import { readNestedDocuments, readRootDocuments, withoutPointer } from "../read/documents.ts";

type DocumentPart<F extends "surfaces" | "prompt" | "persona" | "rules" | "instructionTree" | "knowledge"> = Part<
  F,
  unknown,
  Section
>;

const headings: Readonly<Record<Exclude<SurfaceName, "bootstrap">, string>> = {
  instructions: "Instructions",
  persona: "Persona",
  tools: "Tools",
  identity: "Identity",
  user: "User",
  heartbeat: "Heartbeat",
};

/** surfaceSections puts the named surfaces into a document; surfaces that are not named have no place in it. */
export const surfaceSections = (names: readonly Exclude<SurfaceName, "bootstrap">[]): DocumentPart<"surfaces"> => ({
  feature: "surfaces",
  fidelity: "embedded",
  write: ({ surfaces }) =>
    names.flatMap((name): readonly Piece<Section>[] => {
      const surface = surfaces?.surfaces.find((candidate) => candidate.name === name);
      if (surface === undefined) return [];
      const origin = `surfaces/${name}.md`;
      const { text, file } = surface;
      return [
        {
          items: [name],
          out: { id: `surface:${name}`, rank: [rank[name], 0], heading: headings[name], text, file, origin },
        },
      ];
    }),
  read: readRootDocuments,
});

/** allSurfaceSections puts every surface that belongs into a root document there. */
export const allSurfaceSections = surfaceSections([
  "instructions",
  "persona",
  "tools",
  "identity",
  "user",
  "heartbeat",
]);

/** promptSection puts the prompt into a document, its templates resolved; without templates its exact bytes. */
export const promptSection: DocumentPart<"prompt"> = {
  feature: "prompt",
  fidelity: "native",
  write: ({ prompt, persona }, context) => {
    if (prompt === undefined) return [];
    const { text, changed, unresolved } = renderTemplate(prompt.text, persona);
    for (const { expression, known } of unresolved)
      context.note({
        code: "template-unresolved",
        severity: context.strict ? "error" : known ? "info" : "warning",
        message: `the prompt's ${oneLine(expression)} ${known ? "has no value" : "is no template expression"} and became empty`,
        ...(known ? {} : { hint: "only {{persona.<path>}} is replaced; write \\{{ for literal braces" }),
      });
    const file = fileEntry("SYSTEM_PROMPT.md", changed ? text : prompt.bytes);
    return [
      {
        items: ["prompt"],
        out: { id: "prompt", rank: [rank.prompt, 0], heading: "Role", text, file, origin: "the prompt" },
      },
    ];
  },
};

/** personaSection writes a summary of the persona, unless a surface or the prompt speaks for it (decision B3). */
export const personaSection: DocumentPart<"persona"> = {
  feature: "persona",
  fidelity: "embedded",
  keeps: ["displayName", "role", "personality"],
  write: ({ persona, prompt, surfaces }) => {
    if (persona === undefined) return [];
    const spokenFor =
      surfaces?.surfaces.some(({ name }) => name === "persona") ||
      (prompt !== undefined && renderTemplate(prompt.text, persona).usesPersona);
    if (spokenFor) return [{ items: [persona.name], keeps: "all" }];
    const text = personaSummary(persona);
    return [
      {
        items: [persona.name],
        out: { id: "persona", rank: [rank.persona, 0], heading: "Persona", text, origin: "a summary of the persona" },
      },
    ];
  },
};

/** personaSummary says who the agent is in a few sentences. */
export function personaSummary({ displayName, role, personality }: Persona): string {
  const lines = [`You are ${displayName}, ${role}.`];
  if (personality?.traits?.length) lines.push(`Your personality: ${personality.traits.join(", ")}.`);
  if (personality?.communicationStyle) lines.push(`Your communication style is ${personality.communicationStyle}.`);
  if (personality?.verbosity) lines.push(`The verbosity of your answers is ${personality.verbosity}.`);
  return `${lines.join("\n")}\n`;
}

/** Elsewhere says that another output carries what a document leaves out: then nothing is lost. */
interface Elsewhere {
  readonly restElsewhere?: boolean;
}

/** ruleSections embeds rules that have no file of their own, in the canonical order. Manual rules are left out unless the user chose them. */
export const ruleSections = ({ restElsewhere = false }: Elsewhere = {}): DocumentPart<"rules"> => ({
  feature: "rules",
  fidelity: "embedded",
  keeps: ["scope", "globs", "description", "body"],
  write: ({ rules }, context) =>
    orderRules(rules?.rules ?? []).flatMap((rule, index): readonly Piece<Section>[] => {
      if (restElsewhere ? rule.scope === "manual" && !context.chosen(rule.id) : leftOut(rule, context)) return [];
      const out = {
        id: `rule:${rule.id}`,
        rank: [rank.rules, index] as const,
        heading: `Rule: ${oneLine(rule.id)}${conditionOf(rule)}`,
        headed: true,
        text: rule.body,
        origin: `rules/${rule.file.path}`,
      };
      return [{ items: [rule.id], out }];
    }),
});

/** leftOut reports and leaves out a manual rule that the user did not choose (S08-09). */
export function leftOut(rule: Rule, context: Context): boolean {
  if (rule.scope !== "manual" || context.chosen(rule.id)) return false;
  context.item(rule.id).lose(undefined, "is a manual rule and is written only when it is chosen", {
    hint: "choose it when you materialize, or give it another scope",
  });
  return true;
}

function conditionOf({ scope, globs, description }: Rule): string {
  if (scope === "glob") return ` (for files matching ${globs.map((glob) => `\`${oneLine(glob)}\``).join(", ")})`;
  if (scope === "auto" && description !== undefined) return ` (when it applies: ${oneLine(description)})`;
  return "";
}

/** rootInstructions puts the root scope of the instruction tree into a root document. */
export const rootInstructions: DocumentPart<"instructionTree"> = {
  feature: "instructionTree",
  fidelity: "native",
  write: ({ instructionTree }) =>
    (instructionTree?.instructions ?? [])
      .filter(({ scope }) => scope === "")
      .map(({ text, file }) => ({
        items: ["_root"],
        out: {
          id: "tree:_root",
          rank: [rank.tree, 0] as const,
          heading: "Project",
          text,
          file,
          origin: "instruction-tree/_root/instructions.md",
        },
      })),
};

/** nestedInstructions puts each scope of the instruction tree into a document of its own in its directory; project scope only. */
export const nestedInstructions = (
  fileName: string,
  { restElsewhere = false }: Elsewhere = {},
): DocumentPart<"instructionTree"> => ({
  feature: "instructionTree",
  fidelity: "native",
  write: ({ instructionTree }, context) =>
    (instructionTree?.instructions ?? []).flatMap(({ scope, text, file }): readonly Piece<Section>[] => {
      if (scope === "") return [];
      if (context.scope === "user") {
        if (!restElsewhere)
          context.item(scope).lose(undefined, "speaks of a directory of a project and has no place in user scope");
        return [];
      }
      const section: Section = {
        id: `tree:${scope}`,
        rank: [rank.tree, 0],
        text,
        file,
        origin: `instruction-tree/${file.path}`,
      };
      return [{ items: [scope], path: `${scope}/${fileName}`, out: section }];
    }),
  read: readNestedDocuments,
});

/** Where knowledge lies for every runtime: one neutral place, so that several adapters share it. */
export const knowledgeDirectory = ".agents/knowledge";
const listed = 40;

/** knowledgePointer tells the runtime where knowledge lies and, up to forty files, what it is about. */
export const knowledgePointer: DocumentPart<"knowledge"> = {
  feature: "knowledge",
  fidelity: "native",
  write: ({ knowledge }, { scope }) => {
    if (knowledge === undefined || knowledge.files.length === 0) return [];
    const directory = scope === "user" ? `~/${knowledgeDirectory}` : knowledgeDirectory;
    const lines = knowledge.files
      .slice(0, listed)
      .map(({ path }) => `- \`${directory}/${path}\`${aboutFile(knowledge.metadata, path)}`);
    const rest = knowledge.files.length - listed;
    if (rest > 0) lines.push(`- and ${rest} more ${rest === 1 ? "file" : "files"}`);
    const text = `Reference material lies in \`${directory}/\`. Read what a task touches:\n\n${lines.join("\n")}\n`;
    const out: Section = {
      id: "knowledge",
      rank: [rank.knowledge, 0],
      heading: "Knowledge",
      text,
      origin: "pointers to knowledge",
    };
    return [{ items: [], out }];
  },
  read: withoutPointer,
};

function aboutFile(metadata: NonNullable<Layers["knowledge"]>["metadata"], path: string): string {
  const about = Object.hasOwn(metadata, path) ? metadata[path] : undefined;
  const title = about?.title === undefined ? "" : oneLine(about.title);
  const source = about?.source === undefined ? "" : `source: ${oneLine(about.source)}`;
  const words = [title, source].filter((word) => word !== "").join("; ");
  return words === "" ? "" : ` — ${words}`;
}
