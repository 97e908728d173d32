import type { Flags, FlagValues } from "../flags.ts";

/** globalFlags is what every command takes. */
export const globalFlags = {
  json: { type: "boolean", describe: "Print one JSON document on stdout" },
  quiet: { type: "boolean", describe: "Say nothing on stderr but errors", conflicts: ["verbose"] },
  verbose: { type: "boolean", describe: "Say more on stderr: steps, and the causes of errors" },
  strict: { type: "boolean", describe: "Treat warnings as errors" },
  cwd: { type: "string", value: "<dir>", describe: "Run as if started in this directory" },
  "no-color": { type: "boolean", describe: "No colors (also: the environment variable NO_COLOR)" },
  "no-progress": { type: "boolean", describe: "No progress display" },
  help: { type: "boolean", describe: "Print this help" },
} as const satisfies Flags;

/** GlobalValues is the parsed global flags. */
export type GlobalValues = FlagValues<typeof globalFlags>;
