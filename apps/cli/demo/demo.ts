import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

// `pnpm demo`: the built command, on a copy of the example agent, from its definition through a registry to the files that two
// runtimes read.
const bin = join(import.meta.dirname, "../dist/bin.js");
const example = join(import.meta.dirname, "../../../docs/examples/backend-engineer");

const name = "backend-engineer";
const version = /version: "([^"]+)"/.exec(readFileSync(join(example, "agent.ts"), "utf8"))?.[1] ?? "";
const archive = `oci-archive:${name}.tar`;

interface Step {
  readonly says: string;
  readonly command: readonly string[];
  /** A directory whose files are listed afterwards. */
  readonly shows?: string;
}

const steps: readonly Step[] = [
  { says: "Check the definition and everything it names", command: ["validate", "agent.ts"] },
  {
    says: "Build one artifact per persona, and an index over them",
    command: ["build", "agent.ts", "--all-personas", "--index"],
  },
  { says: "Look inside one of them", command: ["inspect", `${name}:${version}-ines-duarte`] },
  {
    says: "Put it into one file, for a machine without a network",
    command: ["copy", `${name}:${version}-personas`, `${archive}:${version}`],
  },
  {
    says: "Write what Claude Code reads, as Inês",
    command: materialize("claude-code", "ines-duarte"),
    shows: "project/claude-code",
  },
  {
    says: "Write it for a consumer without an adapter of its own, as Tomáš",
    command: materialize("generic", "tomas-vrana"),
    shows: "project/generic",
  },
];

/** What is done with a registry; the server runs while the first ones do. */
const online = (registry: string): readonly Step[] => [
  {
    says: "Push every persona and the index to that registry",
    command: ["push", `${registry}/acme/${name}:${version}`, "--all-personas", "--index"],
  },
  { says: "See what is published there", command: ["tags", `${registry}/acme/${name}`] },
  {
    says: "Write the files straight from the registry; nothing was built on this side",
    command: [...fromRegistry(registry), "--out", "project/from-registry", "--quiet"],
  },
  {
    says: "Fetch everything into the cache that all projects share",
    command: ["pull", `${registry}/acme/${name}:${version}-personas`],
  },
];

const offline = (registry: string): readonly Step[] => [
  {
    says: "Stop the registry, and write the same files without a network: nothing changes",
    command: [...fromRegistry(registry), "--out", "project/from-registry", "--check", "--offline", "--quiet"],
  },
];

const fromRegistry = (registry: string): readonly string[] => [
  "materialize",
  `${registry}/acme/${name}:${version}-personas`,
  "--persona",
  "ines-duarte",
];

function materialize(adapter: string, persona: string): readonly string[] {
  return [
    "materialize",
    `${archive}:${version}`,
    "--persona",
    persona,
    "--adapter",
    adapter,
    "--out",
    `project/${adapter}`,
  ];
}

/** listing shows the files below a directory as a tree, with their sizes; `*` marks executable ones. */
function listing(directory: string): string {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
  const open: string[] = [];
  return files
    .flatMap((file) => {
      const folders = file.split("/").slice(0, -1);
      const known = folders.findIndex((folder, depth) => open[depth] !== folder);
      const from = known < 0 ? folders.length : known;
      open.splice(0, open.length, ...folders);
      const headings = folders.slice(from).map((folder, index) => `${"  ".repeat(from + index + 1)}${folder}/`);
      const { size, mode } = statSync(join(directory, file));
      const label = `${"  ".repeat(folders.length + 1)}${file.slice(file.lastIndexOf("/") + 1)}${(mode & 0o100) === 0 ? "" : "*"}`;
      return [...headings, `${label.padEnd(48)}${String(size).padStart(7)} B`];
    })
    .join("\n");
}

const environment = (cwd: string): NodeJS.ProcessEnv => ({
  ...process.env,
  STAX_CONFIG_DIR: join(cwd, ".home/config"),
  STAX_CACHE_DIR: join(cwd, ".home/cache"),
});

function run({ says, command, shows }: Step, cwd: string): void {
  console.log(`\n# ${says}\n$ stax ${command.join(" ")}`);
  const { status, signal, error } = spawnSync(process.execPath, [bin, ...command], {
    cwd,
    stdio: ["ignore", "inherit", "inherit"],
    env: environment(cwd),
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`stax ${command[0]} ended with ${signal ?? `exit code ${status}`}`);
  if (shows !== undefined) {
    const files = listing(join(cwd, shows));
    if (files === "") throw new Error(`stax ${command[0]} wrote nothing into ${shows}`);
    console.log(`\n${shows}/\n${files}`);
  }
}

/** serve starts a registry over an empty directory; it is gone when the demo is. */
async function serve(cwd: string): Promise<{ server: ChildProcess; registry: string }> {
  const command = ["serve", "./registry", "--quiet"];
  console.log(`\n# Be a registry, on this machine only\n$ stax ${command.join(" ")} &`);
  const server = spawn(process.execPath, [bin, ...command], {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
    env: environment(cwd),
  });
  for await (const line of createInterface({ input: server.stdout })) {
    console.log(line);
    const registry = /^http:\/\/(\S+) serves /.exec(line)?.[1];
    if (registry !== undefined) return { server, registry };
  }
  throw new Error("stax serve ended before it listened");
}

async function throughRegistry(cwd: string): Promise<void> {
  const { server, registry } = await serve(cwd);
  try {
    for (const step of online(registry)) run(step, cwd);
  } finally {
    const ended = server.exitCode === null ? once(server, "exit") : undefined;
    server.kill("SIGINT");
    await ended;
  }
  for (const step of offline(registry)) run(step, cwd);
}

async function main(): Promise<void> {
  if (!existsSync(bin))
    throw new Error("the command is not built: run `pnpm build` first, or `pnpm demo`, which does both");
  // The command under way takes an interrupt; the copy is removed below.
  process.on("SIGINT", () => {});
  const copy = mkdtempSync(join(tmpdir(), "stax-demo-"));
  try {
    cpSync(example, copy, { recursive: true });
    for (const step of steps) run(step, copy);
    await throughRegistry(copy);
    console.log(
      "\nThat was all: a folder of Markdown, one artifact per persona, a registry, and the files that runtimes read.",
    );
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(`\ndemo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
