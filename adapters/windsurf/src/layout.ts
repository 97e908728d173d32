import type { PathByScope, Scope } from "@stax/materialize";
import type { WindsurfOptions } from "./options.ts";

/** Layout is a generation of the product's files. `single`: the old Windsurf with one `.windsurfrules`. */
export type Layout = "devin" | "windsurf" | "single";

/** layoutOf is the layout that options mean. */
export function layoutOf({ layout, legacyWindsurfrules }: WindsurfOptions): Layout {
  if (legacyWindsurfrules && layout !== "devin") return "single";
  return layout ?? "devin";
}

type Places = Readonly<Partial<Record<Layout, PathByScope>>>;

/** placed claims a path by layout; a layout that is not named has no such file. */
export const placed =
  (places: Places) =>
  (options: WindsurfOptions): PathByScope =>
    places[layoutOf(options)] ?? {};

/** skillsDirectory is where skills lie in the layout `devin`. */
export function skillsDirectory({ skillsDirectory: wanted }: WindsurfOptions, scope: Scope): string {
  if (wanted !== ".devin/skills") return ".agents/skills";
  return scope === "user" ? ".config/devin/skills" : ".devin/skills";
}
