import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import type { Artifact, ArtifactLayer } from "@stax/artifact";
import { type Diagnostic, isStaxError, printable } from "@stax/errors";
import { encodeLayer, parseJson, pathProblem, readArchive } from "@stax/layers";
import {
  type Descriptor,
  digestOf,
  fetchBytes,
  type Manifest,
  type ReadOnlyStorage,
  type StorageOptions,
} from "@stax/oci";
import {
  annotations,
  artifactKindOf,
  type FileTree,
  fileEntry,
  kindOf,
  type PackageConfig,
  sortTree,
  specVersion,
} from "@stax/schema";
import { ResolveError } from "../error.ts";

// What is in use: one artifact type or none, the config's, the layers'; the vendor of a proposal and that of its successor.
const skillType = /^application\/vnd\.(?:agentskills|cncf)\.skill[.-]/;
const skillConfig = /^application\/vnd\.(?:agentskills|cncf)\.(?:skill\.)?config\./;
const skillName = "io.agentskills.skill.name";

/** isSkillArtifact tells an Agent Skill in a registry: by its artifact type, its config, a layer of it, or what it is annotated with. */
export const isSkillArtifact = ({ artifactType, config, layers, annotations: about }: Manifest): boolean =>
  artifactKindOf(artifactType) === undefined &&
  ([artifactType ?? "", ...layers.map(({ mediaType }) => mediaType)].some((type) => skillType.test(type)) ||
    skillConfig.test(config.mediaType) ||
    about?.[skillName] !== undefined);

export interface SkillArtifactOptions {
  /** How messages name it. */
  readonly reference: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * openSkillArtifact gives an Agent Skill of a registry as a package with a skills layer: it keeps its digest, and the same digest gives the
 * same layer. Its files are read as strictly as those of a layer. Throws `DEPENDENCY_NOT_PACKAGE` where it holds no skill, `OciError`, and
 * the LAYER_… errors.
 */
export async function openSkillArtifact(
  source: ReadOnlyStorage & Artifact["source"],
  descriptor: Descriptor,
  manifest: Manifest,
  { reference, signal }: SkillArtifactOptions,
): Promise<Artifact> {
  const { identityOf, readSkillFiles } = await import("@stax/foreign");
  const diagnostics: Diagnostic[] = [];
  const report = ({ path: _, ...finding }: Diagnostic): void => {
    diagnostics.push({ ...finding, message: `${reference}: ${finding.message}` });
  };
  const said = await configOf(source, manifest, signal);
  const about = manifest.annotations ?? {};
  const tree = await filesOf(source, manifest, signal);
  const name = said.name ?? about[skillName] ?? about[annotations.title] ?? repositoryName(reference);
  const { layers, diagnostics: found } = await readSkillFiles(tree, name);
  for (const finding of found)
    report(finding.path === undefined ? finding : { ...finding, message: `${finding.path} ${finding.message}` });
  if (layers.skills === undefined || layers.skills.skills.length === 0) throw notSkill(reference);
  const identity = identityOf(
    {
      name,
      version: said.version ?? about[annotations.version],
      description: said.description ?? about[annotations.description] ?? layers.skills.skills[0]?.header.description,
    },
    "",
    report,
  );
  const pieces: Uint8Array[] = [];
  const layer = await encodeLayer("skills", layers.skills, (piece) => void pieces.push(Buffer.from(piece)), { signal });
  const config: PackageConfig = { specVersion, kind: "package", ...identity };
  const bytes = Buffer.concat(pieces);
  const skills: ArtifactLayer = { name: "skills", descriptor: { ...layer, digest: digestOf(bytes) } };
  const view = new SkillView(source, layer.digest, bytes);
  return { source: view, descriptor, manifest, kind: "package", config, layers: [skills], diagnostics };
}

const notSkill = (reference: string): ResolveError =>
  new ResolveError("DEPENDENCY_NOT_PACKAGE", `${reference} is a skill artifact without a SKILL.md`, {
    hint: "its author must push it again",
  });

const repositoryName = (reference: string): string =>
  reference.replace(/[@:][^/]*$/, "").slice(reference.lastIndexOf("/") + 1) || "skill";

interface Said {
  readonly name?: string;
  readonly version?: string;
  readonly description?: string;
}

const largestConfig = 1024 * 1024;

// A config is a help and no more: what cannot be read, or is the empty one, says nothing.
async function configOf(source: ReadOnlyStorage, { config }: Manifest, signal: AbortSignal | undefined): Promise<Said> {
  if (!config.mediaType.endsWith("json") || config.size > largestConfig) return {};
  const bytes = await fetchBytes(source, config, { limit: largestConfig, signal });
  try {
    const value = parseJson(bytes, { name: `config ${config.digest}` });
    const field = (key: string): Said => {
      const found =
        typeof value === "object" && value !== null
          ? Object.entries(value).find(([name]) => name === key)?.[1]
          : undefined;
      return typeof found === "string" && found !== "" ? { [key]: found } : {};
    };
    return { ...field("name"), ...field("version"), ...field("description") };
  } catch (error) {
    if (!isStaxError(error)) throw error;
    return {};
  }
}

const archived = /[.+-](?:tar|tgz)(?:[.+](?:gzip|gz))?$|\.tgz$/;
const gzip = [0x1f, 0x8b];

async function filesOf(
  source: ReadOnlyStorage,
  { layers }: Manifest,
  signal: AbortSignal | undefined,
): Promise<FileTree> {
  const limit = kindOf("skills").maxSize;
  const files = new Map<string, FileTree[number]>();
  for (const layer of layers) {
    const title = layer.annotations?.[annotations.title];
    const isArchive = archived.test(layer.mediaType);
    // A file by itself has its path for a title; what has neither (a card for catalogs, the empty layer) is none of the skill's.
    if (!isArchive && (title === undefined || pathProblem(title) !== undefined)) continue;
    const bytes = await fetchBytes(source, layer, { limit, signal });
    const packed = bytes[0] === gzip[0] && bytes[1] === gzip[1];
    const tree = isArchive
      ? (await readArchive([packed ? bytes : gzipSync(bytes)], { maxSize: limit, mayStartHere: true, signal })).tree
      : [fileEntry(printable(title ?? ""), bytes)];
    for (const file of tree) if (!files.has(file.path)) files.set(file.path, file);
  }
  return sortTree([...files.values()]);
}

/** SkillView is where the artifact was found, and the layer that was made of it. */
class SkillView implements ReadOnlyStorage {
  readonly #source: Artifact["source"];
  readonly #digest: string;
  readonly #layer: Uint8Array;

  constructor(source: Artifact["source"], digest: string, layer: Uint8Array) {
    this.#source = source;
    this.#digest = digest;
    this.#layer = layer;
  }

  async fetch(target: Descriptor, options?: StorageOptions): Promise<Readable> {
    return target.digest === this.#digest ? Readable.from([this.#layer]) : this.#source.fetch(target, options);
  }

  async exists(target: Descriptor, options?: StorageOptions): Promise<boolean> {
    return target.digest === this.#digest || (await this.#source.exists(target, options));
  }

  resolve(reference: string, options?: StorageOptions): Promise<Descriptor> {
    return this.#source.resolve(reference, options);
  }
}
