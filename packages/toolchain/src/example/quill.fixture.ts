// An adapter for Quill, a runtime that does not exist. It reads QUILL.md at the root and in directories, rules in `.quill/rules`
// with `when` and `files`, skills in `.quill/skills`, and `.quill/settings.json` with a model and MCP servers.
import * as stax from "@stax/materialize";
import { type FileEntry, readEntry } from "@stax/schema";
import * as z from "zod";

const options = z.object({ model: z.string().optional(), modelParams: z.record(z.string(), z.unknown()).optional() });
type Options = z.output<typeof options>;

/** Quill knows two kinds of rules: for some files, and always. Whatever else a rule says is reported as lost, because `keeps` does not name it. */
const rules: stax.Part<"rules", unknown, FileEntry> = {
  feature: "rules",
  fidelity: "native",
  keeps: ["scope", "globs", "body"],
  write: (layers) =>
    (layers.rules?.rules ?? []).flatMap(({ id, scope, globs, body }) => {
      if (scope !== "always" && scope !== "glob") return []; // not carried: the engine says so
      const when = scope === "glob" ? { when: "files", files: globs } : { when: "always" };
      return [{ items: [id], out: stax.markdownFile(`.quill/rules/${stax.slugOf(id)}.md`, when, body) }];
    }),
  read: async (found, context) => {
    const read = found.map(async ({ path, out }) => {
      const { fields, body } = stax.lenientMarkdown(new TextDecoder().decode(await readEntry(out, 2 ** 24)));
      const globs = fields.when === "files" ? (stax.listField(fields, "files") ?? []) : [];
      const scope = globs.length > 0 ? ("glob" as const) : ("always" as const);
      return { from: path, path: path.slice(".quill/rules/".length), scope, globs, body };
    });
    return { layers: await stax.rulesLayer(await Promise.all(read), context) };
  },
};

/** Quill expands `$(NAME)` in its settings. */
const servers = stax.mcpServers(
  "servers",
  (server): stax.JsonObject | undefined => {
    if (server.kind === "remote") return undefined; // Quill starts programs only
    const write = (value: Parameters<typeof stax.writeValue>[0]) => stax.writeValue(value, (name) => `$(${name})`);
    const env = Object.fromEntries(Object.entries(server.env).map(([name, value]) => [name, write(value)]));
    return { run: [server.command, ...server.args.map(write)], env };
  },
  {
    keeps: ["command", "args", "env"],
    read: {
      notation: /\$\(([A-Za-z_]\w*)\)/g,
      dialect: ({ run, env }, reader) => {
        const [command, ...args] = reader.list(run) ?? [];
        return command === undefined ? undefined : { command, args, env: reader.values(env) };
      },
    },
  },
);

const model: stax.Part<"modelConfig", Options, stax.JsonObject> = {
  feature: "modelConfig",
  fidelity: "native",
  write: (_, context) =>
    context.options.model === undefined ? [] : [{ items: ["model"], out: { model: context.options.model } }],
  read: (found) => {
    const [given] = found.flatMap(({ out }) => (typeof out.model === "string" ? [out.model] : []));
    const rest = found.map(({ path, out: { model: _, ...others } }) => ({ path, out: others }));
    return given === undefined ? { rest: found } : { options: { model: given }, rest };
  },
};

const root = [stax.allSurfaceSections, stax.promptSection, stax.personaSection, stax.rootInstructions] as const;
const sections = [...root, stax.nestedInstructions("QUILL.md"), stax.knowledgePointer] as const;

export const adapter = stax.defineAdapter({
  name: "quill",
  displayName: "Quill",
  adapterVersion: "1.0.0",
  runtimeVersionRange: ">=1.0",
  options,
  outputs: [
    stax.document({ project: "QUILL.md" }, sections, { nested: "**/QUILL.md" }),
    stax.files(".quill/rules/*.md", rules),
    stax.files(".quill/skills/**", stax.skillTrees(".quill/skills")),
    stax.config("json", ".quill/settings.json", [model, servers]),
    stax.files({ project: ".agents/knowledge/**" }, stax.knowledgeTree),
  ],
  unsupported: {
    memory: "Quill remembers nothing",
    secrets: "secrets stay in the environment; servers refer to them as $(NAME)",
    subagents: "Quill works alone",
    toolPermissions: "Quill asks before everything it does",
  },
  modelParams: stax.commonModelParams,
  runtimeFiles: ["QUILL.md", "**/QUILL.md", ".quill/**", ".agents/knowledge/**"].flatMap((path) =>
    (["project", "user"] as const).map((scope) => ({ path, scope, class: "managed" as const })),
  ),
  import: { signs: ["QUILL.md", ".quill/**"], directories: [".quill"] },
});

/** quill compiles options for Quill: `adapter: quill({ model: "…" })`. */
export const quill = adapter.configure;
