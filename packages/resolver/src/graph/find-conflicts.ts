import type { Diagnostic } from "@stax/errors";
import { compareBytes } from "@stax/schema";
import { ResolveError } from "../error.ts";
import type { GraphRoot, PackageNode } from "./package-graph.ts";

interface Meeting {
  readonly node: PackageNode;
  /** From the root to the package, by keys. */
  readonly path: readonly string[];
}

/** assertNoConflict refuses a graph in which one reference leads to two artifacts. Throws `DEPENDENCY_CONFLICT` that names both and their paths. */
export function assertNoConflict(root: GraphRoot): void {
  const first = new Map<string, Meeting>();
  for (const meeting of meetings(root)) {
    const known = first.get(meeting.node.ref);
    if (known === undefined) first.set(meeting.node.ref, meeting);
    else if (known.node.id !== meeting.node.id) throw conflict(known, meeting);
  }
}

/** versionFindings warns where one package is in a graph in several versions. */
export function versionFindings(root: GraphRoot): readonly Diagnostic[] {
  const byRepository = new Map<string, Map<string, Meeting>>();
  for (const meeting of meetings(root)) {
    const { repository, ref } = meeting.node;
    if (repository === undefined || meeting.node.tag === undefined) continue;
    const versions = byRepository.get(repository) ?? new Map<string, Meeting>();
    byRepository.set(repository, versions.set(ref, versions.get(ref) ?? meeting));
  }
  return [...byRepository]
    .filter(([, versions]) => versions.size > 1)
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([repository, versions]) => ({
      code: "package-versions",
      severity: "warning",
      message: `${root.name} reaches ${repository} in ${versions.size} versions: ${[...versions.values()].map(({ path }) => path.join(" → ")).join("; ")}`,
      hint: "both are merged, and the one of higher precedence wins; bring the declarations together",
    }));
}

/** Every package of a root once, with the first way to it, depth-first. */
function meetings(root: GraphRoot): readonly Meeting[] {
  const found = new Map<PackageNode, Meeting>();
  const visit = (node: PackageNode, above: readonly string[]): void => {
    if (found.has(node)) return;
    const path = [...above, node.key];
    found.set(node, { node, path });
    for (const dependency of node.dependencies) visit(dependency, path);
  };
  for (const dependency of root.dependencies) visit(dependency, [root.name]);
  return [...found.values()];
}

function conflict(one: Meeting, other: Meeting): ResolveError {
  const { ref, path: local } = one.node;
  const shown = ({ node, path }: Meeting) => `${node.digest ?? node.path ?? "?"} (${path.join(" → ")})`;
  return new ResolveError(
    "DEPENDENCY_CONFLICT",
    `${ref} is two different packages: ${shown(one)} and ${shown(other)}`,
    {
      hint:
        local === undefined
          ? `pin the one you want: overrides: { packages: { "${ref}": "${other.node.digest ?? one.node.digest}" } }, or name ${ref}@<digest> wherever it is declared; if only stax.lock is old, run stax update ${ref}`
          : "give one of the two packages another name or version",
      details: {
        reference: ref,
        resolutions: [one, other].map(({ node, path }) => ({ digest: node.digest, path })),
      },
    },
  );
}
