import type { Command } from "./command.ts";

/** CommandEntry is a row of the command table: what is known of a command before its file is loaded. */
export interface CommandEntry {
  readonly describe: string;
  load(): Promise<Command>;
}

/** commandTable is every command there is, in the order of the help. A command's file is loaded when it runs. */
export const commandTable: Readonly<Record<string, CommandEntry>> = {
  init: {
    describe: "Scaffold an agent, a package or a profile that builds as it is",
    load: async () => (await import("./commands/init.ts")).init,
  },
  validate: {
    describe: "Report every error of a definition at once",
    load: async () => (await import("./commands/validate.ts")).validate,
  },
  build: {
    describe: "Build definitions into artifacts",
    load: async () => (await import("./commands/build.ts")).build,
  },
  lock: {
    describe: "Write stax.lock, or check that it is up to date",
    load: async () => (await import("./commands/lock.ts")).lock,
  },
  outdated: {
    describe: "Show which packages have newer versions, and tags that moved",
    load: async () => (await import("./commands/outdated.ts")).outdated,
  },
  update: {
    describe: "Update packages in stax.lock, showing what that brings",
    load: async () => (await import("./commands/update.ts")).update,
  },
  why: {
    describe: "Show why a package is there",
    load: async () => (await import("./commands/why.ts")).why,
  },
  tree: {
    describe: "Show the packages of a definition as a tree",
    load: async () => (await import("./commands/tree.ts")).tree,
  },
  inspect: {
    describe: "Show what an artifact holds, needs and brings",
    load: async () => (await import("./commands/inspect.ts")).inspect,
  },
  extract: {
    describe: "Write an artifact's layers as files",
    load: async () => (await import("./commands/extract.ts")).extract,
  },
  diff: {
    describe: "Show what changed from one artifact to another",
    load: async () => (await import("./commands/diff.ts")).diff,
  },
  copy: {
    describe: "Copy an artifact between registries, layouts and archives",
    load: async () => (await import("./commands/copy.ts")).copy,
  },
  push: {
    describe: "Upload what was built to a registry",
    load: async () => (await import("./commands/push.ts")).push,
  },
  pull: {
    describe: "Fetch an artifact into the cache that all projects share",
    load: async () => (await import("./commands/pull.ts")).pull,
  },
  tag: {
    describe: "Give an artifact one more tag",
    load: async () => (await import("./commands/tag.ts")).tag,
  },
  tags: {
    describe: "List the tags of a repository",
    load: async () => (await import("./commands/tags.ts")).tags,
  },
  referrers: {
    describe: "List what is attached to an artifact",
    load: async () => (await import("./commands/referrers.ts")).referrers,
  },
  login: {
    describe: "Check the credentials for a registry and store them",
    load: async () => (await import("./commands/login.ts")).login,
  },
  logout: {
    describe: "Forget the credentials for a registry",
    load: async () => (await import("./commands/logout.ts")).logout,
  },
  serve: {
    describe: "Be an OCI registry over a directory, on this machine only",
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  materialize: {
    describe: "Write the files that a runtime reads",
    load: async () => (await import("./commands/materialize.ts")).materialize,
  },
  "plan-install": {
    describe: "Show what would be written for which runtime, and what is lost; writes nothing",
    load: async () => (await import("./commands/plan-install.ts")).planInstall,
  },
  adapters: {
    describe: "List the adapters: what each runtime is given, and how",
    load: async () => (await import("./commands/adapters.ts")).adapters,
  },
  schema: {
    describe: "Print the JSON Schema of a document, or of a command's --json data",
    load: async () => (await import("./commands/schema.ts")).schema,
  },
  config: {
    describe: "Show the settings in force and where each comes from",
    load: async () => (await import("./commands/config.ts")).config,
  },
  completion: {
    describe: "Print a completion script for bash, zsh or fish",
    load: async () => (await import("./commands/completion.ts")).completion,
  },
  cache: {
    describe: "Show what is cached, or delete what was not used for long",
    load: async () => (await import("./commands/cache.ts")).cache,
  },
  doctor: {
    describe: "Check this installation and the workspace around it",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
};

/** commandNames lists the commands in the order of the help. */
export const commandNames: readonly string[] = Object.keys(commandTable);

/** commandEntry finds a command by name. */
export const commandEntry = (name: string): CommandEntry | undefined =>
  Object.hasOwn(commandTable, name) ? commandTable[name] : undefined;
