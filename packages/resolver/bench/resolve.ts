// Measures resolving and merging, each in a process of its own, and prints medians (of processor time) beside what they must stay below.
// Run: node --conditions=stax:source packages/resolver/bench/resolve.ts [runs]
import { fork, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packArtifact } from "@stax/artifact";
import { copy, fetchBytes, MemoryStore, parseReference, RegistryClient, type RepositoryName } from "@stax/oci";
import { createRegistry, MemoryStorage } from "@stax/registry";
import {
  formatLock,
  lockOf,
  mergePackages,
  nodesOf,
  type PackageSource,
  packageCache,
  readLock,
  resolvePackages,
  writeLock,
} from "@stax/resolver";
import { type FileTree, fileEntry, type Layers, layerKinds, type PackageConfig, sortTree } from "@stax/schema";

const script = fileURLToPath(import.meta.url);
const concurrency = 16;
const levels = 20;
const width = 50;

/** 1,000 packages, 20 levels deep, each on three of the next level. */
const namesBelow = (level: number, place: number): readonly string[] =>
  level + 1 === levels
    ? []
    : [...new Set([place, place * 7 + 1, place * 3 + 2].map((next) => `l${level + 1}-${next % width}`))];
const names = Array.from({ length: levels * width }, (_, i) => `l${Math.floor(i / width)}-${i % width}`);
const at = (host: string, name: string): string => `${host}/acme/${name}:1.0.0`;
const rootsOf = (host: string) => [
  { name: "agent", packages: names.slice(0, width).map((name) => ({ declared: at(host, name) })) },
];

async function publishAll(host: string): Promise<void> {
  const client = new RegistryClient({ env: {}, concurrency });
  await inParallel(names, async (name) => {
    const [level = 0, place = 0] = name.slice(1).split("-").map(Number);
    const store = new MemoryStore();
    const packages = namesBelow(level, place).map((below) => at(host, below));
    const config: PackageConfig = { specVersion: "1.0.0", kind: "package", name, version: "1.0.0", packages };
    const descriptor = await packArtifact(store, { config, layers: [], created: "1970-01-01T00:00:00Z" });
    await store.tag(descriptor, "1.0.0");
    await copy(store, "1.0.0", client.repository(parseReference(at(host, name))), "1.0.0");
  });
  client.close();
}

async function inParallel<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  const next = items.values();
  const work = async () => {
    for (const item of next) await task(item);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

const jobs = {
  /** A registry of its own. */
  async serve(): Promise<void> {
    const server = await createRegistry({ storage: new MemoryStorage() }).listen();
    process.send?.(server.port);
    await new Promise(() => undefined);
  },
  /** Fills a registry. */
  publish: publishAll,
  /** The same requests in a row, and nothing else. */
  async loop(host: string): Promise<number> {
    const client = new RegistryClient({ env: {}, concurrency });
    return timed(async () => {
      await inParallel(names, async (name) => {
        const source: PackageSource = client.repository(parseReference(at(host, name)));
        const manifest = JSON.parse(Buffer.from(await readManifest(source)).toString());
        await fetchBytes(source, manifest.config);
      });
      client.close();
    });
  },
  async resolve(host: string): Promise<number> {
    const client = new RegistryClient({ env: {}, concurrency });
    const open = (name: RepositoryName) => client.repository(name);
    return timed(async () => {
      const graph = await resolvePackages(rootsOf(host), { open, concurrency });
      if (nodesOf(graph.roots).length !== names.length) throw new Error("the graph is not complete");
      client.close();
    });
  },
  /** With a lock and a warm cache, the network off; reading the lock counts. */
  locked: (host: string, work: string): Promise<number> =>
    timed(async () => {
      const graph = await resolvePackages(rootsOf(host), { lock: readLock(work)?.lock, cache: packageCache(work) });
      if (nodesOf(graph.roots).length !== names.length) throw new Error("the graph is not complete");
    }),
  /** The same, as the lock says. */
  frozen: (host: string, work: string): Promise<number> =>
    timed(async () => {
      await resolvePackages(rootsOf(host), { lock: readLock(work)?.lock, frozen: true, complete: true });
    }),
  async merge(count: string): Promise<string> {
    const files = Array.from({ length: 50 }, (_, index) => ruleFiles(index, Number(count) / 50));
    const parsing = performance.now();
    const packages: Layers[] = [];
    for (const tree of files) packages.push({ rules: await layerKinds.rules.parse(tree, { report: () => undefined }) });
    const parsed = performance.now() - parsing;
    const merging = await timed(async () => {
      await mergePackages(
        {},
        packages.map((layers, index) => ({ ref: `p${index}:1.0.0`, digest: `sha256:${index}`, layers })),
      );
    });
    return `${merging} ${parsed}`;
  },
};

async function readManifest(source: PackageSource): Promise<Uint8Array> {
  if (source.fetchReference === undefined) return fetchBytes(source, await source.resolve("1.0.0"));
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await source.fetchReference("1.0.0")).content) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

// One in ten rules of a package has an id that its neighbour has too.
function ruleFiles(index: number, count: number): FileTree {
  const files = Array.from({ length: count }, (_, i) => {
    const id = i % 10 === 0 ? `shared-${Math.floor(index / 2)}-${i}` : `p${index}-${i}`;
    return fileEntry(
      `${id}.md`,
      `---\nid: ${id}\nscope: glob\nglobs: ["**/*.ts"]\npriority: ${i % 7}\n---\nRule ${id}.\n`,
    );
  });
  return sortTree(files);
}

// Time of the processor, not of the clock: the machine may be busy with other things.
async function timed(task: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const child = (job: keyof typeof jobs, ...args: readonly string[]): readonly number[] => {
  const result = spawnSync(process.execPath, [...process.execArgv, script, job, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (result.status !== 0) throw new Error(`${job} failed`);
  return result.stdout.trim().split(" ").map(Number);
};

/** What Node itself needs. */
function bareNode(): number {
  const code = "const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)";
  return Number(spawnSync(process.execPath, ["-e", code], { encoding: "utf8" }).stdout);
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function line(what: string, ours: number, peer: number, target: number, of: string): void {
  const ratio = ours / peer;
  const verdict = ratio <= target ? "ok" : "TOO SLOW";
  console.log(
    `${what.padEnd(34)} ${ours.toFixed(0).padStart(6)} ms   ${of} ${peer.toFixed(0)} ms   ${ratio.toFixed(2)} x (≤ ${target})   ${verdict}`,
  );
}

async function main(runs: number): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "stax-bench-"));
  const server = fork(script, ["serve"], { execArgv: process.execArgv });
  try {
    const host = `127.0.0.1:${await new Promise((resolve) => server.once("message", resolve))}`;
    await publishAll(host);
    const samples = Array.from({ length: runs }, () => ({
      loop: child("loop", host)[0] ?? 0,
      resolve: child("resolve", host)[0] ?? 0,
    }));
    const of = (key: "loop" | "resolve") => median(samples.map((sample) => sample[key]));
    line("1,000 packages, cold", of("resolve"), of("loop"), 1.5, "bare loop");
    await fill(host, work);
    const starts = Array.from({ length: runs }, () => ({
      none: bareNode(),
      locked: child("locked", host, work)[0] ?? 0,
      frozen: child("frozen", host, work)[0] ?? 0,
    }));
    const start = (key: "none" | "locked" | "frozen") => median(starts.map((sample) => sample[key]));
    line("checking a lock, warm cache", start("locked"), start("none"), 8, "node -e 0");
    line("with a lock", start("frozen"), start("none"), 8, "node -e 0");
    const merges = Array.from({ length: runs }, () => ({ few: child("merge", "5000"), many: child("merge", "20000") }));
    const few = median(merges.map((sample) => sample.few[0] ?? 0));
    const many = median(merges.map((sample) => sample.many[0] ?? 0));
    line("merging 20,000 rules", many, few, 5, "merging 5,000");
    line("merging 20,000 rules", many, median(merges.map((sample) => sample.many[1] ?? 0)), 1, "parsing them");
  } finally {
    server.kill();
    rmSync(work, { recursive: true });
  }
}

async function fill(host: string, work: string): Promise<void> {
  const client = new RegistryClient({ env: {}, concurrency });
  const graph = await resolvePackages(rootsOf(host), {
    open: (name) => client.repository(name),
    cache: packageCache(work),
  });
  client.close();
  writeLock(work, lockOf(graph));
  writeFileSync(join(work, "copy"), formatLock(lockOf(graph)));
  if (!readFileSync(join(work, "copy")).equals(readFileSync(join(work, "stax.lock"))))
    throw new Error("the lock differs");
}

const [first, ...args] = process.argv.slice(2);
if (first !== undefined && first in jobs) {
  const job: (...args: string[]) => Promise<unknown> = jobs[first as keyof typeof jobs]; // checked by `in`
  console.log(String(await job(...args)));
} else await main(Number(first ?? 5));
