import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { type Diagnostic, printable } from "@stax/errors";
import type { Layers } from "@stax/schema";

/** commandFindings warns about MCP servers whose command is not found. Switched-off servers are not looked at. `find` is the look-up, by default on the PATH. */
export function commandFindings(layers: Layers, find: (command: string) => boolean = isOnPath): readonly Diagnostic[] {
  return Object.entries(layers.mcp?.servers ?? {}).flatMap(([name, { command, enabled }]): readonly Diagnostic[] =>
    command === undefined || !enabled || find(command)
      ? []
      : [
          {
            code: "command-not-found",
            severity: "warning",
            layer: "mcp",
            field: `servers.${name}.command`,
            message: `the server "${printable(name)}" starts "${printable(command)}", which is not on the PATH`,
            hint: "install it, or switch the server off",
          },
        ],
  );
}

/** isOnPath tells whether a command can be started: an absolute path, or a name on the PATH. Nothing is run. */
export function isOnPath(command: string, path: string = process.env.PATH ?? ""): boolean {
  if (isAbsolute(command)) return isExecutable(command);
  // A relative path is relative to wherever the runtime starts the server; that cannot be known here.
  if (/[\\/]/.test(command)) return true;
  const suffixes = process.platform === "win32" ? ["", ".exe", ".cmd", ".bat"] : [""];
  return path
    .split(delimiter)
    .filter((directory) => directory !== "")
    .some((directory) => suffixes.some((suffix) => isExecutable(join(directory, command + suffix))));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
