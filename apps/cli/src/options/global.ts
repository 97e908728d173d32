import type { Flags, FlagValues } from "../flags.ts";

/** networkFlags say how registries are reached; every command takes them, those that reach none ignore them. */
export const networkFlags = {
  offline: {
    type: "boolean",
    describe: "No network: registries are read from the cache, and what is not there is an error",
  },
  "plain-http": {
    type: "boolean",
    optional: true,
    describe: "Speak HTTP with registries; loopback ones need no flag for that, and =false to be spoken to in HTTPS",
  },
  "insecure-skip-tls-verify": {
    type: "boolean",
    describe: "Trust any certificate: whoever is in between reads and changes everything",
  },
  "ca-file": {
    type: "string",
    value: "<file>",
    describe: "Certificates (PEM) to trust beside those that Node trusts (also: SSL_CERT_FILE)",
  },
  concurrency: { type: "number", value: "<number>", describe: "Requests and transfers at once (default: 6)" },
  "registry-config": {
    type: "string",
    value: "<file>",
    describe: "Credentials in Docker's shape that go before all others",
  },
} as const satisfies Flags;

/** globalFlags is what every command takes. */
export const globalFlags = {
  json: { type: "boolean", describe: "Print one JSON document on stdout" },
  quiet: { type: "boolean", describe: "Say nothing on stderr but errors", conflicts: ["verbose"] },
  verbose: { type: "boolean", describe: "Say more on stderr: steps, and the causes of errors" },
  strict: { type: "boolean", describe: "Treat warnings as errors" },
  cwd: { type: "string", value: "<dir>", describe: "Run as if started in this directory" },
  "no-color": { type: "boolean", describe: "No colors (also: the environment variable NO_COLOR)" },
  "no-progress": { type: "boolean", describe: "No progress display" },
  ...networkFlags,
  help: { type: "boolean", describe: "Print this help (also: -h, stax help)" },
} as const satisfies Flags;

/** GlobalValues is the parsed global flags. */
export type GlobalValues = FlagValues<typeof globalFlags>;

/** NetworkValues is the parsed flags about registries. */
export type NetworkValues = FlagValues<typeof networkFlags>;
