import type { FileEntry } from "@stax/schema";

/** lend is the key under which an entry offers to read its content into a buffer of the caller. */
export const lend: unique symbol = Symbol("stax.lend");

type Content = ReturnType<FileEntry["open"]>;

/** LendingEntry is a file entry whose small content need not be new memory each time: 20,000 small files would be 500 MB of garbage. */
export interface LendingEntry extends FileEntry {
  readonly [lend]?: {
    /** The entry's own; where somebody replaced it, the offer is void. */
    readonly open: FileEntry["open"];
    into(scratch: Buffer): Content;
  };
}

/** openLent opens an entry; its pieces are lent until the next step or the next use of `scratch`. */
export function openLent(entry: LendingEntry, scratch: Buffer): Content {
  const offer = entry[lend];
  return offer?.open === entry.open ? offer.into(scratch) : entry.open();
}
