// Pushes to and pulls from docker-registry on loopback, by turns with curl, skopeo and oras, and prints medians and ratios.
// Run after a build: node packages/oci/bench/registry.ts [--runs 5] [--huge <MB>] [--only blob|many|huge]
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { connect, createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bytesContent, emptyBytes, emptyDescriptor, fileContent, LayoutStore, mediaTypes } from "@stax/oci";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    huge: { type: "string", default: "0" },
    only: { type: "string", default: "" },
  },
});
const work = mkdtempSync(join(tmpdir(), "stax-registry-bench-"));
// As the command does; without it a transfer takes some 60 MB more.
const node = ["--expose-gc"];
const transfer = join(import.meta.dirname, "transfer.mjs");

/** A registry of its own for every round: nobody finds there what another one has pushed. */
class Registry {
  readonly host: string;
  readonly #process: ChildProcess;
  readonly #data: string;

  private constructor(port: number, child: ChildProcess, data: string) {
    this.host = `127.0.0.1:${port}`;
    this.#process = child;
    this.#data = data;
  }

  static async start(): Promise<Registry> {
    const port = await freePort();
    const data = mkdtempSync(join(work, "registry-"));
    const config = join(data, "config.yml");
    const lines = [
      "version: 0.1",
      `storage: {filesystem: {rootdirectory: ${data}/data}}`,
      `http: {addr: 127.0.0.1:${port}}`,
      "log: {level: error, accesslog: {disabled: true}}",
      "",
    ];
    writeFileSync(config, lines.join("\n"));
    const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
    await listening(port);
    return new Registry(port, child, data);
  }

  stop(): void {
    this.#process.kill("SIGKILL");
    rmSync(this.#data, { recursive: true, force: true });
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("docker-registry does not start");
}

interface Took {
  readonly wall: number;
  /** Without the start of the process. */
  readonly inside?: number | undefined;
  /** MiB. */
  readonly rss?: number | undefined;
}

const hasTime = existsSync("/usr/bin/time");

function run(command: string, args: readonly string[]): Took {
  const started = performance.now();
  const prefix = hasTime ? ["/usr/bin/time", "-f", "%M kilobytes", command] : [command];
  const [file = command, ...rest] = [...prefix, ...args];
  const { status, stdout, stderr, error } = spawnSync(file, rest, {
    encoding: "utf8",
    env: { ...process.env, HOME: work },
  });
  const wall = performance.now() - started;
  if (error !== undefined || status !== 0) throw new Error(`${command} ended with ${status}: ${stderr.slice(-1000)}`);
  const rss = /(\d+) kilobytes/.exec(stderr)?.[1];
  const inside: unknown = stdout.startsWith('{"inside"') ? JSON.parse(stdout).inside : undefined;
  return {
    wall,
    rss: rss === undefined ? undefined : Number(rss) / 1024,
    inside: typeof inside === "number" ? inside : undefined,
  };
}

/** A client: how it pushes the layout to the registry and pulls it back. */
interface Client {
  readonly name: string;
  push(registry: Registry): Took;
  pull(registry: Registry, target: string): Took;
}

const own = (layout: string): Client => ({
  name: "@stax/oci",
  push: ({ host }) => run(process.execPath, [...node, transfer, "push", layout, host, "bench/stax", "v1"]),
  pull: ({ host }, target) => run(process.execPath, [...node, transfer, "pull", target, host, "bench/stax", "v1"]),
});

/** One blob of a file, without its manifest and without any check. */
const curl = (file: string, digest: string): Client => ({
  name: "curl",
  push: ({ host }) => {
    const upload = `u=$(curl -sf -X POST -D - -o /dev/null http://${host}/v2/bench/curl/blobs/uploads/ | sed -n 's/^[Ll]ocation: //p' | tr -d '\\r')`;
    return run("sh", [
      "-c",
      `${upload}; curl -sf -X PUT -H 'Content-Type: application/octet-stream' -T ${file} "$u&digest=${digest}"`,
    ]);
  },
  pull: ({ host }, target) => run("curl", ["-sf", "-o", target, `http://${host}/v2/bench/curl/blobs/${digest}`]),
});

const skopeo = (layout: string): Client => ({
  name: "skopeo",
  push: ({ host }) =>
    run("skopeo", [
      "--insecure-policy",
      "copy",
      "-q",
      "--dest-tls-verify=false",
      `oci:${layout}:v1`,
      `docker://${host}/bench/skopeo:v1`,
    ]),
  pull: ({ host }, target) =>
    run("skopeo", [
      "--insecure-policy",
      "copy",
      "-q",
      "--src-tls-verify=false",
      `docker://${host}/bench/skopeo:v1`,
      `oci:${target}:v1`,
    ]),
});

const oras = (program: string, layout: string): Client => ({
  name: "oras",
  push: ({ host }) =>
    run(program, ["cp", "--no-tty", "--from-oci-layout", "--to-plain-http", `${layout}:v1`, `${host}/bench/oras:v1`]),
  pull: ({ host }, target) =>
    run(program, ["cp", "--no-tty", "--to-oci-layout", "--from-plain-http", `${host}/bench/oras:v1`, `${target}:v1`]),
});

function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
}

function others(layout: string): readonly Client[] {
  const cached = join(
    process.env.STAX_CACHE_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "stax"),
    "tools/oras-v1.2.3/oras",
  );
  const program = existsSync(cached) ? cached : "oras";
  return [
    ...(isInstalled("skopeo") ? [skopeo(layout)] : []),
    ...(existsSync(program) || isInstalled(program) ? [oras(program, layout)] : []),
  ];
}

async function measure(title: string, clients: readonly Client[], runs: number): Promise<void> {
  const took = new Map(clients.map(({ name }) => [name, { push: [] as Took[], pull: [] as Took[] }]));
  for (let round = runs > 1 ? -1 : 0; round < runs; round++) {
    const registry = await Registry.start();
    for (const client of clients) {
      const target = join(work, `pulled-${client.name.replace("/", "-")}`);
      const push = client.push(registry);
      const pull = client.pull(registry, target);
      rmSync(target, { recursive: true, force: true });
      if (round < 0) continue;
      took.get(client.name)?.push.push(push);
      took.get(client.name)?.pull.push(pull);
    }
    registry.stop();
  }
  print(title, took);
}

function median(list: readonly (number | undefined)[]): number {
  const sorted = list.filter((value) => value !== undefined).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

type Times = ReadonlyMap<string, { readonly push: readonly Took[]; readonly pull: readonly Took[] }>;

function print(title: string, took: Times): void {
  const lines = [title];
  const [first] = took.values();
  for (const direction of ["push", "pull"] as const) {
    const base = median(first?.[direction].map(({ wall }) => wall) ?? []);
    for (const [name, times] of took) {
      const [wall, inside, rss] = (["wall", "inside", "rss"] as const).map((key) =>
        median(times[direction].map((one) => one[key])),
      );
      const least = Math.min(...times[direction].map((one) => one.wall));
      const within = Number.isNaN(inside ?? Number.NaN) ? "" : `, ${inside?.toFixed(0)} without the start of Node`;
      lines.push(
        `  ${direction} ${name.padEnd(10)} ${wall?.toFixed(0).padStart(6)} ms (least ${least.toFixed(0)}${within}), ${rss?.toFixed(0)} MiB, ${((wall ?? 0) / base).toFixed(2)} x ${[...took.keys()][0]}`,
      );
    }
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** A layout with these files as layers, tagged v1. */
async function layoutOf(name: string, files: readonly string[]): Promise<{ path: string; digests: readonly string[] }> {
  const path = join(work, name);
  const store = await LayoutStore.open(path, { create: true });
  await store.push(emptyDescriptor, bytesContent(emptyBytes));
  const layers = [];
  // A type that skopeo does not compress anew on the way.
  for (const file of files)
    layers.push(await store.ingest(fileContent(file), "application/vnd.oci.image.layer.v1.tar+zstd"));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: "application/vnd.bench",
      config: emptyDescriptor,
      layers,
    }),
  );
  const root = await store.ingest(bytesContent(manifest), mediaTypes.manifest);
  await store.tag(root, "v1");
  return { path, digests: layers.map(({ digest }) => digest) };
}

function writeRandom(name: string, megabytes: number): string {
  const path = join(work, name);
  const file = openSync(path, "w");
  for (let at = 0; at < megabytes; at++) writeSync(file, randomBytes(1_000_000));
  closeSync(file);
  return path;
}

async function main(): Promise<void> {
  if (!isInstalled("docker-registry"))
    throw new Error("this needs docker-registry (Debian: apt-get install docker-registry)");
  const runs = Number(values.runs);
  if (["", "blob"].includes(values.only)) {
    const file = writeRandom("blob", 200);
    const { path, digests } = await layoutOf("large", [file]);
    await measure("one blob of 200 MB", [curl(file, digests[0] ?? ""), own(path), ...others(path)], runs);
  }
  if (["", "many"].includes(values.only)) {
    mkdirSync(join(work, "small"));
    const files = Array.from({ length: 2000 }, (_, at) => {
      const path = join(work, "small", `${at}`);
      writeFileSync(path, randomBytes(2000));
      return path;
    });
    const { path } = await layoutOf("many", files);
    await measure("2,000 blobs of 2 kB", [own(path), ...others(path)], Math.min(runs, 3));
  }
  if (Number(values.huge) > 0) {
    const file = writeRandom("huge", Number(values.huge));
    const { path } = await layoutOf("huge-layout", [file]);
    rmSync(file);
    await measure(`one blob of ${values.huge} MB`, [own(path)], 1);
  }
}

try {
  await main();
} finally {
  rmSync(work, { recursive: true, force: true });
}
