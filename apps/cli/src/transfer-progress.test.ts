import { type CopyEvent, type Descriptor, digestOf } from "@stax/oci";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ProgressEvent } from "./reporter/index.ts";
import { TransferProgress } from "./transfer-progress.ts";

const blob = (name: string, size: number): Descriptor => ({
  mediaType: "application/octet-stream",
  digest: digestOf(Buffer.from(name)),
  size,
});

describe("TransferProgress", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("counts what moved and what was there, and tells how far each blob and all of them are, and how fast", () => {
    const told: ProgressEvent[] = [];
    const progress = new TransferProgress((event) => told.push(event));
    const [large, small] = [blob("large", 1000), blob("small", 10)];
    vi.advanceTimersByTime(5000); // before the first byte, and no part of the speed
    const events: CopyEvent[] = [
      { type: "planned", descriptors: 3, bytes: 1020 },
      { type: "skipped", descriptor: blob("there", 10), reason: "exists" },
      { type: "started", descriptor: large },
      { type: "started", descriptor: small },
    ];
    for (const event of events) progress.onEvent(event);
    vi.advanceTimersByTime(1000);
    progress.onEvent({ type: "progress", descriptor: large, bytes: 400 });
    expect(told.at(-1)?.transfer).toEqual({
      active: [
        { name: large.digest.slice(0, 19), done: 400, total: 1000 },
        { name: small.digest.slice(0, 19), done: 0, total: 10 },
      ],
      objects: { done: 1, total: 3 },
      bytes: { done: 410, total: 1020 },
      rate: 400,
    });
    progress.onEvent({ type: "mounted", descriptor: small });
    progress.onEvent({ type: "copied", descriptor: large });
    expect(told.at(-1)).toMatchObject({
      message: `copied ${large.digest}`,
      transfer: { active: [], objects: { done: 3, total: 3 }, bytes: { done: 1020, total: 1020 } },
    });
    expect(progress.counts).toEqual({ copied: 1, mounted: 1, kept: 1, bytes: 1000 });
  });

  it("starts a blob over when its transfer does", () => {
    const told: ProgressEvent[] = [];
    const progress = new TransferProgress((event) => told.push(event));
    const large = blob("large", 1000);
    progress.onEvent({ type: "planned", descriptors: 1, bytes: 1000 });
    for (const bytes of [900, 100]) {
      progress.onEvent({ type: "started", descriptor: large });
      vi.advanceTimersByTime(100);
      progress.onEvent({ type: "progress", descriptor: large, bytes });
    }
    expect(told.at(-1)?.transfer?.bytes).toEqual({ done: 100, total: 1000 });
  });
});
