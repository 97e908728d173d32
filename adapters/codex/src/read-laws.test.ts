import { readRuntime } from "@stax/materialize";
import { filesWritten, parseLayers, textsOf } from "@stax/testing";
import { hostileLayers } from "@stax/testing/hostile-layers";
import fc from "fast-check";
import { expect, it } from "vitest";
import { adapter, codex } from "./index.ts";

it.each(["project", "user"] as const)(
  "what is rendered in %s scope, read and rendered again is the same, byte for byte, whatever the layers hold",
  async (scope) => {
    await fc.assert(
      fc.asyncProperty(hostileLayers, async (sources) => {
        const first = filesWritten(adapter, await parseLayers(sources), codex(), scope);
        const { layers, options, diagnostics } = await readRuntime(adapter, first, { scope });
        expect(diagnostics.filter(({ code }) => code === "import-left")).toEqual([]);
        expect(await textsOf(filesWritten(adapter, layers, codex(options), scope))).toEqual(await textsOf(first));
      }),
      { numRuns: 40 },
    );
  },
);
