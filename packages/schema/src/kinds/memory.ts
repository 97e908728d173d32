import { LineCounter, parseDocument } from "yaml";
import * as z from "zod";
import { checkDocument } from "../check-document.ts";
import { type FileEntry, type FileTree, sortTree } from "../file-tree.ts";
import { positionsOf, readText } from "./front-matter.ts";
import { type ParseContext, treeKind } from "./kind.ts";

const metaName = "memory.meta.json";

/** memoryMetaSchema is `memory.meta.json`: which snapshot this is, of whose memory. */
export const memoryMetaSchema = z.looseObject({
  specVersion: z.string().optional(),
  snapshotId: z.string().min(1),
  scope: z.looseObject({ type: z.enum(["agent", "user", "workspace", "project", "session"]), id: z.string().min(1) }),
  sourceArtifact: z.string().min(1).optional(),
  parentSnapshot: z.string().nullable().optional(),
  createdAt: z.string().min(1).optional(),
});

/** MemoryMeta says which snapshot a memory layer is. */
export interface MemoryMeta extends z.output<typeof memoryMetaSchema> {}

/** Memory is what the agent starts out remembering: any files. */
export interface Memory {
  /** All files, `memory.meta.json` among them. */
  readonly files: FileTree;
  readonly meta?: MemoryMeta;
}

/** Seed memory: what the agent starts out remembering. */
export const memory = treeKind({
  mediaType: "application/vnd.stax.memory.v1.tar+gzip",
  description: "Seed memory: what the agent starts out remembering",
  title: "memory.tar.gz",
  source: "directory",
  allowedIn: ["agent"],
  maxSize: 64 * 1024 * 1024,
  mayFlatten: false,
  schema: memoryMetaSchema,
  parse: parseMemory,
  files: ({ files }: Memory) => sortTree(files),
  items: ({ files }: Memory) => files.filter(({ path }) => path !== metaName).map(({ path }) => path),
  annotate: ({ files }: Memory) => ({
    "dev.stax.memory.entries": String(files.filter(({ path }) => path !== metaName).length),
    "dev.stax.memory.snapshot": "seed",
  }),
});

async function parseMemory(tree: FileTree, context: ParseContext): Promise<Memory> {
  const file = tree.find(({ path }) => path === metaName);
  const meta = file === undefined ? undefined : await readMeta(file, context);
  return { files: tree, ...(meta === undefined ? {} : { meta }) };
}

async function readMeta(file: FileEntry, context: ParseContext): Promise<MemoryMeta | undefined> {
  const text = await readText(file, "memory", context, "error");
  if (text === undefined) return undefined;
  const where = { path: file.path, layer: "memory" };
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, schema: "json", uniqueKeys: true, prettyErrors: false });
  for (const error of document.errors) {
    const { line, col } = counter.linePos(error.pos[0]);
    context.report({
      code: "json-invalid",
      severity: "error",
      message: `is no valid JSON: ${error.message}`,
      line,
      column: col,
      ...where,
    });
  }
  if (document.errors.length > 0) return undefined;
  return checkDocument(memoryMetaSchema, document.toJS(), {
    positions: positionsOf(document, counter),
    unknown: "keep",
    report: (finding) => context.report({ ...finding, ...where }),
  });
}
