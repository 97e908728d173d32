import { type Adapter, type ItemReport, materialize, summarize } from "@stax/materialize";
import type { AgentConfig, Layers } from "@stax/schema";
import { allAdapters, optionsOf } from "./adapters-page.ts";
import { page, table } from "./markdown.ts";
import { importSource } from "./modules.ts";

/** lossesPage is `docs/adapters/losses.md`: what becomes of an agent that holds every field there is, for each runtime, item by item. */
export async function lossesPage(): Promise<string> {
  const layers = await sampleLayers();
  const adapters = await allAdapters();
  const reports = adapters.map((adapter) => ({ adapter, items: itemsFor(adapter, layers) }));
  const keys = [...new Set(reports.flatMap(({ items }) => items.map(keyOf)))];
  return page(
    "What is lost",
    "What becomes of an agent that holds every layer kind and, in each, something that some runtime has no place for (`sampleLayers()` of `@stax/testing`), under default options in project scope: **exact** as authored, **translated** in another form, **embedded** in another document, **lost** not at all. It is what `stax plan-install` reports for an agent of your own, and what `--fail-on translated|lost` judges.",
    table(
      ["item", ...adapters.map(({ name }) => `[${name}](#${name})`)],
      keys.map((key) => [key, ...reports.map(({ items }) => items.find((item) => keyOf(item) === key)?.reach ?? "")]),
    ),
    ...reports.map(section),
  );
}

const keyOf = ({ feature, item }: ItemReport): string => `${feature}: ${item}`;

function section({ adapter, items }: { readonly adapter: Adapter; readonly items: readonly ItemReport[] }): string {
  const { name, displayName, runtimeVersionRange } = adapter;
  const checked = runtimeVersionRange === undefined ? "" : `Checked with ${displayName} \`${runtimeVersionRange}\`.`;
  const rows = items.flatMap((item) =>
    item.shortfalls.map(({ field = "", fidelity, reason }) => [keyOf(item), field, fidelity, reason]),
  );
  const nothing = "Nothing is lost or changed.";
  return [`## ${name}`, checked, rows.length === 0 ? nothing : table(["item", "field", "", "why"], rows)]
    .filter((part) => part !== "")
    .join("\n\n");
}

function itemsFor(adapter: Adapter, layers: Layers): readonly ItemReport[] {
  const config: AgentConfig = {
    specVersion: "1.0.0",
    kind: "agent",
    name: "sample",
    version: "1.0.0",
    adapter: adapter.configure(optionsOf(adapter) as never), // the adapter's own options
  };
  const [consumer] = summarize(layers, materialize(layers, config, [adapter])).consumers;
  if (consumer === undefined) throw new Error(`${adapter.name} was not chosen for itself`);
  return consumer.items;
}

async function sampleLayers(): Promise<Layers> {
  const module = await importSource("packages/testing/src/sample-layers.ts");
  const sample = module?.["sampleLayers"];
  if (typeof sample !== "function") throw new Error("packages/testing/src/sample-layers.ts exports sampleLayers()");
  return await sample();
}
