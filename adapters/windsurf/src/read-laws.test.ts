import { readRuntime } from "@stax/materialize";
import { filesWritten, parseLayers, textsOf } from "@stax/testing";
import { hostileLayers } from "@stax/testing/hostile-layers";
import fc from "fast-check";
import { expect, it } from "vitest";
import { adapter, type WindsurfOptions, windsurf } from "./index.ts";

it.each<WindsurfOptions>([
  {},
  { skillsDirectory: ".devin/skills" },
  { layout: "windsurf", writeWorkflows: true },
  { legacyWindsurfrules: true },
])(
  "what is rendered, read and rendered again is the same, byte for byte, whatever the layers hold: %j",
  async (options) => {
    await fc.assert(
      fc.asyncProperty(hostileLayers, async (sources) => {
        const first = filesWritten(adapter, await parseLayers(sources), windsurf(options));
        const { layers, options: read, diagnostics } = await readRuntime(adapter, first);
        expect(diagnostics.filter(({ code }) => code === "import-left")).toEqual([]);
        const again = filesWritten(adapter, layers, windsurf({ ...read, ...options }));
        expect(await textsOf(again)).toEqual(await textsOf(first));
      }),
      { numRuns: 40 },
    );
  },
);
