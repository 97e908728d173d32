import parser from "yargs-parser";
import type { Command } from "./command.ts";
import { CliError } from "./error.ts";
import { camelCase, type Flag, type Flags, type Positionals } from "./flags.ts";
import { type GlobalValues, globalFlags } from "./options/global.ts";

/** ParsedArguments is a command line, checked: positionals and flags by the keys that handlers read. */
export interface ParsedArguments {
  readonly args: Readonly<Record<string, unknown>>;
  readonly globals: GlobalValues;
}

/** commandIn finds the command's name in a command line: its first argument that is no flag and no flag's value. */
export function commandIn(argv: readonly string[]): string | undefined {
  for (let index = 0; index < argv.length; index++) {
    const token = argv[index] ?? "";
    if (token === "--") return argv[index + 1];
    if (takesValue(token)) index++;
    else if (!token.startsWith("-")) return token;
  }
  return undefined;
}

const takesValue = (token: string): boolean => {
  const flags: Flags = globalFlags;
  return token.startsWith("--") && (flags[token.slice(2)]?.type ?? "boolean") !== "boolean";
};

/**
 * parseArguments reads a command line strictly: unknown flags, flags with one dash, values that are missing or given twice and extra
 * arguments are usage errors. With `--help` nothing is checked.
 */
export async function parseArguments(
  argv: readonly string[],
  name: string,
  command: Command,
): Promise<ParsedArguments> {
  const flags: Flags = { ...command.flags, ...globalFlags };
  const parsed = readTokens(argv, flags);
  const values = Object.fromEntries(
    Object.entries(flags).map(([key, flag]) => [camelCase(key), readValue(parsed[key], flag)]),
  );
  const globals = values as unknown as GlobalValues; // globalFlags are among the flags
  if (globals.help) return { args: values, globals };
  await assertTokens(argv, flags, name);
  for (const [key, flag] of Object.entries(flags)) assertValue(key, flag, parsed, name);
  const [, ...positionals] = (parsed._ as readonly unknown[]).map(String);
  return { args: { ...values, ...namePositionals(positionals, name, command) }, globals };
}

type Tokens = Readonly<Record<string, unknown>>;

const configuration = {
  "boolean-negation": false,
  "camel-case-expansion": false,
  "dot-notation": false,
  "greedy-arrays": false,
  "parse-numbers": false,
  "parse-positional-numbers": false,
  "short-option-groups": false,
};

function readTokens(argv: readonly string[], flags: Flags): Tokens {
  const names = (wanted: (flag: Flag) => boolean): string[] =>
    Object.keys(flags).filter((key) => wanted(flags[key] as Flag)); // one of its own keys
  const { argv: parsed, error } = parser.detailed([...argv], {
    boolean: names(({ type }) => type === "boolean"),
    string: names(({ type }) => type !== "boolean"),
    array: names(({ type }) => type === "list"),
    narg: Object.fromEntries(names(({ type }) => type !== "boolean").map((key) => [key, 1])),
    configuration,
  });
  if (error !== null) throw new CliError("FLAG_VALUE", plain(error.message));
  return parsed;
}

const plain = (message: string): string =>
  message.replace(/^Not enough arguments following: (\S+)$/, "--$1 needs a value");

function readValue(raw: unknown, { type, optional }: Flag): unknown {
  if (optional && raw === undefined) return undefined;
  if (type === "boolean") return raw === true || (Array.isArray(raw) && raw.at(-1) === true);
  if (type === "list")
    return (Array.isArray(raw) ? raw : []).flatMap((text) => String(text).split(",")).filter((text) => text !== "");
  if (type === "number" && typeof raw === "string") return Number(raw);
  return raw;
}

/** Looks at the words as they were written, for what a parser forgives. */
async function assertTokens(argv: readonly string[], flags: Flags, command: string): Promise<void> {
  for (let index = 0; index < argv.length; index++) {
    const token = argv[index] ?? "";
    if (token === "--") return;
    if (!token.startsWith("-") || token === "-") continue;
    const [word = "", value] = splitOnce(token);
    const key = word.slice(2);
    const flag = word.startsWith("--") && Object.hasOwn(flags, key) ? flags[key] : undefined;
    if (flag === undefined) throw await unknownFlag(word, Object.keys(flags), command);
    if (flag.type !== "boolean" && value === undefined) index++;
    if (flag.type === "boolean" && value !== undefined && value !== "true" && value !== "false")
      throw new CliError("FLAG_VALUE", `${word} takes no value, found "${value}"`);
  }
}

function splitOnce(token: string): [string, string?] {
  const equals = token.indexOf("=");
  return equals < 0 ? [token] : [token.slice(0, equals), token.slice(equals + 1)];
}

async function unknownFlag(word: string, known: readonly string[], command: string): Promise<CliError> {
  const { nearest } = await import("@stax/schema");
  const meant = nearest(word.replace(/^-+/, ""), known);
  const program = programOf(command);
  const hint = meant === undefined ? `run ${program} --help` : `did you mean --${meant}?`;
  return new CliError("FLAG_UNKNOWN", `${program} has no flag ${word}`, { hint });
}

/** Flags alone have no command. */
const programOf = (command: string): string => (command === "" ? "stax" : `stax ${command}`);

function assertValue(key: string, flag: Flag, parsed: Tokens, command: string): void {
  const raw = parsed[key];
  const fail = (flaw: string): never => {
    throw new CliError("FLAG_VALUE", flaw, { hint: `run ${programOf(command)} --help` });
  };
  if (raw === undefined || raw === false) {
    if (flag.required) fail(`${programOf(command)} needs --${key} ${flag.value ?? "<value>"}`);
    return;
  }
  if (Array.isArray(raw) && flag.type !== "list" && flag.type !== "boolean") fail(`--${key} is given more than once`);
  const value = readValue(raw, flag);
  if (value === "" || (flag.type === "list" && (value as readonly string[]).length === 0))
    fail(`--${key} needs a value`);
  if (Number.isNaN(value)) fail(`--${key} needs a number, found "${String(raw)}"`);
  for (const item of Array.isArray(value) ? value : [value])
    if (flag.choices !== undefined && !flag.choices.includes(String(item)))
      fail(`--${key} takes ${flag.choices.join(", ")}, found "${String(item)}"`);
  const other = flag.conflicts?.find((name) => parsed[name] !== undefined && parsed[name] !== false);
  if (other !== undefined) fail(`--${key} and --${other} exclude each other`);
}

function namePositionals(
  given: readonly string[],
  name: string,
  command: Command,
): Record<string, string | readonly string[]> {
  const all = Object.keys(command.positionals);
  const last = all.at(-1) ?? "";
  if (command.positionals[last]?.rest !== true) return nameEach(given, name, command.positionals);
  const { [last]: _, ...first } = command.positionals;
  const rest = given.slice(all.length - 1);
  if (rest.includes("")) throw new CliError("POSITIONAL", `stax ${name}: a <${last}> is empty`);
  return { ...nameEach(given.slice(0, all.length - 1), name, first), [last]: rest };
}

function nameEach(given: readonly string[], name: string, positionals: Positionals): Record<string, string> {
  const names = Object.keys(positionals);
  const usage = { hint: `run stax ${name} --help` };
  const extra = given[names.length];
  if (extra !== undefined) throw new CliError("POSITIONAL", `stax ${name}: unexpected argument "${extra}"`, usage);
  for (const [index, [key, { required, choices }]] of Object.entries(positionals).entries()) {
    const value = given[index];
    if (required && value === undefined) throw new CliError("POSITIONAL", `stax ${name} needs <${key}>`, usage);
    if (value === "") throw new CliError("POSITIONAL", `stax ${name}: <${key}> is empty`, usage);
    if (value !== undefined && choices !== undefined && !choices.includes(value))
      throw new CliError(
        "POSITIONAL",
        `<${key}> is ${choices.length === 1 ? choices[0] : `one of ${choices.join(", ")}`}; found "${value}"`,
        usage,
      );
  }
  return Object.fromEntries(given.map((value, index) => [names[index] ?? "", value]));
}
