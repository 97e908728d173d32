import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Adapter, readablePaths } from "@stax/materialize";
import { root } from "../workspace.ts";
import { fieldsOf } from "./fields.ts";
import { code, page, table } from "./markdown.ts";
import { importSource, published } from "./modules.ts";

const scopes = ["project", "user"] as const;

/** adaptersPage is `docs/adapters/README.md`: what each adapter's contract says, in one matrix and a section each. */
export async function adaptersPage(): Promise<string> {
  const adapters = await allAdapters();
  const maps = adapters.map((adapter) => adapter.features(defaultsOf(adapter)));
  const features = [...new Set(maps.flatMap((map) => Object.keys(map)))].filter((feature) => feature !== "exactMode");
  return page(
    "Adapters",
    "What reaches each runtime, and how: **native** as it is, **translated** in another form, **embedded** inside another document, **unsupported** not at all, which is always reported. **consumer-only** means that whoever starts the runtime provides it. Derived from the adapters' own contracts under default options.",
    table(
      ["feature", ...adapters.map(heading)],
      features.map((feature) => [feature, ...maps.map((map) => String(map[feature] ?? ""))]),
    ),
    "What each runtime's own client was seen to read of it: [evidence.md](evidence.md). Item by item, with the reasons: [losses.md](losses.md). How to write one: [writing-an-adapter.md](writing-an-adapter.md).",
    ...adapters.map(section),
  );
}

/** allAdapters loads the adapters of the workspace, by name. */
export async function allAdapters(): Promise<readonly Adapter[]> {
  const folders = published().filter(({ group }) => group === "adapters");
  const found = await Promise.all(
    folders.map(async ({ folder }) => (await importSource(`${folder}/src/index.ts`))?.["adapter"]),
  );
  if (found.length === 0 || !found.every(isAdapter))
    throw new Error("every package in adapters/ exports its contract as `adapter`");
  return found;
}

// Options that stand when an author sets none; an adapter that insists on some has no others.
const defaultsOf = ({ optionsSchema }: Adapter) => optionsSchema.safeParse({}).data ?? {};

/** optionsOf gives options under which an adapter can be tried: none, but for one that insists on some. */
export const optionsOf = ({ anyRuntime }: Adapter): object =>
  anyRuntime ? { importMode: "filesystem", fidelity: "best-effort", targets: [{ kind: "directory", path: "." }] } : {};

const isAdapter = (value: unknown): value is Adapter =>
  typeof value === "object" && value !== null && "outputs" in value && "features" in value;

const heading = ({ name }: Adapter): string =>
  existsSync(join(root, `docs/adapters/${name}.md`)) ? `[${name}](${name}.md)` : name;

function section(adapter: Adapter): string {
  const { name, displayName, adapterVersion, runtimeVersionRange, exactMode } = adapter;
  const version = runtimeVersionRange === undefined ? "" : `, checked with ${displayName} \`${runtimeVersionRange}\``;
  const exact = exactMode ? "Can be held to exact files." : "Never certifiable as exact.";
  return [
    `## ${name}`,
    `${displayName}, adapter version ${adapterVersion}${version}. ${exact} [Evidence](evidence.md#${name}).`,
    ...[
      targets(adapter),
      unsupported(adapter),
      readBack(adapter),
      options(adapter),
      modelParameters(adapter),
      budgets(adapter),
      notices(adapter),
      capabilities(adapter),
    ].filter((part) => part !== ""),
  ].join("\n\n");
}

function targets(adapter: Adapter): string {
  const rows = scopes.flatMap((scope) =>
    adapter
      .targets({ scope } as object)
      .map(({ path, kind, description = "" }) => [scope, code(path), kind, description]),
  );
  return titled("What it writes", ["scope", "path", "kind", ""], rows);
}

const unsupported = ({ unsupported }: Adapter): string =>
  titled(
    "What does not reach the runtime",
    ["feature", "why"],
    Object.entries(unsupported).map(([feature, reason]) => [feature, reason ?? ""]),
  );

/** What an import reads: where the runtime's own files lie, and the older or neighbouring forms that are never written. */
function readBack(adapter: Adapter): string {
  if (adapter.import === undefined) return "";
  const { readers = [], directories = [] } = adapter.import;
  const readOnly = new Set(
    readers.flatMap(({ claims }) => (typeof claims === "string" ? [claims] : Object.values(claims))),
  );
  const personal = new Set(adapter.runtimeFiles.filter((file) => file.class !== "managed").map(({ path }) => path));
  const rows = readablePaths(adapter)
    .filter((path) => !personal.has(path) && !directories.some((directory) => path === `${directory}/**`))
    .map((path) => [code(path), readOnly.has(path) ? "never written" : ""]);
  return titled(`What \`stax init --from ${adapter.name}\` looks at`, ["path", ""], rows);
}

const options = ({ optionsSchema }: Adapter): string =>
  titled(
    "Options",
    ["option", "type", "default"],
    fieldsOf(optionsSchema).map(({ path, type, default: standard }) => [code(path), type, code(standard)]),
  );

const modelParameters = ({ modelParams }: Adapter): string =>
  titled(
    "Model parameters",
    ["name", "type", "range", ""],
    Object.entries(modelParams).map(([name, { type, min, max, values, supported }]) => [
      code(name),
      type,
      values?.join(", ") ?? rangeOf(min, max),
      supported ? "" : "known, and without a place in the runtime's files: reported",
    ]),
  );

function rangeOf(min: number | undefined, max: number | undefined): string {
  if (min === undefined) return max === undefined ? "" : `up to ${max}`;
  return max === undefined ? `from ${min}` : `${min} to ${max}`;
}

const budgets = ({ budgets }: Adapter): string =>
  titled(
    "Limits of the runtime",
    ["files", "limit", "beyond it"],
    budgets.map(({ paths, limit, unit, effect, total, chain }) => [
      code(paths),
      `${limit} ${unit}${total === true ? " together" : chain === true ? " together, from the root down" : ""}`,
      effect,
    ]),
  );

const notices = ({ notices }: Adapter): string =>
  titled(
    "What a person should know",
    ["when it writes", ""],
    notices.map(({ paths, message }) => [code(paths), message]),
  );

const capabilities = ({ capabilities }: Adapter): string =>
  titled(
    "Capabilities: written only with `--allow-capability`",
    ["name", "what it does"],
    Object.entries(capabilities).map(([name, meaning]) => [code(name), meaning]),
  );

const titled = (title: string, head: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0 ? "" : `### ${title}\n\n${table(head, rows)}`;
