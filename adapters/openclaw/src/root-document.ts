import {
  type Context,
  knowledgePointer,
  type Part,
  promptSection,
  rank,
  readRootDocuments,
  ruleSections,
  type Section,
} from "@stax/materialize";
import type { Layers } from "@stax/schema";
import type { OpenclawOptions } from "./options.ts";
import { readPointer } from "./read.ts";
import { readsRetiredFiles } from "./workspace.ts";

type RootPart<F extends "surfaces" | "prompt" | "rules" | "knowledge"> = Part<F, OpenclawOptions, Section>;

const surfaceOf = ({ surfaces }: Layers, name: string) =>
  surfaces?.surfaces.find((candidate) => candidate.name === name);

/** omitsBeside tells whether AGENTS.md is the instructions surface alone: no rules and no prompt beside it (decision B5). */
export const omitsBeside = (layers: Layers, { options }: Pick<Context<OpenclawOptions>, "options">): boolean =>
  options.exact && surfaceOf(layers, "instructions") !== undefined;

/** instructions puts the instructions surface into AGENTS.md; without anything else there, its exact bytes. */
export const instructions: RootPart<"surfaces"> = {
  feature: "surfaces",
  fidelity: "native",
  write: function* (layers, context) {
    reportMissing(layers, context);
    const surface = surfaceOf(layers, "instructions");
    if (surface === undefined) return;
    const { text, file } = surface;
    const out = { rank: [rank.instructions, 0] as const, text, file, origin: "surfaces/instructions.md" };
    yield { items: ["instructions"], out: { ...out, id: "surface:instructions", heading: "Instructions" } };
  },
  read: readRootDocuments,
};

// The one file that OpenClaw requires and an artifact can leave without content (decision B21).
function reportMissing(layers: Layers, context: Context<OpenclawOptions>): void {
  const rules = (layers.rules?.rules ?? []).some(({ scope, id }) => scope !== "manual" || context.chosen(id));
  const tools = surfaceOf(layers, "tools") !== undefined && !readsRetiredFiles(context.options);
  const knowledge = (layers.knowledge?.files.length ?? 0) > 0;
  if (surfaceOf(layers, "instructions") !== undefined || layers.prompt !== undefined || rules || tools || knowledge)
    return;
  context.note({
    code: "surface-missing",
    severity: context.options.strictMissingSurfaces ? "error" : "warning",
    path: "AGENTS.md",
    message: "AGENTS.md not materialized; OpenClaw may inject a missing-file marker",
    hint: "add surfaces/instructions.md",
  });
}

/** tools puts the tools surface under `## Tools` of AGENTS.md, since OpenClaw no longer reads TOOLS.md (decision R6). */
export const tools: RootPart<"surfaces"> = {
  feature: "surfaces",
  fidelity: "translated",
  write: function* (layers, context) {
    const surface = surfaceOf(layers, "tools");
    if (surface === undefined || readsRetiredFiles(context.options)) return;
    context.item("tools").lose(undefined, "is folded into AGENTS.md under ## Tools: OpenClaw reads no TOOLS.md", {
      fidelity: "translated",
      hint: "an OpenClaw before 2026.8 gets TOOLS.md with the option runtimeVersion",
    });
    const headed = !/^\ufeff?\s*#{1,2}\s+Tools\s*(?:\r?\n|$)/.test(surface.text);
    const out = { rank: [rank.tools, 0] as const, heading: "Tools", headed, text: surface.text };
    yield { items: ["tools"], out: { ...out, id: "surface:tools", origin: "surfaces/tools.md" } };
  },
};

/** heartbeat reports the surface that has no file any more. */
export const heartbeat: RootPart<"surfaces"> = {
  feature: "surfaces",
  fidelity: "native",
  write: (layers, context) => {
    if (surfaceOf(layers, "heartbeat") !== undefined && !readsRetiredFiles(context.options))
      context
        .item("heartbeat")
        .lose(
          undefined,
          "is not written: OpenClaw keeps heartbeat instructions in its database and reads no HEARTBEAT.md",
          {
            hint: "set it up with openclaw cron; an OpenClaw before 2026.8 gets the file with the option runtimeVersion",
          },
        );
    return [];
  },
};

const beside = "is left out: exact mode keeps AGENTS.md the bytes of surfaces/instructions.md";
const hint = "say it in surfaces/instructions.md, or set exact: false to have it appended";

/** prompt puts the prompt into AGENTS.md where no surface holds its exact bytes. */
export const prompt: RootPart<"prompt"> = {
  ...promptSection,
  write: (layers, context) => {
    if (!omitsBeside(layers, context)) return promptSection.write(layers, context);
    if (layers.prompt !== undefined) context.item("prompt").lose(undefined, beside, { hint });
    return [];
  },
};

const embedded = ruleSections();

/** rules embeds rules in AGENTS.md: OpenClaw has no rule files. */
export const rules: RootPart<"rules"> = {
  ...embedded,
  write: (layers, context) => {
    if (!omitsBeside(layers, context)) return embedded.write(layers, context);
    for (const { id } of layers.rules?.rules ?? []) context.item(id).lose(undefined, beside, { hint });
    return [];
  },
};

/** pointer says in AGENTS.md where knowledge lies: relative to the workspace, in both scopes. */
export const pointer: RootPart<"knowledge"> = {
  ...knowledgePointer,
  write: (layers, context) => {
    if (!omitsBeside(layers, context)) return knowledgePointer.write(layers, { ...context, scope: "project" });
    if ((layers.knowledge?.files.length ?? 0) > 0)
      context.note({
        code: "pointer-omitted",
        severity: "warning",
        message: `knowledge is written, but nothing points to it: exact mode keeps AGENTS.md the bytes of its surface`,
        hint,
      });
    return [];
  },
  read: readPointer,
};
