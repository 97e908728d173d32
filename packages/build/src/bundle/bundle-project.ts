import { join } from "node:path";
import { readLayers } from "@stax/artifact";
import { applyOverrides, mergePackages, type PackageLayers, type PackageNode, precedenceOf } from "@stax/resolver";
import { type Agent, type LayerName, type Layers, mergedLayerNames, specVersion } from "@stax/schema";
import { type CollectedProject, findLocal } from "../collect/collected.ts";
import type { Session } from "../collect/session.ts";
import type { ProjectGraph } from "../packages/project-graph.ts";
import { checkBundle } from "./check-bundle.ts";
import { distinctPaths } from "./distinct-paths.ts";

/** Bundle is a definition with its packages merged in at build (decision A18). */
export interface Bundle {
  /** The layers that are not the definition's own any more; `undefined` where overrides left nothing of one. */
  readonly layers: ReadonlyMap<LayerName, unknown>;
  /** What was merged, as a packages layer would name it, lowest precedence first. */
  readonly packages: readonly string[];
}

/**
 * bundleProject merges the packages of a definition under its own layers, as a consumer would: lowest precedence first, whole items, what its
 * overrides disable left out. Changed rules stay as they are written: consumers apply those overrides. `undefined` without packages.
 * Findings go to the session. Throws what reading packages throws.
 */
export async function bundleProject(
  project: CollectedProject,
  graph: ProjectGraph,
  session: Session,
): Promise<Bundle | undefined> {
  const root = graph.roots.get(project.file.path);
  if (root === undefined || root.dependencies.length === 0) return undefined;
  const nodes = precedenceOf(root.dependencies);
  const packages: PackageLayers[] = [];
  for (const node of nodes) packages.push(await contentOf(node, project, graph, session));
  const own = layersOf(project);
  const merged = await mergePackages(own, packages);
  const { overrides = {} } = project.definition as Agent; // only agents have some
  for (const finding of applyOverrides(merged, overrides).diagnostics) session.report(finding);
  const { layers } = applyOverrides(merged, overrides.disable === undefined ? {} : { disable: overrides.disable });
  const changed = mergedLayerNames.filter((name) => layers[name] !== own[name]);
  const bundled = distinctPaths(layers, session);
  checkBundle(bundled, changed, session);
  return { layers: new Map(changed.map((name) => [name, bundled[name]])), packages: nodes.map(({ ref }) => ref) };
}

async function contentOf(
  { path, ref, digest, open }: PackageNode,
  project: CollectedProject,
  { workspaceRoot }: ProjectGraph,
  session: Session,
): Promise<PackageLayers> {
  if (path !== undefined) {
    const local = findLocal(project, path, workspaceRoot);
    if (local === undefined) throw new Error(`${path} is in the graph and was not collected`);
    // The place tells packages of the workspace apart: they have no digest before they are built.
    return { ref, digest: path, layers: layersOf(local) };
  }
  if (open === undefined || digest === undefined) throw new Error(`${ref} is in the graph and cannot be opened`);
  const { cacheDir, maxLayerSize, signal } = session.options;
  const layerCache = cacheDir === undefined ? session.scratch() : join(cacheDir, "layers");
  const { layers, diagnostics } = await readLayers(await open(), { cacheDir: layerCache, maxLayerSize, signal });
  for (const finding of diagnostics) session.report({ ...finding, message: `${ref}: ${finding.message}` });
  return { ref, digest, layers };
}

/** What a definition itself brings of the layers that are merged. */
function layersOf({ layers, definition, kind }: CollectedProject): Layers {
  const payloads = layers.flatMap((layer) =>
    (mergedLayerNames as readonly LayerName[]).includes(layer.name) && layer.format !== "text"
      ? [[layer.name, layer.payload] as const]
      : [],
  );
  const secrets = kind === "profile" ? [] : (definition.secrets ?? []);
  const declared = secrets.length === 0 ? [] : [["secrets", { specVersion, secrets }] as const];
  return Object.fromEntries([...payloads, ...declared]) as Layers; // each payload was read by the kind of its name
}
