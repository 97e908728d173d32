import type { LayerName, Layers, Payload } from "@stax/schema";

/** Part is an item of a layer and what it consists of: files, bytes, or JSON data. */
export type Part = readonly [item: string, content: unknown];

// A layer kind that is not listed here is a type error.
const parts: { readonly [Name in LayerName]: (payload: Payload<Name>) => readonly Part[] } = {
  knowledge: ({ files }) => files.map((file) => [file.path, [file]]),
  rules: ({ rules, assets }) => [
    ...rules.map(({ id, file }): Part => [id, [file]]),
    ...assets.map((file): Part => [file.path, [file]]),
  ],
  skills: ({ skills, assets }) => [
    ...skills.map(({ name, tree }): Part => [name, tree]),
    ...assets.map((file): Part => [file.path, [file]]),
  ],
  mcp: ({ servers }) => Object.entries(servers),
  secrets: ({ secrets }) => secrets.map((secret) => [secret.key, secret]),
  packages: ({ packages }) => packages.map((entry) => [entry.ref, entry]),
  instructionTree: ({ instructions }) => instructions.map(({ scope, file }) => [scope || "_root", [file]]),
  surfaces: ({ surfaces, others }) => [
    ...surfaces.map(({ name, file }): Part => [name, [file]]),
    ...others.map((file): Part => [file.path, [file]]),
  ],
  prompt: ({ bytes }) => [["prompt", bytes]],
  persona: (persona) => [[persona.name, persona]],
  subagents: ({ agents }) => Object.entries(agents),
  memory: ({ files }) => files.map((file) => [file.path, [file]]),
  sourceSnapshot: ({ files }) => files.map((file) => [file.path, [file]]),
};

/** partsOf lists the items of a layer with their content; empty where the layer is not there. */
export function partsOf<Name extends LayerName>(name: Name, layers: Layers): readonly Part[] {
  const payload = layers[name] as Payload<Name> | undefined; // Layers is indexed by the same names
  return payload === undefined ? [] : parts[name](payload);
}
