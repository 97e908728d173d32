import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../src/workspace.ts";
import { writeKnowledge, writeProject, writeRules } from "./data.ts";
import { type Command, run } from "./measure.ts";

/** bin is the command that is measured; STAX_BENCH_BIN names another build of it. */
export const bin: string = process.env.STAX_BENCH_BIN ?? join(root, "apps/cli/dist/bin.js");
const mebibyte = 1024 * 1024;

/** Pair is a command of ours beside what it is compared with. */
export interface Pair {
  readonly kind: "pair";
  readonly ours: Command;
  readonly peer: Command;
  /** ours ÷ peer to reach. */
  readonly target: number;
  readonly runs: number;
}

/** Peak is a command whose memory is measured. */
export interface Peak {
  readonly kind: "peak";
  readonly ours: Command;
  /** Bytes to stay below. */
  readonly target: number;
}

/** Case is one benchmark: it makes its data below a directory of its own and says what to measure. */
export interface Case {
  readonly name: string;
  readonly what: string;
  readonly prepare: (directory: string) => Pair | Peak;
}

/** stax is a run of the built command with a cache and a configuration of its own. */
export const stax = (cwd: string, ...args: readonly string[]): Command => ({
  name: `stax ${args[0]}`,
  file: process.execPath,
  args: [bin, ...args],
  cwd,
  env: { STAX_CACHE_DIR: join(cwd, ".bench/cache"), STAX_CONFIG_DIR: join(cwd, ".bench/config"), CI: "true" },
});

const nothing = (cwd: string): Command => ({ name: "node -e 0", file: process.execPath, args: ["-e", "0"], cwd });

const remove = (cwd: string, ...paths: readonly string[]): void => {
  for (const path of paths) rmSync(join(cwd, path), { recursive: true, force: true });
};

// A build of something never built: neither an artifact nor a cached layer is there.
const coldBuild = (cwd: string, ...args: readonly string[]): Command => ({
  ...stax(cwd, "build", "agent.json", ...args),
  name: "stax build",
  before: () => remove(cwd, ".stax", ".bench"),
});

const tarAndGzip = (cwd: string): Command => ({
  name: "tar | gzip -6",
  file: "/bin/sh",
  args: [
    "-c",
    "tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - -C knowledge . | gzip -6 -n > .bench.tar.gz",
  ],
  cwd,
});

const knowledgeProject = (cwd: string, count: number, bytes: number): void => {
  writeProject(cwd, { knowledge: "./knowledge" });
  writeKnowledge(join(cwd, "knowledge"), count, bytes);
};

const buildCase = (name: string, count: number, megabytes: number, target: number): Case => ({
  name,
  what: `build ${count} files, ${megabytes} MB of knowledge`,
  prepare: (cwd) => {
    knowledgeProject(cwd, count, megabytes * 1e6);
    return { kind: "pair", ours: coldBuild(cwd), peer: tarAndGzip(cwd), target, runs: 5 };
  },
});

const rebuildCase = (name: string, count: number, megabytes: number): Case => ({
  name,
  what: `build ${count} files, ${megabytes} MB again with nothing changed, beside the first build`,
  prepare: (cwd) => {
    knowledgeProject(cwd, count, megabytes * 1e6);
    // The first build removes what was there, so the second of each round finds the cache that the first one filled.
    const again = { ...stax(cwd, "build", "agent.json"), name: "stax build again" };
    return { kind: "pair", ours: again, peer: { ...coldBuild(cwd), name: "first stax build" }, target: 0.2, runs: 5 };
  },
});

const big = 500 * mebibyte;
const raised = ["--max-layer-size", "knowledge=600MiB"];

/** cases are all benchmarks, in the order they run. */
export const cases: readonly Case[] = [
  {
    name: "version",
    what: "stax --version beside an empty Node program",
    prepare: (cwd) => ({ kind: "pair", ours: stax(cwd, "--version"), peer: nothing(cwd), target: 1.5, runs: 21 }),
  },
  {
    name: "validate",
    what: "stax validate of the example beside an empty Node program",
    prepare: (cwd) => {
      cpSync(join(root, "docs/examples/backend-engineer"), cwd, { recursive: true });
      return { kind: "pair", ours: stax(cwd, "validate", "agent.ts"), peer: nothing(cwd), target: 6, runs: 11 };
    },
  },
  buildCase("build-2000", 2000, 100, 1.15),
  buildCase("build-20000", 20_000, 43, 1.5),
  rebuildCase("rebuild-2000", 2000, 100),
  rebuildCase("rebuild-20000", 20_000, 43),
  {
    name: "materialize-rules",
    what: "materialize 1,000 rules for Claude Code beside cp -r of the files it writes",
    prepare: (cwd) => {
      writeProject(cwd, { rules: "./rules" });
      writeRules(join(cwd, "rules"), 1000);
      const ours = stax(cwd, "materialize", "bench:1.0.0", "--adapter", "claude-code", "--out", "out");
      const first = stax(cwd, "materialize", "bench:1.0.0", "--adapter", "claude-code", "--out", "written");
      prepareWith(stax(cwd, "build", "agent.json"), first);
      const peer = {
        name: "cp -r",
        file: "/bin/cp",
        args: ["-r", "written", "copy"],
        cwd,
        before: () => remove(cwd, "copy"),
      };
      return { kind: "pair", ours: { ...ours, before: () => remove(cwd, "out") }, peer, target: 5, runs: 11 };
    },
  },
  {
    name: "memory-build",
    what: "peak memory of building 500 MB of knowledge",
    prepare: (cwd) => {
      knowledgeProject(cwd, 60, big);
      return { kind: "peak", ours: coldBuild(cwd, ...raised), target: 150 * mebibyte };
    },
  },
  {
    name: "memory-materialize",
    what: "peak memory of materializing 500 MB of knowledge",
    prepare: (cwd) => {
      knowledgeProject(cwd, 60, big);
      prepareWith(stax(cwd, "build", "agent.json", ...raised));
      mkdirSync(join(cwd, "out"));
      const ours = stax(cwd, "materialize", "bench:1.0.0", "--adapter", "claude-code", "--out", "out", ...raised);
      return { kind: "peak", ours: { ...ours, before: () => remove(cwd, "out", ".bench") }, target: 150 * mebibyte };
    },
  },
];

function prepareWith(...commands: readonly Command[]): void {
  for (const command of commands) run(command);
}
