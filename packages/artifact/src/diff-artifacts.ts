import { canonicalJson, diffLayers, type LayerDiff } from "@stax/layers";
import type { Artifact } from "./open-artifact.ts";
import { type ReadLayers, type ReadLayersOptions, readLayers } from "./read-layers.ts";
import { type Risk, riskOf } from "./risk.ts";

/** FieldChange is one value of the config that differs; absent sides were not there. */
export interface FieldChange {
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** RiskDelta is what a change adds and takes away of {@link Risk}. */
export type RiskDelta = {
  readonly [Kind in keyof Risk]: { readonly added: readonly string[]; readonly removed: readonly string[] };
};

/** ArtifactDiff is what changed from one artifact to another: identity, config, each layer item by item, and what that means for risk. */
export interface ArtifactDiff {
  readonly before: { readonly name: string; readonly version: string; readonly digest: string };
  readonly after: { readonly name: string; readonly version: string; readonly digest: string };
  /** Same manifest, byte for byte. */
  readonly identical: boolean;
  readonly config: readonly FieldChange[];
  readonly layers: readonly LayerDiff[];
  readonly risk: RiskDelta;
}

export interface DiffArtifactsOptions extends ReadLayersOptions {
  /** How layers are read; by default those of the artifact itself, without what its packages bring. */
  readonly read?: ((artifact: Artifact) => Promise<Pick<ReadLayers, "layers">>) | undefined;
}

/** diffArtifacts compares two artifacts. Layers with the same digest are not opened. */
export async function diffArtifacts(
  before: Artifact,
  after: Artifact,
  options: DiffArtifactsOptions,
): Promise<ArtifactDiff> {
  const { read = (artifact: Artifact) => readLayers(artifact, options) } = options;
  const [old, now] = await Promise.all([read(before), read(after)]);
  return {
    before: identityOf(before),
    after: identityOf(after),
    identical: before.descriptor.digest === after.descriptor.digest,
    config: diffFields(before.config, after.config, ""),
    layers: await diffLayers(old.layers, now.layers),
    risk: deltaOf(riskOf(before.config, old.layers), riskOf(after.config, now.layers)),
  };
}

const identityOf = ({ config, descriptor }: Artifact) => ({
  name: config.name,
  version: config.version,
  digest: descriptor.digest,
});

function diffFields(before: unknown, after: unknown, at: string): readonly FieldChange[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => diffFields(before[key], after[key], at === "" ? key : `${at}.${key}`));
  }
  if (before === undefined || after === undefined ? before === after : same(before, after)) return [];
  return [{ field: at, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const same = (a: unknown, b: unknown): boolean => Buffer.compare(canonicalJson(a), canonicalJson(b)) === 0;

function deltaOf(before: Risk, after: Risk): RiskDelta {
  const delta = (kind: keyof Risk) => ({
    added: after[kind].filter((item) => !before[kind].includes(item)),
    removed: before[kind].filter((item) => !after[kind].includes(item)),
  });
  return {
    commands: delta("commands"),
    hosts: delta("hosts"),
    secrets: delta("secrets"),
    tools: delta("tools"),
    executables: delta("executables"),
  };
}

/** isEmptyDiff tells whether nothing that matters differs: config and content (timestamps and compression do not count). */
export const isEmptyDiff = ({ config, layers }: ArtifactDiff): boolean => config.length === 0 && layers.length === 0;
