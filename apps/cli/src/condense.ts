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
 * same three fields, and a person wants to read that once. Of notes of one kind about many files the first few stay and the rest is a
 * number. Other findings stay as they are. `--json` and `--verbose` show each.
 */
export function condense(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return fewNotes(joinedLosses(diagnostics));
}

const most = 6;

// Two hundred skills that another runtime's folder has already are two hundred notes that say one thing.
function fewNotes(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const counts = new Map<string, number>();
  for (const { severity, code, path } of diagnostics)
    if (severity === "info" && path !== undefined) counts.set(code, (counts.get(code) ?? 0) + 1);
  const shown = new Map<string, number>();
  return diagnostics.flatMap((diagnostic) => {
    const { severity, code, path } = diagnostic;
    const count = counts.get(code) ?? 0;
    if (severity !== "info" || path === undefined || count <= most) return [diagnostic];
    const before = shown.get(code) ?? 0;
    shown.set(code, before + 1);
    if (before < most - 1) return [diagnostic];
    const message = `and ${count - before} more of this kind; --verbose lists them`;
    return before === most - 1 ? [{ code, severity, message }] : [];
  });
}

function joinedLosses(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
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
