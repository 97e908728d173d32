import type { ResolvedWorkspace } from "@stax/build";
import { type Diagnostic, isStaxError, printable } from "@stax/errors";
import type { PackageChange, PackageNode, UpdatePlan } from "@stax/resolver";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { layerCacheOf } from "../options/artifact.ts";
import { graphFlags, packageSources, requireLock, resolvePackagesOf } from "../options/packages.ts";
import { plural } from "../table.ts";

const version = z.object({ key: z.string(), digest: z.string() });
const delta = z.object({ added: z.array(z.string()), removed: z.array(z.string()) });
const risk = z.object({ commands: delta, hosts: delta, secrets: delta, tools: delta, executables: delta });

const data = z.object({
  packages: z.array(
    z.object({
      package: z.string(),
      change: z.enum(["added", "removed", "updated", "moved"]),
      before: version.optional(),
      after: version.optional(),
      /** Items of layers that differ: `+ rules no-force-push`. */
      items: z.array(z.string()),
      risk,
    }),
  ),
  risk,
  /** With --to: references in definitions that change, or would. */
  edits: z.array(z.object({ file: z.string(), declared: z.string(), replacement: z.string() })),
  /** Whether stax.lock was written. */
  written: z.boolean(),
});

/** update resolves packages anew within what the definitions ask for, or with --to beyond it, and shows what that brings before it writes. */
export const update = defineCommand({
  positionals: {
    package: {
      describe: "Only these packages: a reference, a repository, or the last part of that; by default all",
      rest: true,
    },
  },
  flags: {
    to: {
      type: "string",
      choices: ["latest", "minor", "patch"],
      describe:
        "How far versions may rise from those in use: patch as ~ takes it, minor as ^ does, latest any; references in definitions are written anew where they must",
    },
    plan: { type: "boolean", describe: "Show what would change; write nothing" },
    ...graphFlags,
  },
  examples: [
    ["stax update --plan", "What newer packages would bring: content, commands, hosts, secrets, tools"],
    ["stax update org-standards", "Update one package in stax.lock"],
    ["stax update org-standards --to latest", "Also beyond the range that is written, which is written anew"],
  ],
  data,
  async run({ package: names, to, plan, ...project }, context) {
    const before = await resolvePackagesOf(context, project);
    const lock = requireLock(before);
    const { droppedSigners, findNodes, planUpdate } = await import("@stax/resolver");
    const named = names.length === 0 ? undefined : names.flatMap((name) => findNodes(before.graph, name));
    const raise = to === undefined ? undefined : await import("../raise.ts");
    const raised = to === undefined ? undefined : await raise?.raisePackages(before, to, named, context);
    const wanted =
      names.length === 0 ? { lockMode: "update" as const } : { update: (named ?? []).map(({ key }) => key) };
    const after = await resolvePackagesOf(context, project, {
      ...wanted,
      redeclare: raised?.redeclare,
      choose: raised?.choose,
    });
    const found = await planUpdate(before.graph, after.graph, {
      cacheDir: layerCacheOf(context),
      signal: context.signal,
    });
    const newer = await outsideRange(after, named, context);
    const again = () => resolvePackagesOf(context, project, { lockMode: "frozen" });
    const write = () =>
      raise === undefined || raised === undefined ? after.save() : raise.writeRaised(raised, after, before.lock, again);
    const written = plan ? false : await write();
    const edits = (raised?.references ?? []).map((edit) => ({ ...edit }));
    return {
      data: { packages: found.packages.map(packageData), risk: riskData(found.risk), edits, written },
      diagnostics: [
        ...after.diagnostics,
        ...droppedSigners(lock, after.graph),
        ...(raised?.diagnostics ?? []),
        ...newer,
      ],
    };
  },
  format: ({ packages, risk: total, edits, written }) =>
    [
      packages.length === 0
        ? "nothing to update"
        : `${plural(packages.length, "package")} ${packages.length === 1 ? "differs" : "differ"}`,
      ...packages.flatMap(({ package: name, change, before, after, items }) => [
        `${signs[change]} ${printable(name)}  ${[before?.key, after?.key].flatMap((key) => (key === undefined ? [] : [printable(key.slice(name.length + 1) || key)])).join(" → ")}`,
        ...items.map((item) => `    ${printable(item)}`),
      ]),
      ...riskLines(total),
      ...edits.map(({ file, declared, replacement }) => printable(`${file}: ${declared} → ${replacement}`)),
      ...(written ? ["stax.lock is written"] : []),
    ].join("\n"),
});

/** What `stax outdated` shows and an update leaves alone. A registry that does not list its tags is no reason to fail. */
async function outsideRange(
  { graph, definitions }: ResolvedWorkspace,
  named: readonly PackageNode[] | undefined,
  context: Context,
): Promise<readonly Diagnostic[]> {
  const { open, mirrors } = packageSources(context);
  if (open === undefined || context.network.offline) return [];
  const { outdated } = await import("../lazy/outdated.ts");
  try {
    const found = await outdated(graph, { open, mirrors, signal: context.signal });
    return found
      .filter(({ latest, wanted, current }) => latest !== wanted && latest !== current)
      .filter((entry) => named === undefined || named.some(({ repository }) => repository === entry.package))
      .map(({ package: name, latest, requested }) => {
        const [{ by, declared } = { by: "", declared: name }] = requested;
        const range = declared.startsWith(`${name}:`) ? declared.slice(name.length + 1) : declared;
        const where = definitions[graph.roots.findIndex((root) => root.name === by)]?.shown ?? by;
        const message = printable(`${name} ${latest} is outside the range ${range} written in ${where}`);
        return {
          code: "package-outside-range",
          severity: "info",
          message,
          hint: "edit it, or run stax update --to latest",
        };
      });
  } catch (error) {
    if (isStaxError(error)) return [];
    throw error;
  }
}

const signs = { added: "+", removed: "-", updated: "~", moved: "!" } as const;
const marks = { added: "+", removed: "-", changed: "~" } as const;

function packageData({ package: name, change, before, after, diff, risk: brings }: PackageChange) {
  const items = (diff?.layers ?? []).flatMap(({ layer, items: changed }) =>
    changed.map(({ item, change: what }) => `${marks[what]} ${layer} ${item}`),
  );
  return {
    package: name,
    change,
    ...(before === undefined ? {} : { before: { ...before } }),
    ...(after === undefined ? {} : { after: { ...after } }),
    items,
    risk: riskData(brings),
  };
}

type Risks = z.output<typeof risk>;

const riskData = ({ commands, hosts, secrets, tools, executables }: UpdatePlan["risk"]): Risks => {
  const copy = ({ added, removed }: typeof commands) => ({ added: [...added], removed: [...removed] });
  return {
    commands: copy(commands),
    hosts: copy(hosts),
    secrets: copy(secrets),
    tools: copy(tools),
    executables: copy(executables),
  };
};

const words = {
  commands: "runs",
  hosts: "talks to",
  secrets: "asks for",
  tools: "allows without asking",
  executables: "brings executables",
} as const satisfies Record<keyof Risks, string>;

const riskLines = (total: Risks): readonly string[] =>
  Object.entries(words).flatMap(([kind, what]) => {
    const { added, removed } = total[kind as keyof Risks]; // a key of the table
    return [
      ...added.map((item) => `  + ${what}: ${printable(item)}`),
      ...removed.map((item) => `  - ${what}: ${printable(item)}`),
    ];
  });
