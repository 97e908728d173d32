import type { Diagnostic } from "@stax/errors";

/** Loss is what a rendering says about a field or an item that does not reach a runtime. */
interface Loss extends Diagnostic {
  readonly adapter: string;
  readonly feature: string;
  readonly item?: string | undefined;
  readonly reason: string;
}

/**
 * condense puts losses of the same kind and for the same reason into one line that names every item and field: a dozen rules lose the
 * same three fields, and a person wants to read that once. Other findings stay as they are. `--json` and `--verbose` show each.
 */
export function condense(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const groups = new Map<string, [Diagnostic, ...Diagnostic[]]>();
  for (const [index, diagnostic] of diagnostics.entries()) {
    const key = isLoss(diagnostic) ? keyOf(diagnostic) : String(index);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [diagnostic]);
    else group.push(diagnostic);
  }
  return [...groups.values()].map((group) => (isLoss(group[0]) ? join(group.filter(isLoss)) : group[0]));
}

const isLoss = (diagnostic: Diagnostic): diagnostic is Loss => "reason" in diagnostic && "feature" in diagnostic;

const keyOf = ({ adapter, feature, code, severity, reason, hint }: Loss): string =>
  JSON.stringify([adapter, feature, code, severity, reason, hint]);

function join(losses: readonly Loss[]): Diagnostic {
  const [first] = losses;
  if (first === undefined) throw new Error("a group has members");
  const { code, severity, hint, adapter, feature, reason } = first;
  const items = unique(losses.map(({ item }) => item));
  const fields = unique(losses.map(({ field }) => field));
  const what = [feature, named(items)].filter((part) => part !== "").join(" ");
  const message = [adapter, what, fields.join(", "), reason].filter((part) => part !== "").join(": ");
  return { code, severity, message, hint };
}

// Beyond a handful, names say less than their number does; `--verbose` lists them.
const named = (items: readonly string[]): string => {
  const shown = items.length > 6 ? items.slice(0, 5) : items;
  const rest = items.length - shown.length;
  return [...shown.map((item) => `"${item}"`), ...(rest === 0 ? [] : [`${rest} more`])].join(", ");
};

const unique = (values: readonly (string | undefined)[]): string[] => [
  ...new Set(values.filter((value) => value !== undefined)),
];
