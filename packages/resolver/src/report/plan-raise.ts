import type { Diagnostic } from "@stax/errors";
import type { RepositoryName } from "@stax/oci";
import { nodesOf, type PackageGraph, type PackageNode } from "../graph/package-graph.ts";
import { createLimit } from "../limit.ts";
import {
  digestReference,
  type PackageReference,
  parsePackageReference,
  repositoryText,
  tagReference,
} from "../reference.ts";
import { createMirrors, type MirrorMap } from "../source/mirrors.ts";
import type { OpenRepository } from "../source/package-source.ts";
import { Repositories } from "../source/repositories.ts";
import { highest, parseRange, type TaggedVersion, versionsOf } from "../version-range.ts";
import { type Raise, raiseReference } from "./raise-reference.ts";

/** RaisedReference is a declaration of a definition that must be written anew for a newer version. */
export interface RaisedReference {
  /** The place of the definition among the roots of the graph. */
  readonly root: number;
  readonly declared: string;
  readonly replacement: string;
}

/** RaisePlan is what `update --to` changes before packages are resolved anew. */
export interface RaisePlan {
  readonly references: readonly RaisedReference[];
  /** The tags that floating references take, by what is declared: `choose` of a resolution. */
  readonly choose: ReadonlyMap<string, string>;
  /** What has no version that could be raised. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface PlanRaiseOptions {
  readonly open: OpenRepository;
  readonly mirrors?: MirrorMap | undefined;
  /** Only these packages; absent: all. */
  readonly only?: readonly PackageNode[] | undefined;
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * planRaise finds for every package the newest version within a step from the one in use (`patch`: as `~` takes it, `minor`: as `^` does,
 * `latest`: any), and says which declarations must change for it. Packages of registries keep what they declare: their ranges may move, within.
 * Throws what listing tags throws.
 */
export async function planRaise(
  graph: Pick<PackageGraph, "roots">,
  to: Raise,
  options: PlanRaiseOptions,
): Promise<RaisePlan> {
  const limit = createLimit(options.concurrency ?? 16);
  const repositories = new Repositories({ ...options, mirrors: createMirrors(options.mirrors), limit });
  const plan = new Planner(to, repositories);
  for (const { root, declared, node } of requestsIn(graph)) {
    if (node.path !== undefined || (options.only !== undefined && !options.only.includes(node))) continue;
    await plan.add(root, declared, node);
  }
  return { references: plan.references, choose: plan.choose, diagnostics: plan.diagnostics };
}

interface Request {
  /** Absent for a package of a registry, which nobody here can edit. */
  readonly root?: number;
  readonly declared: string;
  readonly node: PackageNode;
}

function requestsIn({ roots }: Pick<PackageGraph, "roots">): readonly Request[] {
  const published = nodesOf(roots).filter(({ path }) => path === undefined);
  const of = ({ requests, dependencies }: Pick<PackageNode, "requests" | "dependencies">, root?: number) =>
    dependencies.map((node, index) => ({
      ...(root === undefined ? {} : { root }),
      declared: requests[index]?.declared ?? node.key,
      node,
    }));
  return [...roots.flatMap((root, index) => of(root, index)), ...published.flatMap((node) => of(node))];
}

type Remote = Exclude<PackageReference, { readonly form: "path" | "embedded" }>;

class Planner {
  readonly references: RaisedReference[] = [];
  readonly choose = new Map<string, string>();
  readonly diagnostics: Diagnostic[] = [];
  readonly #to: Raise;
  readonly #repositories: Repositories;

  constructor(to: Raise, repositories: Repositories) {
    this.#to = to;
    this.#repositories = repositories;
  }

  async add(root: number | undefined, declared: string, node: PackageNode): Promise<void> {
    const reference = parsePackageReference(declared);
    if (reference.form === "path" || reference.form === "embedded") return;
    if (node.pinned === true) return this.#keep(root, declared, "its digest is pinned by overrides");
    const target = await this.#newest(reference.repository, node);
    if (target === undefined) return this.#keep(root, declared, "it is named without a version");
    if (reference.form === "range" && reference.range.matches(target.version)) return this.#choose(declared, target);
    if (root === undefined || target.tag === node.tag) return;
    const replacement = await this.#replacement(reference, target);
    if (replacement === undefined) return;
    this.references.push({ root, declared, replacement });
    if (reference.form === "range") this.#choose(replacement, target);
  }

  async #newest(repository: RepositoryName, { key, ref, tag }: PackageNode): Promise<TaggedVersion | undefined> {
    const raised = raiseReference(key.includes("@") ? ref : key, this.#to);
    if (raised === undefined || tag === undefined) return undefined;
    const range = parseRange(raised.slice(repositoryText(repository).length + 1), raised);
    const current = versionsOf([tag]);
    return highest(range, versionsOf(await this.#repositories.tags(repository))) ?? current[0];
  }

  async #replacement(reference: Remote, target: TaggedVersion): Promise<string | undefined> {
    const { repository } = reference;
    if (reference.form === "tag") return tagReference(repository, target.tag);
    if (reference.form === "range") return `${repositoryText(repository)}:${raisedRange(reference.range.text, target)}`;
    const digest = await this.#repositories.digestOf(repository, target.tag);
    return digest === undefined ? undefined : digestReference(repository, digest, target.tag);
  }

  /** One declaration means one version wherever it stands: the newest that any of them may take. */
  #choose(declared: string, { tag }: TaggedVersion): void {
    const known = this.choose.get(declared);
    const [newest] = versionsOf(known === undefined ? [tag] : [tag, known]);
    this.choose.set(declared, newest?.tag ?? tag);
  }

  #keep(root: number | undefined, declared: string, why: string): void {
    if (root === undefined || this.diagnostics.some(({ message }) => message.startsWith(`${declared} `))) return;
    const message = `${declared} stays as it is: ${why}`;
    this.diagnostics.push({ code: "package-not-raised", severity: "info", message });
  }
}

/** In the form that its author chose: `^1.2.0` → `^2.0.0`, `1.x` → `2.x`. */
function raisedRange(text: string, { version }: TaggedVersion): string {
  if (text.startsWith("~")) return `~${version}`;
  if (version.prerelease.length === 0 && /^\d+\.[xX*]$/.test(text)) return `${version.major}.x`;
  if (version.prerelease.length === 0 && /^\d+\.\d+\.[xX*]$/.test(text)) return `${version.major}.${version.minor}.x`;
  return `^${version}`;
}
