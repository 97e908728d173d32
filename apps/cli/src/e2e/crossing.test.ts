import {
  type Adapter,
  type Composed,
  compose,
  type Loss,
  readRuntime,
  render,
  slugOf,
  tomlFile,
} from "@stax/materialize";
import { type FileTree, fileEntry, type Layers, sortTree } from "@stax/schema";
import { sampleLayers } from "@stax/testing";
import { describe, expect, it } from "vitest";
import { loadAdapters } from "../adapters.ts";

const adapters = await loadAdapters([], process.cwd());
const readable = adapters.filter((adapter) => adapter.import !== undefined);

/** What compose would put on disk. */
function treeOf({ files }: Composed): FileTree {
  return sortTree(
    files.map((file) => {
      if (file.kind !== "keys") return { ...file.entry, path: file.path };
      return file.format === "toml"
        ? tomlFile(file.path, file.value)
        : fileEntry(file.path, JSON.stringify(file.value));
    }),
  );
}

const rendered = (adapter: Adapter, layers: Layers) => render(layers, adapter, configOf(adapter));

function configOf(adapter: Adapter) {
  const { configure } = adapter as unknown as { configure: (options: object) => ReturnType<Adapter["configure"]> }; // each takes its own options, and none is needed but what generic asks for
  return configure(
    adapter.name === "generic" ? { importMode: "filesystem", targets: [{ kind: "directory", path: "." }] } : {},
  );
}

const lost = (losses: readonly Loss[]): readonly string[] =>
  losses
    .filter(({ fidelity }) => fidelity === "lost")
    // What is a path in the original is a file's name in a runtime's folder.
    .map(({ feature, item, field = "" }) => `${feature} ${item === undefined ? "" : slugOf(item)} ${field}`.trim());

describe.each(readable.map((from) => [from.name, from] as const))("an agent that was read from %s", (_, from) => {
  it("has nothing left behind of what stax itself wrote there", async () => {
    const written = treeOf(compose([rendered(from, await sampleLayers())]));
    const { files, diagnostics } = await readRuntime(from, written);
    expect(files.filter(({ outcome }) => outcome === "left")).toEqual([]);
    expect(new Set(files.map(({ path }) => path))).toEqual(new Set(written.map(({ path }) => path)));
    expect(diagnostics.filter(({ code }) => code === "import-left")).toEqual([]);
  });

  it.each(adapters.filter((to) => to !== from).map((to) => [to.name, to] as const))(
    "loses nothing for %s that the original agent would not lose there",
    async (__, to) => {
      const original = await sampleLayers();
      const { layers } = await readRuntime(from, treeOf(compose([rendered(from, original)])));
      const expected = new Set(lost(rendered(to, original).losses));
      const surprising = lost(rendered(to, layers).losses).filter((loss) => !expected.has(loss));
      expect(surprising).toEqual([]);
    },
  );
});
