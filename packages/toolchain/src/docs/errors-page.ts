import { code, page, table } from "./markdown.ts";
import { importSource, published } from "./modules.ts";

type Codes = Readonly<Record<string, string>>;
type Module = Readonly<Record<string, unknown>>;

/** exitCodes is what the command ends with, by category; `apps/cli` holds the table that counts. */
const exitCodes: Codes = {
  usage: "1",
  schema: "1",
  build: "2",
  registry: "3",
  resolve: "4",
  materialize: "5",
  verify: "6",
};

// Two errors of the command have an exit code of their own.
const ownExitCodes: Codes = { BUG: "70", INTERRUPTED: "130" };

/** errorsPage is `docs/errors.md`: every package's `errorCodes` and `diagnosticCodes`. */
export async function errorsPage(): Promise<string> {
  const sections = await Promise.all(published().map(({ folder, manifest }) => section(folder, manifest.name)));
  return page(
    "Errors and findings",
    "An **error** ends the command; its code is stable, its message says what and where, its hint what to do. The category decides the exit code. A **finding** is data: several are reported at once, each with file, line and column where there is one; `--strict` turns warnings into errors.",
    table(["category", "exit code"], Object.entries(exitCodes)),
    ...sections,
  );
}

async function section(folder: string, name: string): Promise<string> {
  const modules = await modulesOf(folder);
  const errors = codesOf(modules, "errorCodes");
  const findings = codesOf(modules, "diagnosticCodes");
  if (errors.length + findings.length === 0) return "";
  const parts = [`## ${name}`];
  if (errors.length > 0)
    parts.push(
      table(
        ["error", "exit", "meaning, and what to do"],
        errors.map(([key, meaning]) => [code(`ERR_STAX_${key}`), exitsOf(modules, key), meaning]),
      ),
    );
  if (findings.length > 0)
    parts.push(
      table(
        ["finding", "meaning"],
        findings.map(([key, meaning]) => [code(key), meaning]),
      ),
    );
  return parts.join("\n\n");
}

function codesOf(
  modules: readonly Module[],
  name: "errorCodes" | "diagnosticCodes",
): readonly (readonly [string, string])[] {
  const merged: Codes = Object.assign({}, ...modules.map((module) => module[name] ?? {}));
  return Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1));
}

// A class may choose the category by the code, and a package may have a class per category: all that apply are named.
function exitsOf(modules: readonly Module[], key: string): string {
  const own = ownExitCodes[key];
  if (own !== undefined) return own;
  const classes = new Set(modules.flatMap((module) => Object.values(module)).filter(isErrorClass));
  const categories = [...classes]
    .map((Class) => new Class(key, "").category)
    .filter((category) => category !== undefined);
  return [...new Set(categories.map((category) => exitCodes[category] ?? category))].sort().join(" or ");
}

type ErrorClass = new (code: string, message: string) => { readonly category?: string };

const isErrorClass = (value: unknown): value is ErrorClass =>
  typeof value === "function" && value.prototype instanceof Error && Object.getPrototypeOf(value).name === "StaxError";

/** errorCodeOwners names the packages that throw each code. */
export async function errorCodeOwners(): Promise<ReadonlyMap<string, readonly string[]>> {
  const owners = new Map<string, string[]>();
  for (const { folder, manifest } of published())
    for (const [key] of codesOf(await modulesOf(folder), "errorCodes"))
      owners.set(key, [...(owners.get(key) ?? []), manifest.name]);
  return owners;
}

/** findingCodes are the codes of every finding that a package lists. */
export async function findingCodes(): Promise<ReadonlySet<string>> {
  const modules = (await Promise.all(published().map(({ folder }) => modulesOf(folder)))).flat();
  return new Set(codesOf(modules, "diagnosticCodes").map(([key]) => key));
}

async function modulesOf(folder: string): Promise<readonly Module[]> {
  const paths = ["index.ts", "error.ts", "diagnostic-codes.ts"].map((file) => `${folder}/src/${file}`);
  return (await Promise.all(paths.map(importSource))).filter((module) => module !== undefined);
}
