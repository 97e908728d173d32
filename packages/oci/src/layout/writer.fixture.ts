// A process that pushes and tags until it is told how often, or killed: node writer.fixture.ts <layout> <name> <count>
import { pushArtifact } from "../artifact.fixture.ts";
import { LayoutStore } from "../index.ts";

const [path = "", name = "", count = "0"] = process.argv.slice(2);
const store = await LayoutStore.open(path, { create: true });
for (let at = 0; at < Number(count); at++) {
  const layers = [`${name} ${at} `.repeat(20_000), "shared by all"];
  const manifest = await pushArtifact(store, name, { layers, annotations: { at: `${at}` } });
  await store.tag(manifest, `${name}-${at}`);
  await store.tag(manifest, "latest");
  // Said only after the tag is on disk: whoever reads it may rely on it.
  process.stdout.write(`${name}-${at} ${manifest.digest}\n`);
}
