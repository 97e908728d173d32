import * as z from "zod";
import type { FileTree } from "../file-tree.ts";
import { treeKind } from "./kind.ts";

/** SourceSnapshot is the files of a workspace. */
export interface SourceSnapshot {
  readonly files: FileTree;
}

/** A workspace snapshot: the only layer of a source artifact. */
export const sourceSnapshot = treeKind({
  mediaType: "application/vnd.stax.source.snapshot.v1.tar+gzip",
  description: "A workspace snapshot: the only layer of a source artifact",
  title: "source.tar.gz",
  source: "generated",
  allowedIn: ["source"],
  maxSize: 4096 * 1024 * 1024,
  mayFlatten: false,
  schema: z.string(),
  parse: async (files: FileTree): Promise<SourceSnapshot> => ({ files }),
  files: ({ files }: SourceSnapshot) => files,
  items: ({ files }: SourceSnapshot) => files.map(({ path }) => path),
  annotate: ({ files }: SourceSnapshot) => ({ "dev.stax.source.files": String(files.length) }),
});
