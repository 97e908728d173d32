import * as z from "zod";
import type { FileEntry, FileTree } from "../file-tree.ts";
import { readText } from "./front-matter.ts";
import { type ParseContext, treeKind } from "./kind.ts";
import { replaceBy } from "./merge-by.ts";

/** Instruction is one scoped document. */
export interface Instruction {
  /** The directory it speaks of, relative to the project; "" for the root (`_root/instructions.md`). */
  readonly scope: string;
  readonly text: string;
  readonly file: FileEntry;
}

/** InstructionTree is instructions by directory, sorted by path bytes. */
export interface InstructionTree {
  readonly instructions: readonly Instruction[];
}

/** Path-scoped instructions: `instructions.md` in a tree of directories that mirrors the project. */
export const instructionTree = treeKind({
  mediaType: "application/vnd.stax.instruction-tree.v1.tar+gzip",
  description: "Path-scoped instructions: instructions.md in a tree of directories that mirrors the project",
  title: "instruction-tree.tar.gz",
  source: "directory",
  allowedIn: ["agent", "package"],
  maxSize: 16 * 1024 * 1024,
  mayFlatten: false,
  schema: z.string(),
  parse: parseInstructionTree,
  files: ({ instructions }: InstructionTree) => instructions.map(({ file }) => file),
  items: ({ instructions }: InstructionTree) => instructions.map(({ scope }) => scope || "_root"),
  merge: (base: InstructionTree, override: InstructionTree): InstructionTree => ({
    instructions: replaceBy(base.instructions, override.instructions, ({ scope }) => scope),
  }),
  annotate: ({ instructions }: InstructionTree) => ({ "dev.stax.instruction-tree.count": String(instructions.length) }),
});

const rootDocument = "_root/instructions.md";
// Directories whose files mean something else to a runtime or to git: an artifact must not reach into them through a scope.
const reserved = new Set([
  ".git",
  ".hg",
  ".svn",
  ".stax",
  ".claude",
  ".codex",
  ".cursor",
  ".github",
  ".vscode",
  ".opencode",
  ".gemini",
  ".agents",
  ".devin",
  ".windsurf",
  ".openclaw",
  "node_modules",
]);

async function parseInstructionTree(tree: FileTree, context: ParseContext): Promise<InstructionTree> {
  const instructions: Instruction[] = [];
  for (const file of tree) {
    const problem = problemOf(file.path);
    if (problem !== undefined) {
      context.report({ ...problem, severity: "error", layer: "instructionTree", path: file.path });
      continue;
    }
    const text = await readText(file, "instructionTree", context);
    if (text !== undefined) instructions.push({ scope: scopeOf(file.path), text, file });
  }
  if (!tree.some(({ path }) => path === rootDocument)) {
    context.report({
      code: "instruction-tree-root-missing",
      severity: "warning",
      layer: "instructionTree",
      message: `has no ${rootDocument}: the project's root gets no instructions from the tree`,
    });
  }
  return { instructions };
}

const scopeOf = (path: string): string => (path === rootDocument ? "" : path.slice(0, -"/instructions.md".length));

function problemOf(
  path: string,
): { readonly code: string; readonly message: string; readonly hint: string } | undefined {
  const segments = path.split("/");
  if (!path.endsWith(".md"))
    return {
      code: "instruction-not-markdown",
      message: "is no Markdown file",
      hint: "an instruction tree holds instructions.md files only",
    };
  if (segments.at(-1) !== "instructions.md")
    return {
      code: "instruction-name",
      message: "must be named instructions.md",
      hint: "rename it; its directory is its scope",
    };
  if (segments.length === 1)
    return { code: "instruction-at-top", message: "lies at the top of the tree", hint: `move it to ${rootDocument}` };
  const bad = segments.find((segment) => reserved.has(segment.toLowerCase()));
  return bad === undefined
    ? undefined
    : {
        code: "instruction-scope-reserved",
        message: `speaks of the reserved directory "${bad}"`,
        hint: "a scope may not reach into a tool's own directory",
      };
}
