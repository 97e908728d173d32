import { type Diagnostic, printable } from "@stax/errors";
import { nameFrom, versionPattern } from "@stax/schema";

/** Report takes a finding. */
export type Report = (finding: Diagnostic) => void;

/** Identity is what a package is called. */
export interface Identity {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

/** identityOf makes a name and a version that the format takes of what a manifest says, and reports what it had to change. */
export function identityOf(
  said: { readonly name: string; readonly version?: string | undefined; readonly description?: string | undefined },
  path: string,
  report: Report,
): Identity {
  const change = (message: string): void => report({ code: "plugin-changed", severity: "info", path, message });
  const name = nameOf(said.name);
  if (name !== said.name)
    change(`"${printable(said.name)}" is named ${name}: names hold lower-case letters, digits and hyphens`);
  const version = versionPattern.test(said.version ?? "") ? (said.version ?? "") : "0.0.0";
  if (version !== said.version)
    change(
      said.version === undefined
        ? "says no version; 0.0.0 takes its place"
        : `the version ${printable(said.version)} is no semantic one; 0.0.0 takes its place`,
    );
  return { name, version, description: said.description?.trim() || said.name };
}

/** nameOf makes a name that the format takes of any other. */
export const nameOf = (name: string): string => nameFrom(name) ?? "unnamed";
