// Pushes to and pulls from docker-registry on loopback, by turns with curl, skopeo and oras, and prints medians and ratios: 200 MB, and
// 2,000 small blobs. Run after a build: node packages/oci/bench/registry.ts [--runs 5] [--huge <MB>] [--only blob|many|huge]
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bytesContent, emptyBytes, emptyDescriptor, fileContent, LayoutStore, mediaTypes } from "@stax/oci";
import { type Artifact, type Client, curl, hasOras, hasSkopeo, oras, own, skopeo, type Took } from "./clients.ts";
import { isInstalled, Registry } from "./docker-registry.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    huge: { type: "string", default: "0" },
    only: { type: "string", default: "" },
  },
});
const work = mkdtempSync(join(tmpdir(), "stax-registry-bench-"));

interface Times {
  readonly push: Took[];
  readonly pull: Took[];
}

/** Every round starts with another client, so that none always comes after the same one. */
async function measure(title: string, clients: readonly Client[], runs: number): Promise<void> {
  const took = new Map<string, Times>(clients.map(({ name }) => [name, { push: [], pull: [] }]));
  for (let round = 0; round < runs; round++) {
    const registry = await Registry.start(work);
    const first = round % clients.length;
    for (const client of [...clients.slice(first), ...clients.slice(0, first)]) {
      const target = join(work, `pulled-${client.name.replace("/", "-")}`);
      took.get(client.name)?.push.push(client.push(registry));
      took.get(client.name)?.pull.push(client.pull(registry, target));
      rmSync(target, { recursive: true, force: true });
    }
    registry.stop();
  }
  print(title, took);
}

function median(list: readonly (number | undefined)[]): number | undefined {
  const sorted = list.filter((value) => value !== undefined).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function print(title: string, took: ReadonlyMap<string, Times>): void {
  const lines = [title];
  const [[peer, base] = ["", undefined]] = took;
  for (const direction of ["push", "pull"] as const) {
    const [peerMedian, peerLeast] = wallOf(base?.[direction] ?? []);
    for (const [name, times] of took) {
      const list = times[direction];
      const [wall, least] = wallOf(list);
      const inside = median(list.map((one) => one.inside));
      const notes = [
        `least ${least.toFixed(0)}`,
        ...(inside === undefined ? [] : [`${inside.toFixed(0)} without the start of Node`]),
      ];
      const rss = median(list.map((one) => one.rss));
      const ratio = `${(wall / peerMedian).toFixed(2)} x ${peer}, least by least ${(least / peerLeast).toFixed(2)}`;
      const memory = rss === undefined ? "" : `${rss.toFixed(0)} MiB, `;
      lines.push(
        `  ${direction} ${name.padEnd(10)} ${wall.toFixed(0).padStart(6)} ms (${notes.join(", ")}), ${memory}${ratio}`,
      );
    }
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Median and least. */
function wallOf(list: readonly Took[]): readonly [number, number] {
  const times = list.map(({ wall }) => wall);
  return [median(times) ?? Number.NaN, Math.min(...times)];
}

/** A layout with these files as layers, tagged v1. */
async function layoutOf(name: string, files: readonly string[]): Promise<Artifact> {
  const layout = join(work, name);
  const store = await LayoutStore.open(layout, { create: true });
  await store.push(emptyDescriptor, bytesContent(emptyBytes));
  const layers = [];
  // A type that skopeo does not compress anew on the way.
  for (const file of files)
    layers.push(await store.ingest(fileContent(file), "application/vnd.oci.image.layer.v1.tar+zstd"));
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: "application/vnd.bench",
    config: emptyDescriptor,
    layers,
  };
  const root = await store.ingest(bytesContent(Buffer.from(JSON.stringify(manifest))), mediaTypes.manifest);
  await store.tag(root, "v1");
  const pathOf = (digest: string) => join(layout, "blobs", digest.replace(":", "/"));
  return { layout, layers: layers.map(({ digest }) => ({ digest, path: pathOf(digest) })) };
}

function writeRandom(name: string, megabytes: number): string {
  const path = join(work, name);
  const file = openSync(path, "w");
  for (let at = 0; at < megabytes; at++) writeSync(file, randomBytes(1_000_000));
  closeSync(file);
  return path;
}

function writeSmall(name: string, count: number): readonly string[] {
  const directory = join(work, name);
  mkdirSync(directory);
  return Array.from({ length: count }, (_, at) => {
    const path = join(directory, `${at}`);
    writeFileSync(path, randomBytes(2000));
    return path;
  });
}

async function main(): Promise<void> {
  if (!isInstalled("docker-registry"))
    throw new Error("this needs docker-registry (Debian: apt-get install docker-registry)");
  const runs = Number(values.runs);
  const isWanted = (part: string) => ["", part].includes(values.only);
  if (isWanted("blob")) {
    const artifact = await layoutOf("large", [writeRandom("blob", 200)]);
    const clients = [curl, own, ...(hasSkopeo() ? [skopeo] : []), ...(hasOras() ? [oras] : [])];
    await measure(
      "one blob of 200 MB",
      clients.map((client) => client(artifact)),
      runs,
    );
  }
  if (isWanted("many")) {
    const artifact = await layoutOf("many", writeSmall("small", 2000));
    const clients = [curl, own, ...(hasOras() ? [oras] : [])];
    await measure(
      "2,000 blobs of 2 kB",
      clients.map((client) => client(artifact)),
      Math.min(runs, 2),
    );
    // Measured once with all of them: it takes three minutes to push.
    if (hasSkopeo()) {
      const some = await layoutOf("some", writeSmall("fewer", 100));
      await measure(
        "100 blobs of 2 kB",
        [curl, own, skopeo].map((client) => client(some)),
        Math.min(runs, 2),
      );
    }
  }
  if (Number(values.huge) > 0) {
    const file = writeRandom("huge", Number(values.huge));
    const artifact = await layoutOf("huge-layout", [file]);
    rmSync(file);
    await measure(`one blob of ${values.huge} MB`, [own(artifact)], 1);
  }
}

try {
  await main();
} finally {
  rmSync(work, { recursive: true, force: true });
}
