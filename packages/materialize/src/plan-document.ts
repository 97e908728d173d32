import { createHash } from "node:crypto";
import { fileEntry } from "@stax/schema";
import type { ComposedFile } from "./compose.ts";
import { digestOfBytes, type Outcome, type PlanOptions, type Target } from "./outcome.ts";
import type { Claim, Owned } from "./owned.ts";
import type { Disk } from "./root.ts";

const begin = "<!-- stax:begin (written by stax; edits between these lines are overwritten) -->";
const end = "<!-- stax:end -->";
const documentLimit = 16 * 1024 * 1024;

type BlockClaim = Extract<Claim, { kind: "block" }>;

/** planDocument plans our text as a marked block in a person's document: the rest of the document stays byte for byte. */
export function planDocument(
  { path, entry }: ComposedFile,
  owned: Owned | undefined,
  before: Target,
  disk: Disk,
  options: PlanOptions,
): Outcome {
  const claimed = owned?.claim.kind === "block" ? owned.claim : undefined;
  const text = textOf(path, disk);
  const content = textInMemory(entry);
  if (text === undefined || content === undefined)
    return {
      conflicts: [{ path, reason: "invalid", message: "cannot take a block: it is no UTF-8 text", forceable: false }],
      ...(claimed && { claim: claimed }),
    };
  const found = blockIn(text);
  const claim: BlockClaim = { kind: "block", digest: digestOfText(content), created: false };
  if (found === undefined) {
    const gap = text === "" || text.endsWith("\n\n") ? "" : text.endsWith("\n") ? "\n" : "\n\n";
    return write(path, before, `${text}${gap}${block(content)}`, claim);
  }
  if (found.text === block(content)) return { claim };
  if (claimed !== undefined && found.digest !== claimed.digest && !options.force)
    return {
      conflicts: [{ path, reason: "edited", message: "the block of stax in it was edited", forceable: true }],
      claim: claimed,
    };
  return write(path, before, text.slice(0, found.start) + block(content) + text.slice(found.end), claim);
}

/** removeBlock plans the removal of our block; an edited block stays, as the person's. */
export function removeBlock(path: string, claim: BlockClaim, before: Target, disk: Disk): Outcome {
  const text = textOf(path, disk);
  const found = text === undefined ? undefined : blockIn(text);
  if (text === undefined || found === undefined || found.digest !== claim.digest) return {};
  const head = text.slice(0, found.start);
  // The blank line that parted the block from the text before goes with it.
  const rest = (head.endsWith("\n\n") ? head.slice(0, -1) : head) + text.slice(found.end);
  const { change, content } = write(path, before, rest, claim);
  return { ...(change && { change: { ...change, why: "stale" } }), ...(content && { content }) };
}

function write(path: string, before: Target, text: string, claim: BlockClaim): Outcome {
  const entry = fileEntry(path, text);
  const executable = before.kind === "file" && before.executable;
  return {
    change: { before, after: { kind: "file", ...digestOfBytes(entry), executable }, why: "updated" },
    content: entry,
    claim,
  };
}

const block = (content: string): string => `${begin}\n${content}${content.endsWith("\n") ? "" : "\n"}${end}\n`;

function blockIn(text: string) {
  const start = text.indexOf(`${begin}\n`);
  const close = start < 0 ? -1 : text.indexOf(`\n${end}`, start);
  if (start < 0 || close < 0) return undefined;
  const after = close + 1 + end.length;
  const stop = text[after] === "\n" ? after + 1 : after;
  const inner = text.slice(start + begin.length + 1, close + 1);
  return { start, end: stop, text: text.slice(start, stop), digest: digestOfText(inner) };
}

// A block always ends with a line break; the digest is of what stands in the file.
const digestOfText = (text: string): `sha256:${string}` =>
  `sha256:${createHash("sha256")
    .update(text.endsWith("\n") ? text : `${text}\n`)
    .digest("hex")}`;

function textOf(path: string, disk: Disk): string | undefined {
  const bytes = disk.read(path, documentLimit);
  return bytes && decode(bytes);
}

function textInMemory(entry: ComposedFile["entry"]): string | undefined {
  const content = entry.open();
  if (!(Symbol.iterator in content)) return undefined;
  return decode(Buffer.concat([...content].map((piece) => piece.slice())));
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
