/** pullScope is what reading a repository needs. */
export const pullScope = (repository: string): string => `repository:${repository}:pull`;

/** pushScope is what writing to a repository needs. */
export const pushScope = (repository: string): string => `repository:${repository}:pull,push`;

/** deleteScope is what deleting in a repository needs. */
export const deleteScope = (repository: string): string => `repository:${repository}:delete,pull`;

/**
 * mergeScopes joins scopes of the same resource and sorts everything, so that equal sets are equal texts. What is no
 * `type:name:actions` stays as it is.
 */
export function mergeScopes(scopes: Iterable<string>): readonly string[] {
  const actionsBy = new Map<string, Set<string>>();
  const opaque = new Set<string>();
  for (const scope of scopes) {
    const end = scope.lastIndexOf(":");
    const resource = scope.slice(0, end);
    if (end < 0 || !resource.includes(":")) {
      if (scope !== "") opaque.add(scope);
      continue;
    }
    const known = actionsBy.get(resource) ?? new Set();
    for (const action of scope.slice(end + 1).split(",")) if (action !== "") known.add(action);
    actionsBy.set(resource, known);
  }
  const merged = [...actionsBy].map(
    ([resource, actions]) => `${resource}:${actions.has("*") ? "*" : [...actions].sort().join(",")}`,
  );
  return [...merged, ...opaque].sort();
}

/** parseScopes splits the `scope` of a challenge. */
export function parseScopes(text: string | undefined): readonly string[] {
  return (text ?? "").split(" ").filter((scope) => scope !== "");
}

/** covers tells whether a token for `have` may do what `want` asks for; both as {@link mergeScopes} returns them. */
export function covers(have: readonly string[], want: readonly string[]): boolean {
  const merged = mergeScopes([...have, ...want]);
  return merged.length === have.length && merged.every((scope, at) => scope === have[at]);
}
