/**
 * arrows is the shape of the house: what each package may import of the workspace, and with it everything below that. `@stax/errors`
 * is below everything. A package that is not named here fails the boundaries test.
 */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  "packages/errors": [],
  "packages/schema": ["packages/errors"],
  "packages/layers": ["packages/schema"],
  "packages/oci": ["packages/errors"],
  "packages/registry": ["packages/oci"],
  "packages/artifact": ["packages/schema", "packages/layers", "packages/oci"],
  "packages/build": ["packages/resolver", "packages/foreign"],
  "packages/resolver": ["packages/artifact", "packages/foreign"],
  "packages/materialize": ["packages/schema"],
  "packages/foreign": ["packages/layers", "packages/materialize"],
  "packages/sign": ["packages/oci"],
  "packages/verify": ["packages/oci"],
  "packages/scan": ["packages/schema"],
  "packages/install": ["packages/materialize", "packages/resolver", "packages/scan", "packages/verify"],
  "packages/testing": ["packages/registry", "packages/schema", "packages/materialize"],
};

/** adapterArrows: an adapter knows the contract and the format, and no other adapter. */
export const adapterArrows = ["packages/materialize", "packages/schema"];

/** reach is every package that may be imported from `folder`: the arrows and what lies below them. */
export function reach(folder: string): ReadonlySet<string> {
  const direct = folder.startsWith("adapters/") ? adapterArrows : (arrows[folder] ?? []);
  const found = new Set(["packages/errors"]);
  const visit = (next: string): void => {
    if (found.has(next)) return;
    found.add(next);
    for (const below of arrows[next] ?? []) visit(below);
  };
  for (const next of direct) visit(next);
  found.delete(folder);
  return found;
}

/** packageOf is the package that a bare specifier belongs to: `@stax/oci/x` → `@stax/oci`; undefined for relative paths and Node's own modules. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("/") || specifier.startsWith("node:")) return undefined;
  const [scope = "", name = ""] = specifier.split("/");
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}
