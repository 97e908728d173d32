import { relative } from "node:path";
import type { ImportedFiles } from "./import-project.ts";

/** importReport says in a few lines what was read, and where it is now. */
export function importReport(
  { directory, kind, files, read, runtimes, name }: Omit<ImportedFiles, "diagnostics">,
  cwd: string,
): string {
  const of = (outcome: ImportedFiles["read"][number]["outcome"]) =>
    read.filter((file) => file.outcome === outcome).map(({ path }) => path);
  const line = (label: string, paths: readonly string[]) =>
    paths.length === 0
      ? []
      : [`${label} ${paths.length}: ${paths.slice(0, 8).join(", ")}${paths.length > 8 ? ", …" : ""}`];
  const where = relative(cwd, directory) || ".";
  return [
    `${kind} ${name} in ${where}, read from ${runtimes.join(", ")}`,
    ...line("carried as they are", of("carried")),
    ...line("carried otherwise", of("translated")),
    ...line("left where they are", of("left")),
    `wrote ${files.length} files`,
    `next: stax build ${where}`,
  ].join("\n");
}
