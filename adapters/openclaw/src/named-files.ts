import {
  below,
  type Carried,
  type Context,
  knowledgeDirectory,
  knowledgeTree,
  type Part,
  type Read,
  readKnowledge,
  readSkillTrees,
  readSurfaceFile,
  skillTrees,
} from "@stax/materialize";
import type { FileEntry, SurfaceName } from "@stax/schema";
import type { OpenclawOptions } from "./options.ts";
import { readMemories, readRetired } from "./read.ts";
import { inWorkspace } from "./workspace.ts";

/** surfaceFile writes one surface as the file that OpenClaw reads it from: the bytes stay closed. */
export const surfaceFile = (name: SurfaceName, path: string): Part<"surfaces", OpenclawOptions, FileEntry> => ({
  feature: "surfaces",
  fidelity: "native",
  write: function* ({ surfaces }, { options, scope }) {
    const surface = surfaces?.surfaces.find((candidate) => candidate.name === name);
    if (surface !== undefined)
      yield { items: [name], out: { ...surface.file, path: inWorkspace(options, scope, path) } };
  },
  read: name === "tools" || name === "heartbeat" ? readRetired(name) : readSurfaceFile(name),
});

/** memoryFiles places what the agent starts out remembering, empty files and the snapshot's own description included. */
export const memoryFiles: Part<"memory", OpenclawOptions, FileEntry> = {
  feature: "memory",
  fidelity: "native",
  write: function* ({ memory }, { options, scope }) {
    const directory = inWorkspace(options, scope, "memory");
    for (const file of memory?.files ?? []) yield { items: [file.path], out: below(directory, file) };
  },
  read: readMemories,
};

const notHonoured = "has no place in OpenClaw, which ignores it";

/** skillFiles places skills as they are; what OpenClaw does not honour in their front matter is reported, never rewritten. */
export const skillFiles: Part<"skills", OpenclawOptions, FileEntry> = moved(
  skillTrees("skills", {
    ignored: {
      "allowed-tools": "restricts nothing: OpenClaw ignores it",
      model: notHonoured,
      "argument-hint": notHonoured,
      priority: notHonoured,
      tags: notHonoured,
    },
  }),
  (found, context) => readSkillTrees(inWorkspace({}, context.scope, "skills"))(found, context),
);

/** knowledgeFiles places knowledge below the workspace, which is where the agent works. */
export const knowledgeFiles: Part<"knowledge", OpenclawOptions, FileEntry> = moved(knowledgeTree, (found, context) =>
  readKnowledge(inWorkspace({}, context.scope, knowledgeDirectory))(found, context),
);

type FilePart<F extends "skills" | "knowledge"> = Part<F, unknown, FileEntry>;

function moved<F extends "skills" | "knowledge">(
  part: FilePart<F>,
  read: Read<FileEntry>,
): {
  readonly feature: F;
  readonly fidelity: Carried;
  readonly write: Part<F, OpenclawOptions, FileEntry>["write"];
  readonly read: Read<FileEntry>;
} {
  return {
    read,
    feature: part.feature,
    fidelity: part.fidelity,
    write: function* (layers, context: Context<OpenclawOptions>) {
      for (const piece of part.write(layers, context)) {
        const { out } = piece;
        const path = out && inWorkspace(context.options, context.scope, out.path);
        yield out === undefined || path === undefined ? piece : { ...piece, out: { ...out, path } };
      }
    },
  };
}
