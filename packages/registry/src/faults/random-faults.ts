import { corrupt, fail, reset, resetDownload, resetUpload, tooManyRequests, truncate } from "./actions.ts";
import type { Fault, FaultMatch } from "./fault.ts";

/** randomFaults are the everyday faults of networks and registries, each with its share of `rate` (0 to 1): for runs of many transfers. */
export function randomFaults(rate: number, maxSize = 65_536): readonly Fault[] {
  const reading: FaultMatch = { method: "GET", kind: ["blob", "manifest"] };
  const sending: FaultMatch = { method: ["PUT", "PATCH"], kind: "upload" };
  const probability = rate / 9;
  const half = Math.floor(maxSize / 2);
  return [
    { probability, action: tooManyRequests(0) },
    { probability, action: fail(500) },
    { probability, action: fail(502) },
    { probability, action: fail(503, "UNKNOWN", { "Retry-After": "0" }) },
    { probability, action: reset() },
    { probability, when: sending, action: resetUpload(half) },
    { probability, when: reading, action: resetDownload(half) },
    { probability, when: reading, action: truncate(half, { clean: true }) },
    { probability, when: reading, action: corrupt() },
  ];
}
