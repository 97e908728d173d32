import { readRuntime } from "@stax/materialize";
import { filesWritten, parseLayers, textsOf } from "@stax/testing";
import { hostileLayers } from "@stax/testing/hostile-layers";
import fc from "fast-check";
import { expect, it } from "vitest";
import { adapter, githubCopilot } from "./index.ts";

type Options = NonNullable<Parameters<typeof githubCopilot>[0]>;

it.each<Options>([
  { writeAgents: true },
  { writeAgents: true, writeAgentsMd: true },
  { writeAgents: true, writePathInstructions: false },
])(
  "what is rendered, read and rendered again is the same, byte for byte, whatever the layers hold: %j",
  async (options) => {
    await fc.assert(
      fc.asyncProperty(hostileLayers, async (sources) => {
        const first = filesWritten(adapter, await parseLayers(sources), githubCopilot(options));
        const { layers, options: read, diagnostics } = await readRuntime(adapter, first);
        expect(diagnostics.filter(({ code }) => code === "import-left")).toEqual([]);
        const again = filesWritten(adapter, layers, githubCopilot({ ...read, ...options }));
        expect(await textsOf(again)).toEqual(await textsOf(first));
      }),
      { numRuns: 40 },
    );
  },
);
