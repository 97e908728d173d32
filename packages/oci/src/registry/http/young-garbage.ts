/** How much may pass before it is swept, in bytes. */
const interval = 4 * 1024 * 1024;

/** Counted for the whole process, as its garbage is. */
let passed = 0;

/**
 * countGarbage counts bytes of buffers that a stream leaves behind and sweeps them up from time to time, in a process that offers its
 * collector (`node --expose-gc`). V8 sees small objects and not the 64 KiB behind each, and lets some 80 MB gather before it looks.
 * Measured: 163 MB of memory become 97, and 200 MB come in 0.31 instead of 0.55 s, because warm memory is used again. A sweep of the
 * young generation takes well below a millisecond.
 */
export function countGarbage(bytes: number): void {
  passed += bytes;
  if (passed < interval) return;
  passed = 0;
  globalThis.gc?.({ type: "minor", execution: "sync" });
}
