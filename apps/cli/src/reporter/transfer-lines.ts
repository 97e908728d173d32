import { printable } from "@stax/errors";
import { bytes } from "../table.ts";
import type { TransferState } from "./reporter.ts";

const barWidth = 20;
const shownBlobs = 6;

/** transferSummary is a transfer in one line: `4/12 objects, 1.2 MiB of 40.0 MiB, 8.1 MiB/s`. */
export function transferSummary({ objects, bytes: { done, total }, rate }: TransferState): string {
  const speed = rate > 0 ? `, ${bytes(Math.round(rate))}/s` : "";
  return `${objects.done}/${objects.total} objects, ${bytes(done)} of ${bytes(total)}${speed}`;
}

/** transferLines is a transfer for a terminal: a bar for each blob under way, then the summary. No line is wider than `columns`. */
export function transferLines(state: TransferState, columns: number): readonly string[] {
  const blobs = state.active.slice(0, shownBlobs).map(({ name, done, total }) => {
    const share = total === 0 ? 1 : Math.min(done / total, 1);
    const filled = Math.round(share * barWidth);
    return `${printable(name)} [${"=".repeat(filled).padEnd(barWidth)}] ${bytes(done)} of ${bytes(total)}`;
  });
  return [...blobs, transferSummary(state)].map((line) => line.slice(0, Math.max(columns - 1, 10)));
}
