import { LineCounter, parseDocument } from "yaml";
import * as z from "zod";
import { checkDocument } from "../check-document.ts";
import { type FileEntry, type FileTree, fileEntry, sortTree } from "../file-tree.ts";
import { positionsOf, readText } from "./front-matter.ts";
import { type ParseContext, treeKind } from "./kind.ts";
import { mergeRecords, mergeTrees } from "./merge-by.ts";

const mebibyte = 1024 * 1024;
const manifestName = "knowledge.manifest.json";

const fileMetadata = z.looseObject({
  title: z.string().optional(),
  tags: z.array(z.string()).optional(),
  source: z.string().optional(),
  chunkHint: z.unknown().optional(),
});

const manifestSchema = z.looseObject({
  specVersion: z.string().optional(),
  files: z.record(z.string(), fileMetadata),
});

/** KnowledgeMetadata describes one file in `knowledge.manifest.json`; unknown keys are kept. */
export interface KnowledgeMetadata extends z.output<typeof fileMetadata> {}

/** Knowledge is reference material: any files, and what the manifest says about them by path. */
export interface Knowledge {
  /** Without the manifest itself. */
  readonly files: FileTree;
  readonly metadata: Readonly<Record<string, KnowledgeMetadata>>;
  /** The manifest as authored, where there is one. */
  readonly manifest?: FileEntry;
}

/** Knowledge: documents the agent can consult, in any format, with an optional manifest of titles and sources. */
export const knowledge = treeKind({
  mediaType: "application/vnd.stax.knowledge.v1.tar+gzip",
  description: "Documents the agent can consult, in any format, with an optional knowledge.manifest.json",
  title: "knowledge.tar.gz",
  source: "directory",
  allowedIn: ["agent", "package"],
  maxSize: 256 * mebibyte,
  mayFlatten: true,
  schema: manifestSchema,
  parse: parseKnowledge,
  files: ({ files, manifest }: Knowledge) => (manifest === undefined ? files : sortTree([...files, manifest])),
  items: ({ files }: Knowledge) => files.map(({ path }) => path),
  merge: mergeKnowledge,
  annotate: ({ files, manifest }: Knowledge) => ({
    "dev.stax.knowledge.files": String(files.length + (manifest === undefined ? 0 : 1)),
  }),
});

function mergeKnowledge(base: Knowledge, override: Knowledge): Knowledge {
  const metadata = mergeRecords(withoutPaths(base.metadata, override.files), override.metadata);
  const files = mergeTrees(base.files, override.files);
  if (base.manifest === undefined && override.manifest === undefined) return { files, metadata };
  // A manifest speaks of its own artifact's files; of the merged ones a new one must speak.
  return { files, metadata, manifest: fileEntry(manifestName, `${JSON.stringify({ files: metadata }, null, 2)}\n`) };
}

// What the lower package said about a file is not true of the file that replaced it.
function withoutPaths<T>(metadata: Readonly<Record<string, T>>, files: FileTree): Record<string, T> {
  const replaced = new Set(files.map(({ path }) => path));
  return Object.fromEntries(Object.entries(metadata).filter(([path]) => !replaced.has(path)));
}

async function parseKnowledge(tree: FileTree, context: ParseContext): Promise<Knowledge> {
  const manifest = tree.find(({ path }) => path === manifestName);
  const files = tree.filter((file) => file !== manifest);
  if (manifest === undefined) return { files, metadata: {} };
  const metadata = await readManifest(manifest, new Set(files.map(({ path }) => path)), context);
  return { files, metadata, manifest };
}

async function readManifest(
  manifest: FileEntry,
  paths: ReadonlySet<string>,
  context: ParseContext,
): Promise<Record<string, KnowledgeMetadata>> {
  const text = await readText(manifest, "knowledge", context, "error");
  if (text === undefined) return {};
  const where = { path: manifest.path, layer: "knowledge" };
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
  if (document.errors.length > 0) return {};
  const positions = positionsOf(document, counter);
  const checked = checkDocument(manifestSchema, document.toJS(), {
    positions,
    unknown: "keep",
    report: (finding) => context.report({ ...finding, ...where }),
  });
  const listed = Object.entries(checked?.files ?? {});
  for (const [path] of listed) {
    const problem = isRelativePath(path) ? (paths.has(path) ? undefined : missing(path)) : badPath(path);
    if (problem !== undefined) context.report({ ...problem, ...where, ...positions(["files", path]) });
  }
  return Object.fromEntries(listed.filter(([path]) => paths.has(path)));
}

const missing = (path: string) =>
  ({
    code: "knowledge-manifest-missing",
    severity: "error",
    message: `lists "${path}", which is not in the knowledge directory`,
    field: "files",
    hint: "add the file or remove the entry",
  }) as const;

const badPath = (path: string) =>
  ({
    code: "knowledge-manifest-path",
    severity: "error",
    message: `lists "${path}"; paths are relative to the knowledge directory, with /, without . or ..`,
    field: "files",
  }) as const;

const isRelativePath = (path: string): boolean =>
  path !== "" &&
  !path.includes("\\") &&
  path.split("/").every((segment) => segment !== "" && segment !== "." && segment !== "..");
