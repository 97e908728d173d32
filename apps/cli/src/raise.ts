import { applyEdits, editReferences, type ReferenceEdit, type ResolvedWorkspace } from "@stax/build";
import { type Diagnostic, isStaxError, printable } from "@stax/errors";
import { type PackageNode, planRaise, type Raise, writeLock } from "@stax/resolver";
import type { Context } from "./context.ts";
import { CliError } from "./error.ts";
import { packageSources } from "./options/packages.ts";

/** EditedReference is a package reference in a definition and what takes its place. */
export interface EditedReference {
  /** As messages show it. */
  readonly file: string;
  readonly declared: string;
  readonly replacement: string;
}

/** Raised is what `update --to` changes: how packages are to be resolved, and the definitions that say so afterwards. */
export interface Raised {
  readonly redeclare: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly choose: ReadonlyMap<string, string>;
  readonly references: readonly EditedReference[];
  readonly edits: readonly ReferenceEdit[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * raisePackages plans newer versions than definitions ask for. A reference that does not stand in its definition as it is declared is left
 * alone, with a finding that says where to change it. Nothing is written. Throws what listing versions throws.
 */
export async function raisePackages(
  { graph, definitions }: ResolvedWorkspace,
  to: Raise,
  only: readonly PackageNode[] | undefined,
  context: Context,
): Promise<Raised> {
  const { open, mirrors } = packageSources(context);
  if (open === undefined) throw new Error("packages always have a source");
  const plan = await planRaise(graph, to, { open, mirrors, only, signal: context.signal });
  const redeclare = new Map<string, ReadonlyMap<string, string>>();
  const references: EditedReference[] = [];
  const edits: ReferenceEdit[] = [];
  const diagnostics: Diagnostic[] = [...plan.diagnostics];
  for (const [root, { path, shown }] of definitions.entries()) {
    const raised = plan.references.filter((reference) => reference.root === root);
    if (raised.length === 0) continue;
    const replacements = new Map(raised.map(({ declared, replacement }) => [declared, replacement]));
    const edit = editReferences(path, replacements);
    for (const declared of edit.missing) {
      diagnostics.push(byHand(shown, declared, replacements.get(declared) ?? declared));
      replacements.delete(declared);
    }
    redeclare.set(path, replacements);
    edits.push(edit);
    for (const [declared, replacement] of replacements) references.push({ file: shown, declared, replacement });
  }
  return { redeclare, choose: plan.choose, references, edits, diagnostics };
}

const byHand = (file: string, declared: string, replacement: string): Diagnostic => ({
  code: "package-edit-by-hand",
  severity: "warning",
  path: file,
  message: printable(`builds on ${declared} and does not say so in these words, so nothing was changed there`),
  hint: `change it to ${replacement} where it is made, then run stax lock`,
});

/**
 * writeRaised writes the definitions and `stax.lock`, and holds one against the other: where the definitions do not come to what was resolved,
 * everything is put back. Throws `UPDATE_UNWRITABLE` and what writing throws.
 */
export async function writeRaised(
  { edits }: Raised,
  after: ResolvedWorkspace,
  previous: ResolvedWorkspace["lock"],
  resolveAgain: () => Promise<ResolvedWorkspace>,
): Promise<boolean> {
  const restore = applyEdits(edits);
  try {
    const written = after.save();
    const { graph } = await resolveAgain();
    if (requestsOf(graph) !== requestsOf(after.graph)) throw unwritable();
    return written;
  } catch (error) {
    restore();
    if (previous !== undefined) writeLock(after.workspaceRoot, previous);
    throw isStaxError(error) && error.category === "resolve" ? unwritable(error) : error;
  }
}

const requestsOf = ({ roots }: ResolvedWorkspace["graph"]): string =>
  JSON.stringify(roots.map(({ name, requests }) => [name, requests]));

const unwritable = (cause?: unknown): CliError =>
  new CliError("UPDATE_UNWRITABLE", "the definitions do not come to what was resolved; all is as it was", {
    cause,
    hint: "they compute their references: change them by hand, then run stax lock",
  });
