import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Backend, serve } from "./client.fixture.ts";
import type { SparsePolicy } from "./server/settings.ts";

const run = promisify(execFile);

// The suite is a plain Go program on the specification's main branch; no release holds it yet.
const suite = "github.com/opencontainers/distribution-spec/conformance";
const version = process.env.STAX_CONFORMANCE_VERSION ?? "main";

/** The suite's program, or why there is none. */
type Suite = { readonly program: string } | { readonly reason: string };

/** STAX_CONFORMANCE_PROGRAM names one that is built already; else the Go module proxy is asked, and the build is kept by version. */
function findSuite(): Suite {
  const given = process.env.STAX_CONFORMANCE_PROGRAM;
  if (given !== undefined) return existsSync(given) ? { program: given } : { reason: `there is no ${given}` };
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
  } catch {
    return { reason: "Go is not installed" };
  }
  try {
    return { program: install(resolveVersion()) };
  } catch (error) {
    return { reason: `the Go module proxy does not give ${suite}@${version}: ${lastLineOf(error)}` };
  }
}

function resolveVersion(): string {
  const args = ["list", "-m", "-f", "{{.Version}}", `${suite}@${version}`];
  return execFileSync("go", args, { encoding: "utf8", stdio: "pipe", cwd: tmpdir(), timeout: 60_000 }).trim();
}

function install(resolved: string): string {
  const cache = process.env.STAX_CACHE_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "stax");
  const directory = join(cache, "tools", `distribution-conformance-${resolved}`);
  const program = join(directory, "conformance");
  if (!existsSync(program)) {
    const env = { ...process.env, GOBIN: directory, CGO_ENABLED: "0" };
    execFileSync("go", ["install", `${suite}@${resolved}`], { stdio: "pipe", cwd: tmpdir(), env, timeout: 300_000 });
  }
  return program;
}

function lastLineOf(error: unknown): string {
  const text = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}

/** What is on beside the defaults of version 1.1: everything. */
const everything = {
  OCI_VERSION: "1.1",
  OCI_TLS: "disabled",
  OCI_API_BLOBS_UPLOAD_CANCEL: "true",
  OCI_API_BLOBS_DIGEST_HEADER: "true",
  OCI_API_MANIFESTS_DIGEST_HEADER: "true",
  OCI_API_MANIFESTS_TAG_PARAM: "true",
  OCI_DATA_SPARSE: "true",
} as const;

interface Case {
  readonly backend: Backend;
  readonly sparse: SparsePolicy;
  /** What is off, and why. */
  readonly disabled: Readonly<Record<string, string>>;
}

const cases: readonly Case[] = [
  { backend: "memory", sparse: "all", disabled: {} },
  { backend: "a directory", sparse: "all", disabled: {} },
  {
    backend: "a directory",
    sparse: "none",
    disabled: { OCI_DATA_SPARSE: "by default a manifest is refused while what it names is missing" },
  },
  {
    backend: "a shared layout",
    sparse: "all",
    disabled: { OCI_API_BLOBS_DELETE: "several repositories share the blobs of one layout; they go when it is pruned" },
  },
];

const found = findSuite();
const title = "the conformance suite of the distribution specification";
if ("reason" in found) console.warn(`skipped: ${title}: ${found.reason}`);

describe.skipIf("reason" in found)("reason" in found ? `${title} (skipped: ${found.reason})` : title, () => {
  let results: string;
  beforeAll(async () => {
    results = await mkdtemp(join(tmpdir(), "stax-conformance-"));
  });
  afterAll(() => rm(results, { recursive: true, force: true }));

  it.each(cases)("passes over $backend, sparse $sparse, without $disabled", async ({ backend, sparse, disabled }) => {
    if ("reason" in found) throw new Error(found.reason);
    await using served = await serve(backend, { sparse });
    const directory = await mkdtemp(join(results, "run-"));
    await mkdir(directory, { recursive: true });
    const off = Object.fromEntries(Object.keys(disabled).map((name) => [name, "false"]));
    const address = { OCI_REGISTRY: new URL(served.client.url).host, OCI_RESULTS_DIR: directory };
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...everything, ...off, ...address };
    const output = await run(found.program, [], { cwd: directory, env, maxBuffer: 64 * 1024 * 1024 }).then(
      ({ stdout }) => stdout,
      (error: { stdout?: string; message: string }) => error.stdout ?? error.message,
    );
    const counts = countsOf(await readFile(join(directory, "junit.xml"), "utf8").catch(() => ""));
    console.log(`conformance over ${backend}, sparse ${sparse}: ${JSON.stringify(counts)}`);
    expect(counts, output.slice(-20_000)).toMatchObject({ errors: 0, failures: 0 });
    expect(counts.tests, output.slice(-20_000)).toBeGreaterThan(500);
  });
});

function countsOf(junit: string): Readonly<Record<string, number>> {
  const head = /<testsuites[^>]*>/.exec(junit)?.[0] ?? "";
  return Object.fromEntries([...head.matchAll(/(\w+)="(\d+)"/g)].map(([, name = "", count]) => [name, Number(count)]));
}
