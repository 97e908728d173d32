import type { GraphRoot } from "@stax/resolver";
import {
  type Agent,
  type Config,
  definedLayers,
  type LayerName,
  type Package,
  type Profile,
  specVersion,
} from "@stax/schema";
import type { Bundle } from "./bundle/bundle-project.ts";
import type { CollectedProject } from "./collect/collected.ts";

/** Fields of a definition that the artifact holds as layers, or does not hold at all. */
const asLayers = new Set<string>([
  ...definedLayers("agent").map(({ name }) => name),
  "secrets",
  "packages",
  "specVersion",
]);

/**
 * compileConfig makes the config blob of a definition: its identity, adapters, hints and references. It is the same for every persona, so
 * that variants share it (decision A21).
 */
export function compileConfig(project: CollectedProject, root?: GraphRoot, bundle?: Bundle): Config {
  const definition = project.definition as unknown as Readonly<Record<string, unknown>>; // a definition is the record that its schema checked
  if (project.kind === "profile") return { ...(project.definition as Profile), specVersion, kind: "profile" };
  const kept = Object.fromEntries(
    Object.entries(definition).filter(([key, value]) => !asLayers.has(key) && value !== undefined),
  );
  const has = (name: LayerName) =>
    bundle?.layers.has(name) === true
      ? bundle.layers.get(name) !== undefined
      : project.layers.some((layer) => layer.name === name);
  // A range is compiled to the exact reference that it led to (decision A18).
  const packages = project.packages.map(({ declared, local }, index) =>
    local === undefined ? (root?.requests[index]?.key ?? declared) : localReference(local),
  );
  return {
    ...(kept as unknown as Agent & Package), // what the schema let through, minus what became layers
    specVersion,
    kind: project.kind,
    // Merged at build, they are no packages any more: a consumer has nothing to look for.
    ...(packages.length === 0 ? {} : bundle === undefined ? { packages } : { bundled: packages }),
    ...(has("surfaces") ? { surfaces: true } : {}),
    ...(has("instructionTree") ? { instructionTree: true } : {}),
  } as Config;
}

/** localReference names a package of the workspace in a compiled document: never by its path (decision A27). */
export const localReference = ({ definition: { name, version } }: CollectedProject): string => `${name}:${version}`;
