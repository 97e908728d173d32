import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";

/** ClientPackage is a runtime's client on npm, pinned: its newest version that fits this Node may be an old one. */
export interface ClientPackage {
  readonly name: string;
  readonly package: string;
  readonly version: string;
  /** Below `node_modules`, with `{arch}` for x64 or arm64. Install scripts do not run. */
  readonly binary: string;
}

/** Ran is the outcome of a run of a client. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** RunOptions say where a client runs: with nothing in its environment but a path, a scratch home and what is given here. */
export interface RunOptions {
  readonly cwd: string;
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** CaptureOptions also say how a client learns of the endpoint by its environment. */
export interface CaptureOptions extends RunOptions {
  readonly endpointEnv?: (endpoint: string) => Readonly<Record<string, string>>;
}

/** Client runs a runtime's client without a network. */
export interface Client {
  readonly version: string;
  /** Where it is installed: what it unpacks may stay there, and its files can be read. */
  readonly directory: string;
  run(args: readonly string[], options: RunOptions): Ran;
  /** capture runs it against a model endpoint on loopback, and gives what it sent there. `args` get the endpoint's URL. */
  capture(args: (endpoint: string) => readonly string[], options: CaptureOptions): Promise<string>;
}

const repository = join(import.meta.dirname, "../../..");
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "stax-clients");

/**
 * findClient finds a client in the user's cache, outside the repository; with `STAX_CLIENTS=install` npm puts it there. Otherwise the
 * result says why there is none, for the name of the skipped test.
 */
export function findClient(wanted: ClientPackage): Client | string {
  const home = join(cache, `${wanted.name}@${wanted.version}`);
  const binary = join(home, "node_modules", wanted.binary.replaceAll("{arch}", process.arch));
  if (!existsSync(binary) && process.env.STAX_CLIENTS === "install") install(wanted, home);
  if (existsSync(binary)) return clientAt(binary, home, wanted.version);
  return `${wanted.package}@${wanted.version} is not in ${cache}; STAX_CLIENTS=install gets it`;
}

function install({ package: name, version }: ClientPackage, home: string): void {
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), '{ "private": true }\n');
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", `${name}@${version}`];
  execFileSync("npm", args, { cwd: home, stdio: "ignore" });
}

// A network namespace of its own where the system lets us make one; a dead proxy everywhere.
const isolated = spawnSync("unshare", ["-rn", "true"]).status === 0 ? ["unshare", "-rn"] : [];
const dead = "http://127.0.0.1:9";

function environment({ home, env }: RunOptions): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: home,
    HTTP_PROXY: dead,
    HTTPS_PROXY: dead,
    NO_PROXY: "127.0.0.1,localhost",
    ...env,
  };
}

function clientAt(binary: string, directory: string, version: string): Client {
  return {
    version,
    directory,
    run: (args, options) => run([...isolated, binary, ...args], options),
    capture: (args, options) => capture(binary, args, options),
  };
}

// Into a file: some clients end before all of a long output has gone through a pipe.
function run([command = "", ...args]: readonly string[], options: RunOptions): Ran {
  const scratch = mkdtempSync(join(tmpdir(), "stax-client-"));
  const file = join(scratch, "stdout");
  const out = openSync(file, "w");
  try {
    const { status, stderr } = spawnSync(command, args, {
      cwd: options.cwd,
      env: environment(options),
      encoding: "utf8",
      stdio: ["ignore", out, "pipe"],
      maxBuffer: 2 ** 28,
      timeout: 60_000,
    });
    return { status, stdout: readFileSync(file, "utf8"), stderr };
  } finally {
    closeSync(out);
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function capture(
  binary: string,
  args: (endpoint: string) => readonly string[],
  options: CaptureOptions,
): Promise<string> {
  let sent = "";
  const server = createServer((request, response) => {
    request.on("data", (piece: Buffer) => {
      sent += piece.toString("utf8");
    });
    request.on("end", () => {
      response.writeHead(404).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // of a server that listens on TCP
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn(binary, args(endpoint), {
    cwd: options.cwd,
    env: { ...environment(options), ...options.endpointEnv?.(endpoint) },
    stdio: "ignore",
    timeout: 60_000,
  });
  await new Promise((resolve) => child.once("close", resolve));
  server.closeAllConnections();
  server.close();
  return sent;
}

/** Scratch is a project, a home and the files that stax wrote into one of them. */
export interface Scratch {
  readonly project: string;
  readonly home: string;
  /** Relative to where they were written. */
  readonly files: readonly string[];
  remove(): void;
}

/**
 * materializeExample builds `docs/examples/backend-engineer` and materializes it with the command itself, for one runtime or several
 * ("codex,opencode"), into a scratch project that git knows. With options, the example is made for that runtime in the first place.
 */
export function materializeExample(adapter: string, scope: "project" | "user" = "project", options?: object): Scratch {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "stax-runtime-")));
  const [source, project, home] = [join(base, "source"), join(base, "project"), join(base, "home")];
  for (const directory of [project, home]) mkdirSync(directory);
  cpSync(join(repository, "docs/examples/backend-engineer"), source, { recursive: true });
  execFileSync("git", ["init", "--quiet"], { cwd: project });
  if (options !== undefined) madeFor(source, adapter, options);
  stax(source, ["build", "--quiet"]);
  const [flag, written] = scope === "user" ? ["--home", home] : ["--out", project];
  stax(source, ["materialize", ".", "--scope", scope, flag, written, "--adapter", adapter]);
  const files = readdirSync(written, { recursive: true, encoding: "utf8" }).filter(
    (path) => !/^\.(?:git|stax)\//.test(path) && statSync(join(written, path)).isFile(),
  );
  return { project, home, files: files.sort(), remove: () => rmSync(base, { recursive: true, force: true }) };
}

function madeFor(source: string, adapter: string, options: object): void {
  renameSync(join(source, "agent.ts"), join(source, "example.ts"));
  const definition = [
    `import runtime from "@stax/${adapter}";`,
    'import example from "./example.ts";',
    `export default { ...example, adapter: runtime(${JSON.stringify(options)}), adapterFallback: [] };`,
  ];
  writeFileSync(join(source, "agent.ts"), `${definition.join("\n")}\n`);
}

function stax(cwd: string, args: readonly string[]): void {
  const command = ["--conditions=stax:source", join(repository, "apps/cli/src/bin.ts"), ...args];
  const { status, stderr } = spawnSync(process.execPath, command, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`stax ${args.join(" ")} ended with ${status}:\n${stderr}`);
}

/** corpusSkills are the skills of the shared corpus, by name, each with its files by path; none where the corpus is not beside the project. */
export function corpusSkills(): ReadonlyMap<string, Readonly<Record<string, Uint8Array>>> {
  const corpus = join(repository, "../shared/corpus");
  const paths = existsSync(corpus) ? readdirSync(corpus, { recursive: true, encoding: "utf8" }) : [];
  const skills = new Map<string, Readonly<Record<string, Uint8Array>>>();
  for (const path of paths.filter((one) => basename(one) === "SKILL.md").sort()) {
    const directory = dirname(join(corpus, path));
    const files = readdirSync(directory, { recursive: true, encoding: "utf8" }).map((one) => join(directory, one));
    const entries = files
      .filter((file) => statSync(file).isFile())
      .map((file) => [`${basename(directory)}/${relative(directory, file)}`, readFileSync(file)] as const);
    if (!skills.has(basename(directory))) skills.set(basename(directory), Object.fromEntries(entries));
  }
  return skills;
}
