import { type Diagnostic, printable } from "@stax/errors";
import type { Composed } from "./compose.ts";

/** leakFindings reports composed documents and configuration that hold the value of a known secret. `values` by the secret's key; the value itself is never reported. */
export function leakFindings({ files }: Composed, values: ReadonlyMap<string, string>): readonly Diagnostic[] {
  // Short values (a port, "true") occur in any text.
  const known = [...values].filter(([, value]) => value.length >= 8);
  if (known.length === 0) return [];
  return files.flatMap((file): readonly Diagnostic[] => {
    const text = file.kind === "keys" ? JSON.stringify(file.value) : textInMemory(file.entry.open());
    return known
      .filter(([, value]) => text.includes(file.kind === "keys" ? JSON.stringify(value).slice(1, -1) : value))
      .map(([key]) => ({
        code: "secret-value",
        severity: "warning",
        path: file.path,
        message: `holds the value of the secret ${printable(key)}`,
        hint: "remove it from the artifact, and change the secret",
      }));
  });
}

function textInMemory(content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): string {
  if (!(Symbol.iterator in content)) return "";
  return Buffer.concat([...content].map((piece) => piece.slice())).toString("utf8");
}
