import { type Diagnostic, printable } from "@stax/errors";
import { parseJson } from "@stax/layers";
import {
  artifactTypeOf,
  type Descriptor,
  fetchBytes,
  fetchManifest,
  type Manifest,
  type ReadOnlyStorage,
  type ReferenceResolver,
} from "@stax/oci";
import {
  type ArtifactKind,
  annotations,
  artifactKindOf,
  type Config,
  checkDocument,
  configMediaTypes,
  configSchemas,
  deprecatedFields,
  type LayerName,
  layerNameOf,
  layersAllowedIn,
} from "@stax/schema";
import type * as z from "zod";
import { ArtifactError } from "./error.ts";

/** ArtifactSource is where an artifact is read from: any store of `@stax/oci`. */
export type ArtifactSource = ReadOnlyStorage & ReferenceResolver;

/** ArtifactLayer is one layer of the manifest; `name` is absent where this version does not know its media type. */
export interface ArtifactLayer {
  readonly name?: LayerName;
  readonly descriptor: Descriptor;
}

/** Artifact is a stax artifact with its config read and its layers still closed. */
export interface Artifact {
  readonly source: ArtifactSource;
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  readonly kind: ArtifactKind;
  readonly config: Config;
  /** As the manifest has them, without the empty descriptor. */
  readonly layers: readonly ArtifactLayer[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface OpenOptions {
  /** Chooses from an index of variants. */
  readonly persona?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * openArtifact reads the manifest and config of an artifact by tag, digest or descriptor. Throws {@link ArtifactError} for what is no
 * stax artifact, and `OciError` for what cannot be fetched or differs from its digest.
 */
export async function openArtifact(
  source: ArtifactSource,
  reference: string | Descriptor,
  options: OpenOptions = {},
): Promise<Artifact> {
  const { signal } = options;
  const named = typeof reference === "string" ? await source.resolve(reference, { signal }) : reference;
  const { descriptor, manifest } = await chooseManifest(source, named, options);
  return await openManifest(source, descriptor, manifest, options);
}

export interface OpenManifestOptions {
  /** Bytes of the config, where they are known already: held against their digest by whoever gives them. */
  readonly config?: Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** openManifest is {@link openArtifact} for a manifest that was read already. Throws the same. */
export async function openManifest(
  source: ArtifactSource,
  descriptor: Descriptor,
  manifest: Manifest,
  options: OpenManifestOptions = {},
): Promise<Artifact> {
  const kind = kindOfManifest(manifest, descriptor);
  const { config, diagnostics } = await readConfig(source, manifest, kind, options);
  const { layers, findings } = readLayerList(manifest, kind, descriptor);
  return { source, descriptor, manifest, kind, config, layers, diagnostics: [...diagnostics, ...findings] };
}

interface Chosen {
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
}

async function chooseManifest(source: ArtifactSource, named: Descriptor, options: OpenOptions): Promise<Chosen> {
  const { signal, persona } = options;
  const parsed = await fetchManifest(source, named, { signal });
  if (parsed.kind === "manifest") {
    const active = parsed.manifest.annotations?.[annotations.persona];
    if (persona !== undefined && persona !== active)
      throw unknownPersona(persona, active === undefined ? [] : [active]);
    return { descriptor: named, manifest: parsed.manifest };
  }
  const entries = parsed.index.manifests.map((entry) => ({ entry, persona: entry.annotations?.[annotations.persona] }));
  const known = entries.flatMap((entry) => entry.persona ?? []);
  const wanted = persona === undefined ? entries : entries.filter((entry) => entry.persona === persona);
  const [only, another] = wanted;
  if (persona !== undefined && only === undefined) throw unknownPersona(persona, known);
  if (only === undefined) throw new ArtifactError("NOT_AN_ARTIFACT", `the index ${named.digest} is empty`);
  if (another !== undefined)
    throw new ArtifactError("PERSONA_NEEDED", `the index ${named.digest} holds ${entries.length} artifacts`, {
      hint: `choose one with --persona: ${known.map(printable).join(", ")}`,
    });
  const manifest = await fetchManifest(source, only.entry, { signal });
  if (manifest.kind === "index")
    throw new ArtifactError(
      "NOT_AN_ARTIFACT",
      `the index ${named.digest} holds another index where an artifact is expected`,
    );
  return { descriptor: only.entry, manifest: manifest.manifest };
}

const unknownPersona = (persona: string, known: readonly string[]): ArtifactError =>
  new ArtifactError("PERSONA_MISSING", `there is no artifact of the persona "${printable(persona)}"`, {
    hint:
      known.length === 0
        ? "this artifact has no persona; leave --persona out"
        : `it has: ${known.map(printable).join(", ")}`,
  });

function kindOfManifest(manifest: Manifest, { digest }: Descriptor): ArtifactKind {
  const kind = artifactKindOf(manifest.artifactType);
  if (kind !== undefined) return kind;
  const type = artifactTypeOf({ kind: "manifest", mediaType: "", manifest, bytes: new Uint8Array() });
  throw new ArtifactError(
    "NOT_AN_ARTIFACT",
    `${digest} is no stax artifact: its type is ${printable(type ?? "unset")}`,
    {
      hint: "stax reads agents, packages, profiles and sources that stax build wrote",
    },
  );
}

interface ReadConfig {
  readonly config: Config;
  readonly diagnostics: readonly Diagnostic[];
}

async function readConfig(
  source: ArtifactSource,
  manifest: Manifest,
  kind: ArtifactKind,
  { config: known, signal }: OpenManifestOptions,
): Promise<ReadConfig> {
  const { mediaType, digest } = manifest.config;
  if (mediaType !== configMediaTypes[kind])
    throw new ArtifactError(
      "ARTIFACT_CONFIG_INVALID",
      `the config of the ${kind} is ${printable(mediaType)}, not ${configMediaTypes[kind]}`,
    );
  const bytes = known ?? (await fetchBytes(source, manifest.config, { signal }));
  const value = parseJson(bytes, { name: `config ${digest}` });
  const diagnostics: Diagnostic[] = checkSpecVersion(value, digest);
  const config = checkDocument(configSchemas[kind] as z.ZodType<Config>, value, {
    unknown: "warning",
    report: (finding) => diagnostics.push(finding),
  });
  if (config === undefined)
    throw new ArtifactError("ARTIFACT_CONFIG_INVALID", `the config ${digest} breaks the format`, { diagnostics });
  return { config, diagnostics: [...diagnostics, ...deprecatedFields(value)] };
}

/** checkSpecVersion refuses a higher major version of the format; a higher minor is a finding. Throws `SPEC_VERSION_UNSUPPORTED`. */
export function checkSpecVersion(document: unknown, where: string): Diagnostic[] {
  const version: unknown =
    typeof document === "object" && document !== null && "specVersion" in document ? document.specVersion : undefined;
  const match = typeof version === "string" ? /^(\d+)\.(\d+)\.\d+/.exec(version) : null;
  if (match === null) return []; // absent or malformed: the schema says so
  if (Number(match[1]) > 1)
    throw new ArtifactError(
      "SPEC_VERSION_UNSUPPORTED",
      `${where} is of version ${printable(String(version))} of the format; this stax knows 1.x`,
      { hint: "update stax" },
    );
  if (Number(match[2]) === 0) return [];
  return [
    {
      code: "spec-version-newer",
      severity: "warning",
      message: `${where} is of version ${printable(String(version))} of the format; what is new in it is ignored`,
    },
  ];
}

const emptyMediaType = "application/vnd.oci.empty.v1+json";

function readLayerList(
  manifest: Manifest,
  kind: ArtifactKind,
  { digest }: Descriptor,
): { readonly layers: readonly ArtifactLayer[]; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const layers: ArtifactLayer[] = [];
  const allowed = kind === "profile" ? [] : layersAllowedIn(kind);
  for (const descriptor of manifest.layers) {
    if (descriptor.mediaType === emptyMediaType) continue;
    const name = layerNameOf(descriptor.mediaType);
    if (name !== undefined && layers.some((layer) => layer.name === name))
      throw new ArtifactError("LAYER_DUPLICATE", `${digest} has two layers of ${descriptor.mediaType}`);
    if (name === undefined)
      findings.push({
        code: "layer-unknown",
        severity: "warning",
        message: `the layer ${printable(descriptor.mediaType)} is not known to this version and is skipped`,
      });
    else if (!allowed.includes(name))
      findings.push({
        code: "layer-misplaced",
        severity: "warning",
        layer: name,
        message: `a ${kind} may not carry the layer ${name}; it is skipped`,
      });
    layers.push(name === undefined || !allowed.includes(name) ? { descriptor } : { name, descriptor });
  }
  return { layers, findings };
}
