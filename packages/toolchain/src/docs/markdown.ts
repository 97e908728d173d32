/** table writes a Markdown table; cells are escaped, empty ones stay empty. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(line)].join("\n");
}

const cell = (text: string): string => text.replace(/\s*\n\s*/g, " ").replace(/(?<!\\)\|/g, "\\|");

/** code writes inline code. */
export const code = (text: string): string => (text === "" ? "" : `\`${text}\``);

/** page puts together a generated page: the note that it is generated, its title and its sections. */
export const page = (title: string, ...sections: readonly string[]): string =>
  `${[`# ${title}`, "<!-- Written by `pnpm docs`; change what it is made of, not this page. -->", ...sections.filter((section) => section !== "")].join("\n\n")}\n`;

/** bytes writes a size in the unit that fits. */
export function bytes(size: number): string {
  const mebibytes = size / (1024 * 1024);
  return mebibytes >= 1024 ? `${mebibytes / 1024} GiB` : `${mebibytes} MiB`;
}
