import { printable } from "@stax/errors";
import type { TreeNode } from "@stax/resolver";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import { besidesFloating, graphFlags, meantRoots, resolvePackagesOf } from "../options/packages.ts";

interface Node {
  readonly declared: string;
  readonly key: string;
  readonly digest?: string | undefined;
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly pinned?: true | undefined;
  readonly repeated?: true | undefined;
  readonly dependencies: readonly Node[];
}

const node: z.ZodType<Node> = z.lazy(() =>
  z.object({
    declared: z.string(),
    key: z.string(),
    digest: z.string().optional(),
    name: z.string().optional(),
    version: z.string().optional(),
    pinned: z.literal(true).optional(),
    repeated: z.literal(true).optional(),
    dependencies: z.array(node),
  }),
);
const data = z.object({ roots: z.array(z.object({ name: z.string(), dependencies: z.array(node) })) });

/** tree shows what definitions build on. */
export const tree = defineCommand({
  positionals: {
    entry: { describe: "A definition or its directory; by default the one found here or in .stax/" },
  },
  flags: graphFlags,
  examples: [["stax tree", "The packages of this definition, and what they build on"]],
  data,
  async run({ entry, ...project }, context) {
    const workspace = await resolvePackagesOf(context, { entry, ...project });
    const { treeOf } = await import("../lazy/graph-report.ts");
    const roots = treeOf(meantRoots(workspace)).map(({ name, dependencies }) => ({
      name,
      dependencies: [...dependencies],
    }));
    return { data: { roots }, diagnostics: besidesFloating(workspace.diagnostics) };
  },
  format: ({ roots }) =>
    roots
      .flatMap(({ name, dependencies }) => [printable(name), ...branches(dependencies as readonly TreeNode[], "")])
      .join("\n"),
});

function branches(nodes: readonly TreeNode[], indent: string): readonly string[] {
  return nodes.flatMap((entry, index) => {
    const last = index === nodes.length - 1;
    return [
      `${indent}${last ? "└─ " : "├─ "}${labelOf(entry)}`,
      ...branches(entry.dependencies, `${indent}${last ? "   " : "│  "}`),
    ];
  });
}

/** `^1.0.0` says enough behind the repository that it is of. */
const wordsOf = (declared: string, key: string): string => {
  const repository = key.replace(/@.*$/, "").replace(/:[^/:]*$/, ":");
  return repository.endsWith(":") && declared.startsWith(repository) ? declared.slice(repository.length) : declared;
};

function labelOf({ declared, key, digest, pinned, repeated }: TreeNode): string {
  const asked = declared === key ? "" : ` (asked for as ${printable(wordsOf(declared, key))})`;
  const short = digest === undefined ? "" : `  ${digest.slice(0, 19)}`;
  return `${printable(key)}${asked}${short}${pinned === true ? "  pinned" : ""}${repeated === true ? "  (above)" : ""}`;
}
