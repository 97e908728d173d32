import type { Command } from "./command.ts";
import { commandTable } from "./command-table.ts";
import { exitCodes } from "./exit-code.ts";
import type { Flags } from "./flags.ts";
import { flagUsage, usageOf } from "./help.ts";
import { globalFlags } from "./options/global.ts";

/** cliReference is `docs/cli.md`: every command, argument, flag, example and exit code, from the tables that the command itself uses. */
export async function cliReference(): Promise<string> {
  const entries = Object.entries(commandTable);
  const commands = await Promise.all(
    entries.map(async ([name, { describe, load }]) => commandSection(name, describe, await load())),
  );
  return `${[
    "# The command line",
    "<!-- Written by `pnpm docs`; change what it is made of, not this page. -->",
    intro,
    "## Commands",
    entries.map(([name, { describe }]) => `- [\`stax ${name}\`](#stax-${name}): ${describe}`).join("\n"),
    "## Targets",
    targets,
    "## Global flags",
    flagTable({ ...globalFlags, version: { type: "boolean", describe: "Print the version (also: -v)" } }),
    "## Environment",
    environmentTable(),
    "## Output",
    output,
    "## Exit codes",
    exitCodeTable(),
    ...commands,
  ].join("\n\n")}\n`;
}

const intro =
  "`stax <command> [flags]`. Flags have two dashes; `--flag value` and `--flag=value` are the same. Unknown commands, flags and extra arguments are refused.";

const targets = `Wherever a command takes an artifact, it takes a target:

| form | meaning |
| --- | --- |
| \`<registry>/<repository>:<tag>\`, \`…@<digest>\`, \`…:<tag>@<digest>\` | an artifact in a registry; whatever contains \`/\` and is no path. The registry is written out: \`docker.io/…\` |
| \`oci:<dir>[:<tag>]\`, \`oci:<dir>@<digest>\` | an OCI image layout on disk |
| \`oci-archive:<file.tar>[:<tag>]\`, \`…@<digest>\` | a layout in one file |
| \`./dir\`, \`../dir\`, \`/dir\`, \`~/dir\`, \`.\` | a layout if it holds \`oci-layout\`; else a project: the artifact of its definition at its current version |
| \`<name>\`, \`<name>:<tag>\` (no \`/\`) | an artifact in this workspace's \`.stax/artifacts\` |

A tag is resolved once; what follows uses the digest. [Registries](registries.md) says which are tested, where credentials come from and what is cached.`;

const environment = {
  STAX_CONFIG_DIR: "your settings and logins (default: ~/.stax)",
  STAX_CACHE_DIR: "what can be fetched or made again (default: ~/.cache/stax)",
  "STAX_REGISTRY, STAX_USERNAME, STAX_PASSWORD": "credentials for one registry; they go before all stored ones",
  DOCKER_CONFIG: "the directory of Docker's config.json, whose logins and helpers are used",
  REGISTRY_AUTH_FILE: "Podman's auth.json",
  SSL_CERT_FILE: "certificates (PEM) to trust beside those that Node trusts",
  "HTTPS_PROXY, HTTP_PROXY, NO_PROXY": "proxies on the way to registries",
  SOURCE_DATE_EPOCH: "the creation time of what is built",
  "NO_COLOR, CI": "no colors; plain lines in place of a progress display",
} as const;

const environmentTable = (): string =>
  table(
    ["variable", "meaning"],
    Object.entries(environment).map(([names, meaning]) => [
      names
        .split(", ")
        .map((name) => `\`${name}\``)
        .join(", "),
      meaning,
    ]),
  );

const output = `stdout carries the result only; progress, warnings and questions go to stderr. With \`--json\`, stdout carries one document:
\`{ "ok": true, "data": …, "diagnostics": […] }\`, or \`{ "ok": false, "error": { "code", "category", "message", "hint", "details" }, "diagnostics": […] }\`.
\`stax schema <command>\` prints the JSON Schema of its \`data\`. Control, bidi and invisible characters are shown escaped; values of environment variables that
look like secrets are replaced by their names.`;

function commandSection(name: string, describe: string, command: Command): string {
  const positionals = Object.entries(command.positionals).map(([key, { describe: text, required }]) => [
    required ? `\`<${key}>\`` : `\`[${key}]\``,
    text,
  ]);
  return [
    `## stax ${name}`,
    `${describe}.`,
    `\`\`\`\n${usageOf(name, command)}\n\`\`\``,
    positionals.length === 0 ? "" : table(["argument", "meaning"], positionals),
    Object.keys(command.flags).length === 0 ? "" : flagTable(command.flags),
    command.details ?? "",
    `\`\`\`sh\n${command.examples.map(([line, text]) => `# ${text}\n${line}`).join("\n")}\n\`\`\``,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

const flagTable = (flags: Flags): string =>
  table(
    ["flag", "meaning"],
    Object.entries(flags).map(([name, flag]) => [
      `\`${flagUsage(name, flag)}\``,
      flag.required ? `${flag.describe} (required)` : flag.describe,
    ]),
  );

function exitCodeTable(): string {
  const codes = new Map<number, string[]>();
  for (const { code, meaning } of Object.values(exitCodes)) codes.set(code, [...(codes.get(code) ?? []), meaning]);
  return table(
    ["code", "meaning"],
    [...codes].map(([code, meanings]) => [String(code), meanings.join("; ")]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(line)].join("\n");
}
