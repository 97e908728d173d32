import type { Command } from "./command.ts";
import { commandTable } from "./command-table.ts";
import type { Flag, Flags } from "./flags.ts";
import { globalFlags } from "./options/global.ts";

/** usageOf is the one-line form of a command: `stax diff <a> <b> [flags]`. */
export function usageOf(name: string, command: Command): string {
  const positionals = Object.entries(command.positionals).map(([key, { required, rest }]) =>
    required ? `<${key}>` : `[${key}${rest ? "…" : ""}]`,
  );
  return ["stax", name, ...positionals, "[flags]"].join(" ");
}

/** flagUsage is a flag with the placeholder of its value: `--out <dir>`. */
export function flagUsage(name: string, { type, value, choices }: Flag): string {
  if (type === "boolean") return `--${name}`;
  return `--${name} ${choices !== undefined ? choices.join("|") : (value ?? "<value>")}${type === "list" ? ",…" : ""}`;
}

/** programHelp is what `stax --help` prints. */
export function programHelp(width: number): string {
  const commands = Object.entries(commandTable).map(([name, { describe }]): Row => [name, describe]);
  return paragraphs([
    "stax: build, inspect and materialize AI agents as OCI artifacts",
    "Usage: stax <command> [flags]",
    section("Commands", commands, width),
    section("Global flags", [...flagRows(globalFlags), ["--version", "Print the version (also: -v)"]], width),
    "stax <command> --help says more about a command.",
  ]);
}

/** commandHelp is what `stax <command> --help` prints: every argument, flag and example. */
export function commandHelp(name: string, describe: string, command: Command, width: number): string {
  const positionals = Object.entries(command.positionals).map(([key, { describe: text }]): Row => [`<${key}>`, text]);
  return paragraphs([
    describe,
    `Usage: ${usageOf(name, command)}`,
    section("Arguments", positionals, width),
    section("Flags", flagRows(command.flags), width),
    command.details === undefined ? "" : wrap(command.details, width),
    ["Examples:", ...command.examples.map(([line, text]) => `  ${line}\n      ${text}`)].join("\n"),
    section("Global flags", flagRows(globalFlags), width),
  ]);
}

type Row = readonly [left: string, right: string];

const flagRows = (flags: Flags): Row[] =>
  Object.entries(flags).map(([name, flag]) => [
    flagUsage(name, flag),
    flag.required ? `${flag.describe} (required)` : flag.describe,
  ]);

const paragraphs = (parts: readonly string[]): string => parts.filter((part) => part !== "").join("\n\n");

function section(title: string, rows: readonly Row[], width: number): string {
  if (rows.length === 0) return "";
  const column = Math.min(Math.max(...rows.map(([left]) => left.length)) + 4, 34);
  const lines = rows.map(([left, right]) => {
    const text = wrap(right, Math.max(width - column, 30)).replaceAll("\n", `\n${" ".repeat(column)}`);
    const start = `  ${left}`;
    return start.length < column - 1 ? start.padEnd(column) + text : `${start}\n${" ".repeat(column)}${text}`;
  });
  return [`${title}:`, ...lines].join("\n");
}

function wrap(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => wrapLine(line, width))
    .join("\n");
}

function wrapLine(line: string, width: number): string {
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    if (current !== "" && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, current].join("\n");
}
