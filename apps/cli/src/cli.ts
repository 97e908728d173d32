import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import type { Command } from "./command.ts";
import { type CommandEntry, commandEntry, commandNames } from "./command-table.ts";
import { condense } from "./condense.ts";
import { type Context, createContext } from "./context.ts";
import { CliError } from "./error.ts";
import { exitCodes } from "./exit-code.ts";
import { describeFailure } from "./failure.ts";
import { gate } from "./gate.ts";
import { commandHelp, programHelp } from "./help.ts";
import type { GlobalValues } from "./options/global.ts";
import { commandIn, parseArguments } from "./parse-arguments.ts";
import { createRedact } from "./redact.ts";
import {
  createJsonReporter,
  createPlainReporter,
  createTtyReporter,
  type Out,
  type Reporter,
} from "./reporter/index.ts";
import { version } from "./version.ts";

/** Terminal is a stream that may be a terminal. */
export interface Terminal extends Out {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Io is the process around a command line: everything it reads or writes that is no file. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly signal: AbortSignal;
}

/** runCli runs one command line and returns its exit code. It throws nothing. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  const typed = new Set<string>();
  const reporter = createReporter(argv, io, typed);
  try {
    return await dispatch(argv, io, { reporter, typed });
  } catch (error) {
    return fail(error, io, reporter);
  } finally {
    reporter.close();
  }
}

/** reportCrash tells of what was thrown where nobody waited for it, and returns the exit code. */
export const reportCrash = (error: unknown, argv: readonly string[], io: Io): number =>
  fail(error, io, createReporter(argv, io));

function fail(error: unknown, io: Io, reporter: Reporter): number {
  const { failure, diagnostics, reason } = describeFailure(io.signal.aborted ? interrupted() : error);
  for (const diagnostic of diagnostics) reporter.diagnostic(diagnostic);
  reporter.error(failure);
  return exitCodes[io.signal.aborted ? "interrupted" : reason].code;
}

const interrupted = (): CliError => new CliError("INTERRUPTED", "interrupted");

/** Voice is how a command line talks, and the secrets that it must not tell. */
interface Voice {
  readonly reporter: Reporter;
  readonly typed: Set<string>;
}

async function dispatch(words: readonly string[], io: Io, voice: Voice): Promise<number> {
  const { reporter } = voice;
  const argv = withLongHelp(words);
  const name = commandIn(argv);
  const width = Math.min(io.stdout.columns || 100, 100);
  if (name === undefined) return await runWithoutCommand(argv, width, reporter);
  const entry = commandEntry(name);
  if (entry === undefined) throw await unknownCommand(name);
  const command = await entry.load();
  const { args, globals } = await parseArguments(argv, name, command);
  if (globals.help) return showHelp(name, entry, command, width, reporter);
  await using context = await createContext({ io, globals, ...voice, cwd: await workingDirectory(io, globals) });
  return await runCommand(command, args, context, reporter);
}

/** `stax help build` and `stax build -h` are `stax build --help`. */
function withLongHelp(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  const long = argv.map((word, index) => (word === "-h" && (end < 0 || index < end) ? "--help" : word));
  return commandIn(long) === "help" ? ["--help", ...long.toSpliced(long.indexOf("help"), 1)] : long;
}

async function runCommand(
  command: Command,
  args: Readonly<Record<string, unknown>>,
  context: Context,
  reporter: Reporter,
): Promise<number> {
  const { data, diagnostics = [], found = false, afterwards } = await command.run(args, context);
  context.signal.throwIfAborted();
  // Errors among the findings are shown with the failure that they cause.
  const findings = gate(diagnostics, context.strict);
  for (const diagnostic of context.terse ? condense(findings) : findings) reporter.diagnostic(diagnostic);
  reporter.result(data, () => command.format(data, context));
  if (afterwards !== undefined) {
    await afterwards();
    return exitCodes.success.code; // stopping it is how one ends it
  }
  return exitCodes[found ? "found" : "success"].code;
}

function showHelp(name: string, entry: CommandEntry, command: Command, width: number, reporter: Reporter): number {
  const help = commandHelp(name, entry.describe, command, width);
  reporter.result({ help }, () => help);
  return exitCodes.success.code;
}

async function runWithoutCommand(argv: readonly string[], width: number, reporter: Reporter): Promise<number> {
  if (argv.includes("--version") || argv.includes("-v")) reporter.result({ version }, () => version);
  else {
    await assertOnlyGlobalFlags(argv);
    const help = programHelp(width);
    reporter.result({ help }, () => help);
  }
  return exitCodes.success.code;
}

/** A flag without a command is judged like one of a command that has no flags of its own. */
async function assertOnlyGlobalFlags(argv: readonly string[]): Promise<void> {
  const none = { positionals: {}, flags: {}, examples: [] } as unknown as Command; // nothing of it but positionals and flags is read
  await parseArguments(argv, "", none);
}

async function unknownCommand(name: string): Promise<CliError> {
  const { nearest } = await import("@stax/schema");
  const meant = nearest(name, [...commandNames, "help"]);
  const hint = meant === undefined ? "run stax --help for the list" : `did you mean stax ${meant}?`;
  return new CliError("COMMAND_UNKNOWN", `stax has no command "${name}"`, { hint });
}

async function workingDirectory(io: Io, { cwd }: GlobalValues): Promise<string> {
  if (cwd === undefined) return io.cwd;
  const directory = resolve(io.cwd, cwd);
  const found = await stat(directory).catch(() => undefined);
  if (!found?.isDirectory()) throw new CliError("DIRECTORY_INVALID", `--cwd: ${directory} is no directory`);
  return directory;
}

/** The reporter is chosen by the words themselves: a mistake among the flags must be told in the form that was asked for. */
function createReporter(argv: readonly string[], io: Io, typed?: ReadonlySet<string>): Reporter {
  const end = argv.indexOf("--");
  const words = new Set(end < 0 ? argv : argv.slice(0, end));
  const { env, stdout, stderr } = io;
  const terminal = stderr.isTTY === true && !env.CI && env.TERM !== "dumb";
  const options = {
    stdout,
    stderr,
    redact: createRedact(env, passedNames(argv), typed),
    quiet: words.has("--quiet"),
    verbose: words.has("--verbose"),
    color: terminal && !env.NO_COLOR && !words.has("--no-color"),
  };
  if (words.has("--json") || words.has("--json=true")) return createJsonReporter(options);
  // Who wants to see every step gets lines that stay.
  if (terminal && !words.has("--no-progress") && !options.verbose)
    return createTtyReporter({ ...options, columns: stderr.columns || 80 });
  return createPlainReporter(options);
}

/** Values that the user passes to a definition by `--env` are treated as secrets, whatever their names are. */
function passedNames(argv: readonly string[]): string[] {
  return argv.flatMap((word, index) =>
    word === "--env" ? (argv[index + 1] ?? "").split(",") : word.startsWith("--env=") ? word.slice(6).split(",") : [],
  );
}
