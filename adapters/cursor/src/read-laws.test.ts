import { readRuntime } from "@stax/materialize";
import { filesWritten, parseLayers, textsOf } from "@stax/testing";
import { hostileLayers } from "@stax/testing/hostile-layers";
import fc from "fast-check";
import { expect, it } from "vitest";
import { adapter, type CursorOptions, cursor } from "./index.ts";

it.each<CursorOptions>([{}, { legacyCursorrules: true }])(
  "what is rendered, read and rendered again is the same, byte for byte, whatever the layers hold: %j",
  async (options) => {
    await fc.assert(
      fc.asyncProperty(hostileLayers, async (sources) => {
        const first = filesWritten(adapter, await parseLayers(sources), cursor(options));
        const { layers, options: read, diagnostics } = await readRuntime(adapter, first);
        expect(diagnostics.filter(({ code }) => code === "import-left")).toEqual([]);
        const again = filesWritten(adapter, layers, cursor({ ...read, ...options }));
        expect(await textsOf(again)).toEqual(await textsOf(first));
      }),
      { numRuns: 40 },
    );
  },
);
