// Packs generated directories against `tar | gzip -6 -n`, interleaved, and prints medians and ratios.
// Run: node --conditions=stax:source packages/layers/bench/pack.ts [runs]
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLayer, packCache, packTree, readTree } from "../src/index.ts";

interface Sample {
  readonly ms: number;
  /** Peak resident memory, MiB. */
  readonly rss: number;
}

const jobs = {
  /** Reads and packs a directory into a file. */
  async pack(root: string, work: string): Promise<void> {
    const reading = await readTree(root, { ignore: { within: () => () => false } });
    await toFile(join(work, "layer.tar.gz"), (sink) => packTree(reading.tree, sink));
  },
  /** The same, through the cache: what a second build does. */
  async again(root: string, work: string): Promise<void> {
    const reading = await readTree(root);
    const cache = packCache(join(work, "packs"));
    if ((await cache.lookup(reading)) === undefined)
      await toFile(join(work, "layer.tar.gz"), (sink) => cache.pack(reading, sink));
  },
  /** Unpacks the layer into a cache. */
  async open(_root: string, work: string): Promise<void> {
    const file = join(work, "layer.tar.gz");
    const { createHash } = await import("node:crypto");
    const hash = createHash("sha256");
    let size = 0;
    for await (const piece of piecesOf(file)) {
      hash.update(piece);
      size += piece.length;
    }
    const cache = mkdtempSync(join(work, "cache-"));
    const digest = `sha256:${hash.digest("hex")}`;
    await openLayer({ digest, size, open: () => piecesOf(file) }, cache);
    rmSync(cache, { recursive: true });
  },
};

async function* piecesOf(file: string): AsyncGenerator<Uint8Array> {
  const handle = await open(file);
  const buffer = Buffer.alloc(256 * 1024);
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function toFile<T>(file: string, pack: (sink: (chunk: Uint8Array) => Promise<void>) => Promise<T>): Promise<T> {
  const handle = await open(file, "w");
  try {
    return await pack(async (chunk) => {
      await handle.writeFile(chunk);
    });
  } finally {
    await handle.close();
  }
}

/** Text that compresses like documentation, and noise that does not compress. */
function writeFiles(root: string, count: number, size: number): void {
  let state = 42;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 8;
  };
  const words = Array.from({ length: 4096 }, () =>
    next()
      .toString(36)
      .slice(0, 2 + (next() % 8)),
  );
  for (let i = 0; i < count; i++) {
    const file = join(root, `part-${i % 40}`, `section-${i % 7}`, `file-${i}.${i % 10 < 7 ? "md" : "bin"}`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, i % 10 < 7 ? text(words, next, size) : Buffer.from(Array.from({ length: size }, next)));
  }
}

function text(words: readonly string[], next: () => number, size: number): string {
  let out = "";
  while (out.length < size) out += `${words[next() % words.length]}${next() % 11 === 0 ? "\n" : " "}`;
  return out.slice(0, size);
}

function child(job: keyof typeof jobs, root: string, work: string): Sample {
  const { execArgv } = process;
  const started = performance.now();
  const result = spawnSync(process.execPath, [...execArgv, fileURLToPath(import.meta.url), job, root, work], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (result.status !== 0) throw new Error(`${job} failed`);
  return { ms: performance.now() - started, rss: Number(result.stdout) };
}

function reference(root: string, work: string): Sample {
  const started = performance.now();
  const command = `tar --sort=name --owner=0 --group=0 --mtime=@0 -C "$1" -cf - . | gzip -6 -n > "$2"`;
  const result = spawnSync("sh", ["-c", command, "sh", root, join(work, "reference.tar.gz")]);
  if (result.status !== 0) throw new Error("tar | gzip failed");
  return { ms: performance.now() - started, rss: 0 };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function compare(name: string, count: number, size: number, runs: number): void {
  const base = mkdtempSync(join(tmpdir(), "stax-bench-"));
  try {
    const root = join(base, "files");
    writeFiles(root, count, size);
    const samples = Array.from({ length: runs }, (_, i) => {
      // The first run through the cache fills it; the rest finds it.
      if (i === 0) child("again", root, base);
      return {
        tar: reference(root, base),
        pack: child("pack", root, base),
        again: child("again", root, base),
        open: child("open", root, base),
      };
    });
    const ms = (of: (sample: (typeof samples)[number]) => Sample) => median(samples.map((sample) => of(sample).ms));
    const [tar, pack, again, open] = [ms((s) => s.tar), ms((s) => s.pack), ms((s) => s.again), ms((s) => s.open)];
    const rss = Math.max(...samples.flatMap(({ pack, open }) => [pack.rss, open.rss]));
    const f = (value: number) => value.toFixed(0).padStart(6);
    console.log(
      `${name.padEnd(18)} tar|gzip ${f(tar)} ms   pack ${f(pack)} ms (${(pack / tar).toFixed(2)} x)   again ${f(again)} ms (${(again / pack).toFixed(2)} x)   open ${f(open)} ms   peak ${f(rss)} MiB`,
    );
  } finally {
    rmSync(base, { recursive: true });
  }
}

const [first, root = "", work = ""] = process.argv.slice(2);
if (first !== undefined && first in jobs) {
  await jobs[first as keyof typeof jobs](root, work); // checked by `in`
  console.log((process.resourceUsage().maxRSS / 1024).toFixed(0));
} else {
  const runs = Number(first ?? 3);
  compare("2,000 / 100 MB", 2000, 50_000, runs);
  compare("20,000 / 43 MB", 20_000, 2150, runs);
  compare("60 / 500 MB", 60, 8_333_333, 1);
}
