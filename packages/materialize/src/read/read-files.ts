import type { FileEntry } from "@stax/schema";
import type { Adapter } from "../adapter-contract.ts";
import type { Feature, Found, Read, Recovered, Scope } from "../contract.ts";
import { matchesClaim } from "../path.ts";
import { type AnyPart, byScope, claimsOf, type Files } from "./claims.ts";
import type { Recovery } from "./recovery.ts";
import { isTooLarge, tooLarge } from "./text-of.ts";

/** readFiles asks the readers of older and neighbouring forms, and the parts that write files. */
export async function readFiles(adapter: Adapter, files: Files, scope: Scope, recovery: Recovery): Promise<void> {
  const readers: readonly FileReader[] = (adapter.import?.readers ?? []).map(({ claims, read }) => ({
    claims: byScope(claims, scope),
    read,
  }));
  const parts: readonly FileReader[] = adapter.outputs.flatMap((output) =>
    output.kind === "files"
      ? [
          {
            claims: claimsOf(adapter, output, scope),
            read: (output.part as AnyPart<FileEntry>).read,
            opens: opensFew(output.part.feature),
          },
        ]
      : [],
  );
  // What is written in its present form counts more than an older one that says the same.
  const older: Recovered<FileEntry>[] = [];
  for (const reader of readers) await askFiles(reader, files, recovery, (recovered) => older.push(recovered));
  for (const part of parts) await askFiles(part, files, recovery, (recovered) => recovery.take(recovered, undefined));
  for (const recovered of older) recovery.take(recovered, undefined);
}

interface FileReader {
  readonly claims: readonly string[];
  readonly read: Read<FileEntry> | undefined;
  /** Whether the reader opens a file; all by default. */
  readonly opens?: ((path: string) => boolean) | undefined;
}

// These carry files as they are, of any size.
const opensFew = (feature: Feature): FileReader["opens"] =>
  feature === "skills"
    ? (path) => path.endsWith("/SKILL.md")
    : feature === "knowledge" || feature === "memory"
      ? () => false
      : undefined;

async function askFiles(
  { claims, read, opens = () => true }: FileReader,
  files: Files,
  recovery: Recovery,
  take: (recovered: Recovered<FileEntry>) => void,
): Promise<void> {
  if (read === undefined) return;
  const found: Found<FileEntry>[] = [];
  for (const [path, file] of files) {
    if (recovery.isDone(path) || !claims.some((claim) => matchesClaim(claim, path))) continue;
    if (isTooLarge(file) && opens(path)) recovery.context.left(path, undefined, tooLarge);
    else found.push({ path, out: file });
  }
  if (found.length === 0) return;
  const { rest = [], ...recovered } = await read(found, recovery.context);
  take(recovered);
  const left = new Set(rest.map(({ path }) => path));
  for (const { path } of found) if (!left.has(path)) recovery.carried(path);
}
