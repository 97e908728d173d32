import type { Diagnostic } from "@stax/errors";
import type * as z from "zod";
import type { Context } from "./context.ts";
import type { Flags, FlagValues, Positionals, PositionalValues } from "./flags.ts";

/** Outcome is what a command hands back: the data of its result, its findings, and whether a check found what it looks for. */
export interface Outcome<Data> {
  readonly data: Data;
  readonly diagnostics?: readonly Diagnostic[] | undefined;
  /** `true` ends the command with code 1 although nothing failed. */
  readonly found?: boolean;
  /** afterwards is what goes on once the result is out, until the command is stopped: a server. It returns when that has ended. */
  readonly afterwards?: () => Promise<void>;
}

/** Example is a command line and what it is for. */
export type Example = readonly [line: string, describe: string];

/** CommandOptions is a command as its author writes it. */
export interface CommandOptions<P extends Positionals, F extends Flags, Data> {
  readonly positionals: P;
  readonly flags: F;
  readonly examples: readonly Example[];
  /** Longer help, below the flags. */
  readonly details?: string;
  /** Of the data; its JSON Schema is what `stax schema <command>` prints. A function, where the command runs without it. */
  readonly data: z.ZodType<Data> | (() => Promise<z.ZodType<Data>>);
  run(args: PositionalValues<P> & FlagValues<F>, context: Context): Promise<Outcome<Data>>;
  /** format turns the data into text for people; an empty text prints nothing. */
  format(data: Data, context: Context): string;
}

/** Command is a command with its argument and data types erased. */
export interface Command {
  readonly positionals: Positionals;
  readonly flags: Flags;
  readonly examples: readonly Example[];
  readonly details?: string;
  readonly data: z.ZodType | (() => Promise<z.ZodType>);
  run(args: Readonly<Record<string, unknown>>, context: Context): Promise<Outcome<unknown>>;
  format(data: unknown, context: Context): string;
}

/** defineCommand makes a command. `run` returns data, `format` turns it into text; neither writes to a stream or knows an exit code. */
export function defineCommand<const P extends Positionals, const F extends Flags, Data>(
  command: CommandOptions<P, F, Data>,
): Command {
  // The parser fills arguments from `positionals` and `flags`, of which the handler's argument type is made.
  return command as unknown as Command;
}
