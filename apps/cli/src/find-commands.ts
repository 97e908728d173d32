import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type Diagnostic, printable } from "@stax/errors";

interface ServerCommand {
  readonly server: string;
  readonly command: string;
}

/** commandFindings warns of programs of MCP servers that are not on the PATH. Nothing is run to find out. */
export async function commandFindings(
  commands: readonly ServerCommand[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly Diagnostic[]> {
  const directories = (env.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
  const checked = await Promise.all(
    commands.map(async (entry) => ({ ...entry, found: await isThere(entry.command, directories) })),
  );
  return checked
    .filter(({ found }) => !found)
    .map(({ server, command }) => ({
      code: "command-not-found",
      severity: "warning",
      layer: "mcp",
      field: `servers.${printable(server)}.command`,
      message: `${printable(command)} is not on the PATH of this machine`,
      hint: "install it before the runtime starts the server",
    }));
}

async function isThere(command: string, directories: readonly string[]): Promise<boolean> {
  // A path with placeholders or a relative one is the runtime's to find.
  if (command.includes("/") || command.includes("$")) return true;
  const found = directories.map((directory) =>
    access(join(directory, command), constants.X_OK).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(found)).includes(true);
}
