import { commandTable } from "../command-table.ts";
import type { Flags } from "../flags.ts";
import { globalFlags } from "../options/global.ts";

/** CompletedFlag is a flag as a shell needs it. */
export interface CompletedFlag {
  readonly name: string;
  readonly describe: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** CompletedCommand is a command as a shell needs it. */
export interface CompletedCommand {
  readonly name: string;
  readonly describe: string;
  readonly flags: readonly CompletedFlag[];
  /** Values of the first argument, where they are known. */
  readonly choices: readonly string[];
}

/** completionModel reads the command table and every command's flags. */
export async function completionModel(): Promise<readonly CompletedCommand[]> {
  return await Promise.all(
    Object.entries(commandTable).map(async ([name, { describe, load }]) => {
      const { flags, positionals } = await load();
      const [first] = Object.values(positionals);
      return {
        name,
        describe,
        flags: completedFlags({ ...flags, ...globalFlags }),
        choices: first?.choices ?? [],
      };
    }),
  );
}

const completedFlags = (flags: Flags): CompletedFlag[] =>
  Object.entries(flags).map(([name, { describe, type, choices = [] }]) => ({
    name,
    describe,
    takesValue: type !== "boolean",
    choices,
  }));
