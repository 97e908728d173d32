/** SkillVariables are the values for the body of a skill that a runtime invokes. */
export interface SkillVariables {
  /** Everything that was typed after the skill's name. */
  readonly arguments: string;
  /** The same, split into words; by default at white space, with quotes kept together. */
  readonly positional?: readonly string[];
  readonly skillDir: string;
  readonly workspace: string;
}

const variable = /\\?(?:\$ARGUMENTS(?:\[(\d+)\])?|\$\{STAX_(SKILL_DIR|WORKSPACE)\})/g;

/**
 * substituteSkillVariables replaces `$ARGUMENTS`, `$ARGUMENTS[N]`, `${STAX_SKILL_DIR}` and `${STAX_WORKSPACE}`, as text: nothing is
 * evaluated, and inserted text is not read again. `\` before a variable keeps it. For runtimes that invoke skills; files are written
 * with their variables (decision B9).
 */
export function substituteSkillVariables(body: string, values: SkillVariables): string {
  const positional = values.positional ?? splitArguments(values.arguments);
  return body.replace(variable, (whole: string, index: string | undefined, place: string | undefined) => {
    if (whole.startsWith("\\")) return whole.slice(1);
    if (place === "SKILL_DIR") return values.skillDir;
    if (place === "WORKSPACE") return values.workspace;
    return index === undefined ? values.arguments : (positional[Number(index)] ?? "");
  });
}

/** splitArguments splits at white space; "…" and '…' keep words together. No shell is involved. */
export function splitArguments(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
}
