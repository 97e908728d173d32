import { type Context, oneLine, type Part, readSurfaceDocument, type Section } from "@stax/materialize";
import { type Layers, type Persona, renderTemplate } from "@stax/schema";
import type { OpenclawOptions } from "./options.ts";
import { omitsBeside } from "./root-document.ts";

type SoulPart<F extends "persona" | "surfaces"> = Part<F, OpenclawOptions, Section>;

/** exactSurface writes one surface as a document of its own. */
export const exactSurface = (name: "persona" | "identity"): SoulPart<"surfaces"> => ({
  feature: "surfaces",
  fidelity: "native",
  write: function* ({ surfaces }) {
    const surface = surfaces?.surfaces.find((candidate) => candidate.name === name);
    if (surface === undefined) return;
    const { text, file } = surface;
    yield { items: [name], out: { id: `surface:${name}`, rank: [0, 0], text, file, origin: `surfaces/${name}.md` } };
  },
  read: readSurfaceDocument(name),
});

const said = ["displayName", "role", "background", "expertise", "personality", "voice", "values", "boundaries"];

/** soul writes SOUL.md from the persona where no surface and no prompt speaks for it. */
export const soul: SoulPart<"persona"> = {
  feature: "persona",
  fidelity: "translated",
  keeps: said,
  write: function* (layers, context) {
    const { persona } = layers;
    if (persona === undefined) return;
    if (!isSynthesised(layers, context)) {
      yield { items: [persona.name], keeps: "all" };
      return;
    }
    const out = { rank: [0, 0] as const, text: soulOf(persona), origin: "a synthesis of the persona" };
    yield { items: [persona.name], out: { ...out, id: "soul" } };
  },
};

/** identity writes the name into IDENTITY.md, in the form that OpenClaw reads it, where SOUL.md is made of the persona too. */
export const identity: SoulPart<"persona"> = {
  feature: "persona",
  fidelity: "translated",
  keeps: ["displayName"],
  write: function* (layers, context) {
    const { persona } = layers;
    if (persona === undefined || hasSurface(layers, "identity") || !isSynthesised(layers, context)) return;
    const text = `# Identity\n\n- **Name:** ${oneLine(persona.displayName)}\n`;
    const section: Section = { id: "identity", rank: [0, 0], text, origin: "a synthesis of the persona" };
    yield { items: [persona.name], out: section };
  },
};

/** isSynthesised tells whether files are made of the persona: no surface and no prompt speaks for it (decision B3). */
export const isSynthesised = (layers: Layers, context: Context<OpenclawOptions>): boolean =>
  layers.persona !== undefined && !hasSurface(layers, "persona") && !speaksInPrompt(layers, context);

/** hasSurface tells whether an artifact has a surface. */
export const hasSurface = ({ surfaces }: Layers, name: string): boolean =>
  surfaces?.surfaces.some((surface) => surface.name === name) ?? false;

// A prompt that is left out of AGENTS.md says nothing.
const speaksInPrompt = (layers: Layers, context: Context<OpenclawOptions>): boolean =>
  layers.prompt !== undefined &&
  !omitsBeside(layers, context) &&
  renderTemplate(layers.prompt.text, layers.persona).usesPersona;

function soulOf({ displayName, role, background, expertise, personality, voice, values, boundaries }: Persona): string {
  const { traits, communicationStyle, verbosity } = personality ?? {};
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ["Background", background === undefined ? [] : [background.trim()]],
    [
      "Expertise",
      [
        ...bullets("Primary", expertise?.primary),
        ...bullets("Secondary", expertise?.secondary),
        ...bullets("Learning", expertise?.learning),
      ],
    ],
    [
      "Personality",
      [...bullets("Traits", traits), ...bullet("Communication", communicationStyle), ...bullet("Verbosity", verbosity)],
    ],
    [
      "Voice",
      [
        ...bullet("Tone", voice?.tone),
        ...bullet("Code comments", voice?.codeComments),
        ...bullets("Say", voice?.patterns),
        ...bullets("Avoid", voice?.avoid),
      ],
    ],
    ["Values", (values ?? []).map((value) => `- ${oneLine(value)}`)],
    [
      "Boundaries",
      [
        ...bullets("Never", boundaries?.willNot),
        ...bullets("Always", boundaries?.always),
        ...bullets("Escalate", boundaries?.escalates),
      ],
    ],
  ];
  const texts = sections.filter(([, lines]) => lines.length > 0);
  const head = `# Soul\n\nYou are ${oneLine(displayName)}, ${oneLine(role)}.\n`;
  return [head, ...texts.map(([title, lines]) => `## ${title}\n\n${lines.join("\n")}\n`)].join("\n");
}

const bullet = (label: string, value: string | undefined): readonly string[] =>
  value === undefined ? [] : [`- ${label}: ${oneLine(value)}`];
const bullets = (label: string, values: readonly string[] | undefined): readonly string[] =>
  values === undefined || values.length === 0 ? [] : [`- ${label}: ${values.map(oneLine).join("; ")}`];
