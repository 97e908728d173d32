import { printable } from "@stax/errors";

/** table writes rows in columns, two spaces apart; the last column is as long as it is. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map(printable));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** plural writes a count with its noun: `1 file`, `2 files`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** bytes writes a size for people: `812 B`, `1.4 KiB`, `3.2 MiB`. */
export function bytes(size: number): string {
  const units = ["B", "KiB", "MiB", "GiB"] as const;
  const power = size < 1024 ? 0 : Math.min(Math.floor(Math.log2(size) / 10), units.length - 1);
  return power === 0 ? `${size} B` : `${(size / 1024 ** power).toFixed(1)} ${units[power]}`;
}

/** section puts a heading over a text, and is empty where that is. */
export const section = (heading: string, body: string): string => (body === "" ? "" : `\n${heading}\n${body}`);
