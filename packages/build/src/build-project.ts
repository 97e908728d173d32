import { realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { packArtifact, packIndex, type StoredLayer } from "@stax/artifact";
import { type Diagnostic, hasErrors } from "@stax/errors";
import { type Descriptor, LayoutStore } from "@stax/oci";
import { lockDigest, type PackageNode, precedenceOf } from "@stax/resolver";
import { type AgentConfig, type ArtifactKind, kindOf, type LayerName, specVersion } from "@stax/schema";
import type { Bundle } from "./bundle/bundle-project.ts";
import { collectAll } from "./collect/collect-all.ts";
import { type CollectedProject, findLocal, shownOf } from "./collect/collected.ts";
import { credentialFinding } from "./collect/credential-findings.ts";
import { Session } from "./collect/session.ts";
import { compileConfig, localReference } from "./compile-config.ts";
import { createdAt } from "./created.ts";
import { BuildError } from "./error.ts";
import { LayerPacker, type PackResult } from "./layer-packer.ts";
import { isWhole, type ProjectOptions } from "./options.ts";
import {
  checkSecrets,
  type GraphOptions,
  type ProjectGraph,
  resolveProjects,
  saveLock,
} from "./packages/project-graph.ts";
import { indexTagOf } from "./tag.ts";
import { type BuildVariant, variantsOf } from "./variants.ts";

/** BuildEvent tells what a build is doing. */
export type BuildEvent =
  | {
      readonly type: "layer";
      readonly project: string;
      readonly layer: LayerName;
      readonly digest: string;
      readonly size: number;
      readonly cached: boolean;
    }
  | { readonly type: "artifact"; readonly reference: string; readonly digest: string };

export interface BuildOptions extends ProjectOptions, Pick<GraphOptions, "open" | "mirrors" | "lockMode"> {
  readonly persona?: string | undefined;
  readonly allPersonas?: boolean | undefined;
  /** With all personas: an index over them. */
  readonly index?: boolean | undefined;
  readonly tag?: string | undefined;
  /** Merge packages at build: the artifacts need no other ones, and updates of packages reach them only by building again. */
  readonly bundle?: boolean | undefined;
  /** Layout directory; `.stax/artifacts` of the workspace unless told. */
  readonly out?: string | undefined;
  readonly created?: string | undefined;
  /** `--strict`: warnings stop the build before anything is stored. */
  readonly strict?: boolean | undefined;
  readonly onEvent?: ((event: BuildEvent) => void) | undefined;
}

/** BuiltLayer is a layer of a built artifact. */
export interface BuiltLayer {
  readonly name: LayerName;
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** BuiltArtifact is one artifact in the layout. */
export interface BuiltArtifact {
  readonly kind: ArtifactKind;
  readonly name: string;
  readonly version: string;
  readonly persona?: string;
  readonly tag: string;
  /** `<name>:<tag>`, as the layout knows it. */
  readonly reference: string;
  readonly digest: string;
  /** Of the manifest, bytes. */
  readonly size: number;
  readonly layers: readonly BuiltLayer[];
  /** With `bundle`: the packages that were merged in, lowest precedence first. */
  readonly bundled?: readonly string[];
}

/** BuiltIndex is an index over the personas of one agent. */
export interface BuiltIndex {
  readonly name: string;
  readonly tag: string;
  readonly reference: string;
  readonly digest: string;
  /** How many it lists. */
  readonly personas: number;
}

/** Build is the result of {@link buildProject}. */
export interface Build {
  readonly artifacts: readonly BuiltArtifact[];
  /** The layout, absolute. */
  readonly layout: string;
  /** With `index`: one over the personas of each agent that has some. */
  readonly indexes: readonly BuiltIndex[];
  /** Whether `stax.lock` was written. */
  readonly locked: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * buildProject builds definitions into artifacts in an OCI image layout. Nothing is stored when a definition has an error, and a tag moves
 * only once everything it reaches is stored. Throws {@link BuildError} (`INVALID` with every finding).
 */
export async function buildProject(options: BuildOptions): Promise<Build> {
  const cwd = realpathSync(options.cwd);
  const outputs = options.out === undefined ? [] : [resolve(cwd, options.out)];
  const session = new Session({ ...options, cwd, outputs });
  try {
    const projects = await collectBuildable(session, options);
    const layout = layoutOf(projects, options, cwd);
    const graph = await resolveProjects(projects, session, { ...options, complete: isWhole(options) });
    for (const project of projects) await checkSecrets(project, graph, session);
    const bundles = options.bundle === true ? await bundlesOf(projects, graph, session) : new Map<string, Bundle>();
    assertBuildable(session, options);
    const builder = new Builder(session, await LayoutStore.open(layout, { create: true }), { graph, bundles }, options);
    const artifacts: BuiltArtifact[] = [];
    const indexes: BuiltIndex[] = [];
    for (const project of projects) {
      // Of a whole workspace, only some agents may have personas.
      const asItIs = options.all === true && project.personas.length === 0;
      const variants = variantsOf(project, asItIs ? { ...options, allPersonas: false } : options);
      const built = await builder.build(project, variants);
      artifacts.push(...built);
      if (options.allPersonas === true && options.index === true && project.kind === "agent" && !asItIs)
        indexes.push(await builder.index(project, built));
    }
    const locked = options.lockMode !== "frozen" && saveLock(graph);
    await builder.finish();
    return { artifacts, layout, locked, indexes, diagnostics: session.diagnostics };
  } finally {
    await session.close();
  }
}

async function collectBuildable(session: Session, options: BuildOptions): Promise<readonly CollectedProject[]> {
  const personas = options.allPersonas === true || options.persona !== undefined ? "all" : "default";
  const projects = await collectAll(session, { personas });
  assertBuildable(session, options);
  return projects;
}

async function bundlesOf(
  projects: readonly CollectedProject[],
  graph: ProjectGraph,
  session: Session,
): Promise<ReadonlyMap<string, Bundle>> {
  const { bundleProject } = await import("./bundle/bundle-project.ts");
  const bundles = new Map<string, Bundle>();
  for (const project of projects) {
    const bundle = await bundleProject(project, graph, session);
    if (bundle !== undefined) bundles.set(project.file.path, bundle);
  }
  return bundles;
}

function assertBuildable({ diagnostics }: Session, options: BuildOptions): void {
  const strictly = options.strict === true && diagnostics.some(({ severity }) => severity === "warning");
  if (!hasErrors(diagnostics) && !strictly) return;
  const count = diagnostics.filter(
    ({ severity }) => severity === "error" || (strictly && severity === "warning"),
  ).length;
  throw new BuildError(
    "INVALID",
    count === 1 ? "1 problem keeps this from being built" : `${count} problems keep this from being built`,
    { diagnostics, hint: "mend what is listed; stax validate shows the same list" },
  );
}

function layoutOf(projects: readonly CollectedProject[], { out }: BuildOptions, cwd: string): string {
  if (out !== undefined) return resolve(cwd, out);
  return join(projects[0]?.file.workspaceRoot ?? cwd, ".stax", "artifacts");
}

interface BuiltPackage {
  readonly reference: string;
  readonly descriptor: Descriptor;
}

/** Builder stores the artifacts of one command; a package that several build on is built once. */
class Builder {
  readonly #session: Session;
  readonly #graph: ProjectGraph;
  /** By a project's file. */
  readonly #bundles: ReadonlyMap<string, Bundle>;
  readonly #store: LayoutStore;
  readonly #options: BuildOptions;
  readonly #packer: LayerPacker;
  readonly #created: string;
  readonly #packages = new Map<string, Promise<BuiltPackage>>();

  constructor(
    session: Session,
    store: LayoutStore,
    { graph, bundles }: { readonly graph: ProjectGraph; readonly bundles: ReadonlyMap<string, Bundle> },
    options: BuildOptions,
  ) {
    this.#session = session;
    this.#graph = graph;
    this.#bundles = bundles;
    this.#store = store;
    this.#options = options;
    this.#packer = new LayerPacker(
      store,
      options.cacheDir === undefined ? undefined : join(options.cacheDir, "packs"),
      options.signal,
    );
    this.#created = createdAt(options.created, options.environment ?? {});
  }

  async build(project: CollectedProject, variants: readonly BuildVariant[]): Promise<readonly BuiltArtifact[]> {
    const shared = await this.#sharedLayers(project);
    assertBuildable(this.#session, this.#options); // packing may have found what --strict does not let pass
    const artifacts: BuiltArtifact[] = [];
    for (const variant of variants) artifacts.push(await this.#buildVariant(project, variant, shared));
    return artifacts;
  }

  async index(project: CollectedProject, built: readonly BuiltArtifact[]): Promise<BuiltIndex> {
    const { name, version } = project.definition;
    const tag = indexTagOf(version);
    const runtime = (compileConfig(project) as AgentConfig).adapter.runtime; // only agents have personas
    const entries = built.map(async ({ digest, reference, persona }) => ({
      descriptor: await this.#store.resolve(digest),
      reference,
      persona,
      runtime,
    }));
    const descriptor = await packIndex(this.#store, await Promise.all(entries));
    const reference = `${name}:${tag}`;
    await this.#store.tag(descriptor, reference);
    this.#options.onEvent?.({ type: "artifact", reference, digest: descriptor.digest });
    return { name, tag, reference, digest: descriptor.digest, personas: built.length };
  }

  async finish(): Promise<void> {
    await this.#store.prune();
  }

  async #buildVariant(
    project: CollectedProject,
    { persona, tag }: BuildVariant,
    shared: readonly StoredLayer[],
  ): Promise<BuiltArtifact> {
    this.#options.signal?.throwIfAborted();
    const layers =
      persona === undefined ? shared : [...shared, await this.#packer.document("persona", persona.persona)];
    const bundle = this.#bundles.get(project.file.path);
    const descriptor = await packArtifact(this.#store, {
      config: compileConfig(project, this.#graph.roots.get(project.file.path), bundle),
      layers,
      lockDigest: this.#lockDigestOf(project),
      created: this.#created,
      persona: persona?.persona.name,
    });
    const { name, version } = project.definition;
    const reference = `${name}:${tag}`;
    await this.#store.tag(descriptor, reference);
    // What builds on it comes after it, and finds it built.
    if (project.kind === "package" && this.#options.tag === undefined)
      this.#packages.set(project.file.path, Promise.resolve({ reference: localReference(project), descriptor }));
    this.#options.onEvent?.({ type: "artifact", reference, digest: descriptor.digest });
    return {
      kind: project.kind,
      name,
      version,
      ...(persona === undefined ? {} : { persona: persona.persona.name }),
      tag,
      reference,
      digest: descriptor.digest,
      size: descriptor.size,
      layers: layers.map(builtLayer),
      ...(bundle === undefined ? {} : { bundled: bundle.packages }),
    };
  }

  /** Every layer but the persona. */
  async #sharedLayers(project: CollectedProject): Promise<readonly StoredLayer[]> {
    const bundle = this.#bundles.get(project.file.path);
    const layers: StoredLayer[] = [];
    for (const layer of project.layers) {
      if (bundle?.layers.has(layer.name)) continue;
      layers.push(this.#packed(project, await this.#packer.layer(layer), shownOf(layer)));
    }
    for (const [name, payload] of bundle?.layers ?? [])
      if (payload !== undefined) {
        const flattened = project.layers.some(
          (layer) => layer.name === name && layer.format === "tree" && layer.flattened,
        );
        layers.push(this.#packed(project, await this.#packer.payload(name, payload, flattened), name));
      }
    const { secrets } = project.definition;
    if (project.kind !== "profile" && secrets !== undefined && secrets.length > 0 && !bundle?.layers.has("secrets"))
      layers.push(await this.#packer.document("secrets", { specVersion, secrets }));
    if (bundle !== undefined) return layers;
    const packages = await this.#packagesLayer(project);
    return packages === undefined ? layers : [...layers, packages];
  }

  #packed(project: CollectedProject, { stored, cached, seen }: PackResult, shown: string): StoredLayer {
    this.#options.signal?.throwIfAborted();
    const { name: layer, descriptor } = stored;
    this.#reportNotUtf8(layer, shown, seen.notUtf8);
    // Memory is searched before anything is stored.
    if (layer !== "memory")
      for (const found of seen.credentials) this.#session.report(credentialFinding(layer, shown, found));
    const { digest, size } = descriptor;
    this.#options.onEvent?.({ type: "layer", project: project.definition.name, layer, digest, size, cached });
    return stored;
  }

  // Known only once the bytes went by; the kinds have reported the files that they had to read.
  #reportNotUtf8(layer: LayerName, shown: string, paths: readonly string[]): void {
    for (const inner of paths) {
      const path = `${shown}/${inner}`;
      if (this.#session.diagnostics.some((known) => known.code === "text-not-utf8" && known.path === path)) continue;
      const message = "is not valid UTF-8; its bytes are packed as they are";
      this.#session.report({ code: "text-not-utf8", severity: "warning", layer, path, message });
    }
  }

  async #packagesLayer(project: CollectedProject): Promise<StoredLayer | undefined> {
    const root = this.#graph.roots.get(project.file.path);
    if (root === undefined || root.dependencies.length === 0) return undefined;
    const nodes = precedenceOf(root.dependencies);
    const digests = await Promise.all(nodes.map((node) => this.#digestOf(node, project)));
    const packages = nodes.map(({ ref }, index) => ({ ref, digest: digests[index], kind: "package" }));
    return this.#packer.document("packages", { specVersion, packages });
  }

  async #digestOf({ path, digest }: PackageNode, project: CollectedProject): Promise<string> {
    if (path === undefined) return String(digest); // a package of a registry is resolved to a digest
    const local = findLocal(project, path, this.#graph.workspaceRoot);
    if (local === undefined) throw new Error(`${path} is in the graph and was not collected`);
    return (await this.#builtPackage(local)).descriptor.digest;
  }

  #lockDigestOf({ file }: CollectedProject): string | undefined {
    const root = this.#graph.roots.get(file.path);
    return root === undefined ? undefined : lockDigest(root);
  }

  #builtPackage(project: CollectedProject): Promise<BuiltPackage> {
    const known = this.#packages.get(project.file.path);
    if (known !== undefined) return known;
    const building = this.#buildPackage(project);
    this.#packages.set(project.file.path, building);
    return building;
  }

  async #buildPackage(project: CollectedProject): Promise<BuiltPackage> {
    const reference = localReference(project);
    const layers = await this.#sharedLayers(project);
    assertBuildable(this.#session, this.#options);
    const descriptor = await packArtifact(this.#store, {
      config: compileConfig(project, this.#graph.roots.get(project.file.path)),
      lockDigest: this.#lockDigestOf(project),
      layers,
      created: this.#created,
    });
    await this.#store.tag(
      descriptor,
      `${project.definition.name}:${variantsOf(project, {})[0]?.tag ?? project.definition.version}`,
    );
    this.#options.onEvent?.({ type: "artifact", reference, digest: descriptor.digest });
    return { reference, descriptor };
  }
}

const builtLayer = ({ name, descriptor }: StoredLayer): BuiltLayer => ({
  name,
  mediaType: kindOf(name).mediaType,
  digest: descriptor.digest,
  size: descriptor.size,
});
