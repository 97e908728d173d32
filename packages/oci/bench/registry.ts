// Pushes to and pulls from docker-registry on loopback, by turns with curl, skopeo and oras, and prints medians and ratios: 200 MB, and
// 2,000 small blobs. Run after a build: node packages/oci/bench/registry.ts [--runs 5] [--huge <MB>] [--only blob|many|huge]
import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bytesContent, emptyBytes, emptyDescriptor, LayoutStore, mediaTypes } from "@stax/oci";
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

/** How often a part is measured, at least once: whichever ends first. `budget` in seconds, for machines that do other things as well. */
interface Rounds {
  readonly runs: number;
  readonly budget: number;
}

/** Every round starts with another client, so that none always comes after the same one. */
async function measure(title: string, clients: readonly Client[], { runs, budget }: Rounds): Promise<void> {
  const started = performance.now();
  let round = 0;
  const took = new Map<string, Times>(clients.map(({ name }) => [name, { push: [], pull: [] }]));
  do {
    const registry = await Registry.start(work);
    try {
      const first = round % clients.length;
      for (const client of [...clients.slice(first), ...clients.slice(0, first)]) {
        const target = join(work, `pulled-${client.name.replace("/", "-")}`);
        took.get(client.name)?.push.push(client.push(registry));
        took.get(client.name)?.pull.push(client.pull(registry, target));
        rmSync(target, { recursive: true, force: true });
      }
    } finally {
      registry.stop();
    }
  } while (++round < runs && performance.now() - started < budget * 1000);
  print(`${title}, rounds: ${round}`, took);
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
      const [cpu, rss] = [median(list.map((one) => one.cpu)), median(list.map((one) => one.rss))];
      const notes = [
        `least ${least.toFixed(0)}`,
        ...(inside === undefined ? [] : [`${inside.toFixed(0)} without the start of Node`]),
        ...(cpu === undefined ? [] : [`${cpu.toFixed(0)} of the processor`]),
      ];
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

/** A layout with these layers, tagged v1. A type that skopeo does not compress anew on the way. */
async function layoutOf(name: string, write: (blobs: string) => readonly Layer[]): Promise<Artifact> {
  const layout = join(work, name);
  const store = await LayoutStore.open(layout, { create: true });
  await store.push(emptyDescriptor, bytesContent(emptyBytes));
  const blobs = join(layout, "blobs/sha256");
  const found = write(blobs);
  const mediaType = "application/vnd.oci.image.layer.v1.tar+zstd";
  const layers = found.map(({ hash, size }) => ({ mediaType, digest: `sha256:${hash}`, size }));
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: "application/vnd.bench",
    config: emptyDescriptor,
    layers,
  };
  const root = await store.ingest(bytesContent(Buffer.from(JSON.stringify(manifest))), mediaTypes.manifest);
  await store.tag(root, "v1");
  return { layout, layers: found.map(({ hash }) => ({ digest: `sha256:${hash}`, path: join(blobs, hash) })) };
}

interface Layer {
  readonly hash: string;
  readonly size: number;
}

/** Writes a blob of random bytes under its name. */
function writeLarge(blobs: string, megabytes: number): readonly Layer[] {
  const hash = createHash("sha256");
  const temporary = join(blobs, "writing");
  const file = openSync(temporary, "w");
  for (let at = 0; at < megabytes; at++) {
    const bytes = randomBytes(1_000_000);
    hash.update(bytes);
    writeSync(file, bytes);
  }
  closeSync(file);
  const name = hash.digest("hex");
  renameSync(temporary, join(blobs, name));
  return [{ hash: name, size: megabytes * 1_000_000 }];
}

// By hand: a layout forces every blob to the disk, which takes longer than what is measured.
function writeSmall(blobs: string, count: number): readonly Layer[] {
  return Array.from({ length: count }, () => {
    const bytes = randomBytes(2000);
    const hash = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(join(blobs, hash), bytes);
    return { hash, size: bytes.byteLength };
  });
}

async function main(): Promise<void> {
  if (!isInstalled("docker-registry"))
    throw new Error("this needs docker-registry (Debian: apt-get install docker-registry)");
  const runs = Number(values.runs);
  const isWanted = (part: string) => ["", part].includes(values.only);
  if (isWanted("blob")) {
    const artifact = await layoutOf("large", (blobs) => writeLarge(blobs, 200));
    const clients = [curl, own, ...(hasSkopeo() ? [skopeo] : []), ...(hasOras() ? [oras] : [])];
    await measure(
      "one blob of 200 MB",
      clients.map((client) => client(artifact)),
      { runs, budget: 50 },
    );
  }
  if (isWanted("many")) {
    const artifact = await layoutOf("many", (blobs) => writeSmall(blobs, 2000));
    const clients = [curl, own, ...(hasOras() ? [oras] : [])];
    await measure(
      "2,000 blobs of 2 kB",
      clients.map((client) => client(artifact)),
      { runs: Math.min(runs, 3), budget: 60 },
    );
    // Measured once with all of them: it takes three minutes to push.
    if (hasSkopeo()) {
      const some = await layoutOf("some", (blobs) => writeSmall(blobs, 100));
      const clients = [curl, own, skopeo].map((client) => client(some));
      await measure("100 blobs of 2 kB", clients, { runs, budget: 20 });
    }
  }
  if (Number(values.huge) > 0) {
    const artifact = await layoutOf("huge", (blobs) => writeLarge(blobs, Number(values.huge)));
    await measure(`one blob of ${values.huge} MB`, [own(artifact)], { runs: 1, budget: 0 });
  }
}

try {
  await main();
} finally {
  rmSync(work, { recursive: true, force: true });
}
