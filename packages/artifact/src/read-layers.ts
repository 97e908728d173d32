import { type Diagnostic, hasErrors } from "@stax/errors";
import { openLayer, parseJson } from "@stax/layers";
import { fetchBytes } from "@stax/oci";
import { annotations, checkDocument, kindOf, type LayerName, type Layers } from "@stax/schema";
import { ArtifactError } from "./error.ts";
import { type Artifact, type ArtifactLayer, checkSpecVersion } from "./open-artifact.ts";

export interface ReadLayersOptions {
  /** Where unpacked layers are kept, by content: any directory that several processes may share. */
  readonly cacheDir: string;
  /** Only these; all that the artifact has unless told. */
  readonly names?: readonly LayerName[] | undefined;
  /** Limits of uncompressed layers, bytes, where they differ from the format's. */
  readonly maxLayerSize?: Partial<Readonly<Record<LayerName, number>>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** ReadLayers is the decoded content of an artifact and what was found on the way. */
export interface ReadLayers {
  readonly layers: Layers;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * readLayers decodes the layers of an artifact; file bodies of trees stay closed. What a consumer must tolerate is a warning, what breaks
 * the format is {@link ArtifactError} `LAYER_INVALID` with every finding. Bytes are verified against the manifest.
 */
export async function readLayers(artifact: Artifact, options: ReadLayersOptions): Promise<ReadLayers> {
  const diagnostics: Diagnostic[] = [];
  const wanted = artifact.layers.filter(
    ({ name }) => name !== undefined && (options.names === undefined || options.names.includes(name)),
  );
  const decoded = await Promise.all(wanted.map((layer) => readLayer(artifact, layer, options, diagnostics)));
  if (hasErrors(diagnostics))
    throw new ArtifactError(
      "LAYER_INVALID",
      `${artifact.config.name} ${artifact.descriptor.digest} has content that breaks the format`,
      { diagnostics, hint: "its author must build it again with stax build, which refuses such content" },
    );
  return { layers: Object.fromEntries(decoded) as Layers, diagnostics }; // each entry was decoded by the table's kind of that name
}

/** LayerData is a layer as its carrier format has it, before a kind makes sense of it. */
async function readLayer(
  artifact: Artifact,
  layer: ArtifactLayer,
  options: ReadLayersOptions,
  diagnostics: Diagnostic[],
): Promise<readonly [LayerName, unknown]> {
  const name = layer.name as LayerName; // the caller passes known layers only
  const kind = kindOf(name);
  const report = (finding: Diagnostic) => diagnostics.push(lenient(finding));
  const limit = options.maxLayerSize?.[name] ?? kind.maxSize;
  if (kind.format === "tree") {
    const { tree } = await openTree(artifact, layer, options);
    return [name, await kind.parse(tree, { report })];
  }
  const bytes = await fetchBytes(artifact.source, layer.descriptor, { limit, signal: options.signal });
  if (kind.format === "text")
    return [name, { bytes, text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) }];
  const value = parseJson(bytes, { name: `layer ${name}`, maxSize: limit });
  for (const finding of checkSpecVersion(value, `layer ${name}`)) report({ ...finding, layer: name });
  return [
    name,
    checkDocument(kind.schema, value, { unknown: "warning", report: (finding) => report({ ...finding, layer: name }) }),
  ];
}

/** openTree opens a tree layer of an artifact through the cache. */
export function openTree(
  { source }: Artifact,
  { name, descriptor }: ArtifactLayer,
  { cacheDir, maxLayerSize, signal }: ReadLayersOptions,
): ReturnType<typeof openLayer> {
  const limit = name === undefined ? undefined : (maxLayerSize?.[name] ?? kindOf(name).maxSize);
  return openLayer(
    {
      digest: descriptor.digest,
      size: descriptor.size,
      diffId: descriptor.annotations?.[annotations.diffId],
      open: () => source.fetch(descriptor, { signal }),
    },
    cacheDir,
    { signal, ...(limit === undefined ? {} : { maxSize: limit }) },
  );
}

// What a builder must refuse, but a consumer must live with: entries of a manifest whose files are gone (S09-04), bytes that are no UTF-8
// in documents that are handed on as they are (S03-61).
const tolerated = new Set(["knowledge-manifest-missing", "text-not-utf8"]);

const lenient = (finding: Diagnostic): Diagnostic =>
  tolerated.has(finding.code) ? { ...finding, severity: "warning" } : finding;
