import { compareBytes, type Layers, type Rule } from "@stax/schema";
import type { Session } from "../collect/session.ts";

/**
 * distinctPaths gives merged rules paths of their own: rules are told apart by id, so that two packages may bring different ones under
 * one path. A rule that is named by its path keeps it. Renamed files are reported.
 */
export function distinctPaths(layers: Layers, session: Session): Layers {
  if (layers.rules === undefined) return layers;
  const { rules, assets } = layers.rules;
  const taken = new Set(rules.map(({ file }) => file.path));
  if (taken.size === rules.length) return layers;
  const keeper = new Map<string, Rule>();
  for (const rule of rules) if (keeper.get(rule.file.path)?.id !== rule.file.path) keeper.set(rule.file.path, rule);
  for (const { path } of assets) taken.add(path);
  const renamed = rules.map((rule): Rule => {
    if (keeper.get(rule.file.path) === rule) return rule;
    const path = freePath(rule.file.path, taken);
    taken.add(path);
    const message = `the rule ${rule.id} is packed as ${path}: another rule has the path ${rule.file.path}`;
    session.report({ code: "bundle-renamed", severity: "info", layer: "rules", message });
    return { ...rule, file: { ...rule.file, path } };
  });
  const sorted = [...renamed].sort((a, b) => a.priority - b.priority || compareBytes(a.file.path, b.file.path));
  return { ...layers, rules: { rules: sorted, assets } };
}

function freePath(path: string, taken: ReadonlySet<string>): string {
  const stem = path.replace(/\.md$/, "");
  let number = 2;
  while (taken.has(`${stem}-${number}.md`)) number += 1;
  return `${stem}-${number}.md`;
}
