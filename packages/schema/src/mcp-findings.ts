import { type Diagnostic, printable } from "@stax/errors";
import { type Field, formatField } from "./check-document.ts";
import { namesCredential } from "./credentials.ts";
import type { Mcp, McpServer } from "./kinds/mcp.ts";
import { parseValue } from "./placeholder.ts";
import { secretShape } from "./secret-value.ts";

type Finding = Omit<Diagnostic, "path" | "line" | "column"> & { readonly at: Field };

/**
 * mcpFindings checks what a schema cannot: every secret that a server names is declared in the merged set, no value is a secret or named like one, every
 * placeholder is a declared secret's. `secretKeys`: of the artifact and its packages. `at` is the field, for whoever knows positions.
 */
export function mcpFindings(mcp: Mcp, secretKeys: ReadonlySet<string>): readonly Finding[] {
  return Object.entries(mcp.servers).flatMap(([name, server]) => [
    ...undeclared(server, ["servers", name], secretKeys),
    ...valuesOf(server).flatMap(({ at, text }) => valueFindings(text, ["servers", name, ...at], secretKeys)),
    ...commandFindings(server, ["servers", name]),
    ...remoteFindings(server, ["servers", name], secretKeys),
  ]);
}

const finding = (
  code: string,
  severity: Diagnostic["severity"],
  at: Field,
  message: string,
  hint?: string,
): Finding => ({
  code,
  severity,
  layer: "mcp",
  message,
  at,
  field: formatField(at),
  ...(hint === undefined ? {} : { hint }),
});

function undeclared(server: McpServer, at: Field, keys: ReadonlySet<string>): readonly Finding[] {
  return (server.secrets ?? []).flatMap((key, index) =>
    keys.has(key)
      ? []
      : [
          finding(
            "mcp-secret-undeclared",
            "error",
            [...at, "secrets", index],
            `the secret "${printable(key)}" is not declared`,
            "declare it in secrets, or in a package",
          ),
        ],
  );
}

interface Located {
  readonly at: Field;
  readonly text: string;
}

function valuesOf(server: McpServer): readonly Located[] {
  const map = (field: "env" | "headers") =>
    Object.entries(server[field] ?? {}).map(([key, text]) => ({ at: [field, key], text }));
  const args = (server.args ?? []).map((text, index) => ({ at: ["args", index], text }));
  return [
    ...map("env"),
    ...map("headers"),
    ...args,
    ...(server.url === undefined ? [] : [{ at: ["url"], text: server.url }]),
  ];
}

function valueFindings(text: string, at: Field, keys: ReadonlySet<string>): readonly Finding[] {
  const shape = secretShape(text);
  if (shape !== undefined)
    return [
      finding(
        "mcp-secret-value",
        "error",
        at,
        `holds what looks like ${shape}`,
        "declare a secret and write ${KEY}; values never enter an artifact",
      ),
    ];
  const { value, foreign } = parseValue(text, keys);
  const key = at.at(-1);
  if (
    typeof value === "string" &&
    foreign.length === 0 &&
    at.includes("env") &&
    typeof key === "string" &&
    keys.has(key) &&
    text !== ""
  )
    return [
      finding(
        "mcp-secret-value",
        "error",
        at,
        `gives the declared secret "${printable(key)}" a literal value`,
        `write \${${key}} or leave it out`,
      ),
    ];
  if (typeof value === "string" && foreign.length === 0 && typeof key === "string" && isLiteral(key, text, at))
    return [
      finding(
        "mcp-secret-value",
        "warning",
        at,
        `${printable(key)} is named as credentials are and has a literal value`,
        `declare a secret and write \${${environmentNameFor(key)}}; values never enter an artifact`,
      ),
    ];
  return foreign.map((expansion) =>
    finding(
      "mcp-placeholder-foreign",
      "error",
      at,
      `${printable(expansion)} names no declared secret`,
      "only ${KEY} of a declared secret may stand here",
    ),
  );
}

// A switch, a number, a path or an address is no credential, whatever the variable is called.
const isLiteral = (key: string, text: string, at: Field): boolean =>
  (at.includes("env") || at.includes("headers")) &&
  (namesCredential(key) || /^(?:proxy-)?authorization$/i.test(key)) &&
  !/^(?:|true|false|yes|no|on|off|none|null|\d{1,6}|[./~].*|[a-z]+:\/\/[^@]*)$/i.test(text.trim());

const environmentNameFor = (key: string): string => key.replace(/[^A-Za-z0-9]+/g, "_").toUpperCase();

const shellSyntax = /[|&;<>`\n]|\$\(/;

function commandFindings({ command }: McpServer, at: Field): readonly Finding[] {
  if (command === undefined || !shellSyntax.test(command)) return [];
  return [
    finding(
      "mcp-command-shell",
      "warning",
      [...at, "command"],
      "holds shell syntax, but no shell reads it",
      "put the program in command and its arguments in args",
    ),
  ];
}

function remoteFindings(server: McpServer, at: Field, keys: ReadonlySet<string>): readonly Finding[] {
  if (server.url === undefined || (server.secrets ?? []).length === 0) return [];
  const used = valuesOf(server).some(({ text }) => typeof parseValue(text, keys).value !== "string");
  return used
    ? []
    : [
        finding(
          "mcp-secret-unused",
          "warning",
          [...at, "secrets"],
          "a remote server gets secrets, but no header or url says where they go",
          'write e.g. headers: { Authorization: "Bearer ${KEY}" }',
        ),
      ];
}
