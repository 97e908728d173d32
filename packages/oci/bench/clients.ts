// How each client pushes a layout to a registry and pulls it back, one process a time.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { isInstalled, type Registry } from "./docker-registry.ts";

/** Took is what a process took. */
export interface Took {
  /** In milliseconds. */
  readonly wall: number;
  /** Without the start of the process. */
  readonly inside?: number | undefined;
  /** Processor time in milliseconds: what other work on the machine changes least. */
  readonly cpu?: number | undefined;
  /** MiB. */
  readonly rss?: number | undefined;
}

/** Client pushes an artifact to a registry and pulls it into a fresh directory. */
export interface Client {
  readonly name: string;
  push(registry: Registry): Took;
  pull(registry: Registry, target: string): Took;
}

/** Artifact is what is pushed: a layout, its artifact tagged `v1`, and where its blobs lie. */
export interface Artifact {
  readonly layout: string;
  readonly layers: readonly { readonly digest: string; readonly path: string }[];
}

// As the command does; without it a transfer takes some 60 MB more.
const node = ["--expose-gc"];
const transfer = join(import.meta.dirname, "transfer.mjs");
const hasTime = existsSync("/usr/bin/time");
/** As many at once as our client sends of its own accord. */
const atOnce = "-Z --parallel-immediate --parallel-max 4";
/** No client may find in a cache what an earlier round left there. */
const home = mkdtempSync(join(tmpdir(), "stax-bench-home-"));
process.once("exit", () => rmSync(home, { recursive: true, force: true }));

function run(command: string, args: readonly string[], input?: string): Took {
  const started = performance.now();
  const prefix = hasTime ? ["/usr/bin/time", "-f", "%M kilobytes, %U user, %S system", command] : [command];
  const [file = command, ...rest] = [...prefix, ...args];
  const { status, stdout, stderr, error } = spawnSync(file, rest, {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, HOME: home },
    ...(input !== undefined && { input }),
  });
  const wall = performance.now() - started;
  if (error !== undefined || status !== 0) throw new Error(`${command} ended with ${status}: ${stderr.slice(-1000)}`);
  const [, rss, user, system] = /(\d+) kilobytes, ([\d.]+) user, ([\d.]+) system/.exec(stderr) ?? [];
  const inside: unknown = stdout.startsWith('{"inside"') ? JSON.parse(stdout).inside : undefined;
  return {
    wall,
    rss: rss === undefined ? undefined : Number(rss) / 1024,
    cpu: user === undefined ? undefined : (Number(user) + Number(system)) * 1000,
    inside: typeof inside === "number" ? inside : undefined,
  };
}

/** own is this package. */
export const own = ({ layout }: Artifact): Client => ({
  name: "@stax/oci",
  push: ({ host }) => run(process.execPath, [...node, transfer, "push", layout, host, "bench/stax", "v1"]),
  pull: ({ host }, target) => run(process.execPath, [...node, transfer, "pull", target, host, "bench/stax", "v1"]),
});

/**
 * curl moves the layers and nothing else, unchecked: one process opens the uploads, a second one sends the bytes. It looks for no digest
 * before it sends and reads no manifest, which makes it what the others are measured by.
 */
export const curl = ({ layers }: Artifact): Client => ({
  name: "curl",
  push: ({ host }) => {
    const blobs = layers.map(({ digest, path }) => `${digest}\t${path}`);
    const uploads = `http://${host}/v2/bench/curl/blobs/uploads/`;
    const script = [
      'cat > "$0"',
      // Which upload gets which blob is no matter: the digest comes with the bytes.
      `sed 's|.*|url = "${uploads}"|' "$0" | curl -sf ${atOnce} -X POST -w '%header{location}\\n' -K - > "$0.opened"`,
      `paste "$0.opened" "$0" | awk '{printf "url = \\"%s&digest=%s\\"\\nupload-file = \\"%s\\"\\n", $1, $2, $3}' > "$0.puts"`,
      `curl -sf ${atOnce} -H 'Content-Type: application/octet-stream' -K "$0.puts"`,
    ];
    return withTemporary((path) => run("sh", ["-ec", script.join("; "), path], `${blobs.join("\n")}\n`));
  },
  pull: ({ host }, target) => {
    mkdirSync(target);
    const blobs = layers.map(
      ({ digest }, at) => `url = "http://${host}/v2/bench/curl/blobs/${digest}"\noutput = "${at}"`,
    );
    return run("curl", ["-sf", "--output-dir", target, ...atOnce.split(" "), "-K", "-"], blobs.join("\n"));
  },
});

/** skopeo copies an image. */
export const skopeo = ({ layout }: Artifact): Client => {
  const copy = (...args: string[]) => run("skopeo", ["--insecure-policy", "copy", "-q", ...args]);
  return {
    name: "skopeo",
    push: ({ host }) => copy("--dest-tls-verify=false", `oci:${layout}:v1`, `docker://${host}/bench/skopeo:v1`),
    pull: ({ host }, target) => copy("--src-tls-verify=false", `docker://${host}/bench/skopeo:v1`, `oci:${target}:v1`),
  };
};

/** oras copies an artifact. */
export const oras = ({ layout }: Artifact): Client => {
  const copy = (...args: string[]) => run(orasProgram(), ["cp", "--no-tty", ...args]);
  return {
    name: "oras",
    push: ({ host }) => copy("--from-oci-layout", "--to-plain-http", `${layout}:v1`, `${host}/bench/oras:v1`),
    pull: ({ host }, target) => copy("--to-oci-layout", "--from-plain-http", `${host}/bench/oras:v1`, `${target}:v1`),
  };
};

function orasProgram(): string {
  const cache = process.env.STAX_CACHE_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "stax");
  const cached = join(cache, "tools/oras-v1.2.3/oras");
  return existsSync(cached) ? cached : "oras";
}

/** hasSkopeo and hasOras tell whether there is one. */
export const hasSkopeo = (): boolean => isInstalled("skopeo");
export const hasOras = (): boolean => isInstalled(orasProgram());

function withTemporary<T>(work: (path: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), "stax-curl-"));
  try {
    return work(join(directory, "blobs"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
