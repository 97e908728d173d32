import type { Flags } from "../flags.ts";

/** adapterModuleFlag adds adapters that are not bundled. */
export const adapterModuleFlag = {
  "adapter-module": {
    type: "list",
    value: "<module>",
    describe: "Package or file that exports an adapter of your own; it runs as part of stax",
  },
} as const satisfies Flags;
