// Materializes 1,000 rules and 200 skills for four runtimes, by turns with `rulesync generate` and `ruler apply` on the same content, and
// prints medians, ratios and memory. Run after a build: node packages/toolchain/bench/materialize.ts [--runs 5]
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { stax } from "./cases.ts";
import { rulesOf, writeProject, writeRules, writeSkills } from "./data.ts";
import { type Command, interleave, peakMemory, run, type Sample } from "./measure.ts";
import { findPeer, type Peer, type PeerPackage } from "./peers.ts";

const rules = 1000;
const skills = 200;
const memoryBar = 150 * 1024 * 1024;

const rulesyncPackage: PeerPackage = {
  name: "rulesync",
  package: "rulesync",
  version: "17.0.0",
  script: "rulesync/dist/cli/index.js",
};
const rulerPackage: PeerPackage = {
  name: "ruler",
  package: "@intellectronica/ruler",
  version: "0.3.44",
  script: "@intellectronica/ruler/dist/cli/index.js",
};

/** Contender is a tool in a directory of its own, with the content in the form that it reads. `clean` takes away what it wrote. */
interface Contender {
  readonly command: Command;
  readonly clean: () => void;
}

// Moved away, not deleted: ext4 searches long for inodes after thousands of them were deleted, for whoever creates files next.
function putAside(cwd: string, paths: readonly string[]): void {
  const aside = mkdtempSync(join(cwd, ".aside-"));
  for (const path of paths) if (existsSync(join(cwd, path))) renameSync(join(cwd, path), join(aside, path));
}

function ours(cwd: string): Contender {
  writeProject(cwd, { rules: "./rules", skills: "./skills" });
  writeRules(join(cwd, "rules"), rules);
  writeSkills(join(cwd, "skills"), skills);
  run(stax(cwd, "build", "agent.json"));
  const adapters = "claude-code,codex,cursor,github-copilot";
  const command = stax(cwd, "materialize", "bench:1.0.0", "--adapter", adapters, "--out", "out");
  // Cold is also without what was unpacked of the layers before.
  return { command, clean: () => putAside(cwd, ["out", ".bench"]) };
}

// A peer looks for configuration in the home directory, too: it gets an empty one.
const peer = (cwd: string, { name, script }: Exclude<Peer, { skipped: string }>, args: readonly string[]): Command => ({
  name,
  file: process.execPath,
  args: [script, ...args],
  cwd,
  env: { HOME: join(cwd, ".home"), CI: "true" },
});

function rulesync(cwd: string, found: Exclude<Peer, { skipped: string }>): Contender {
  const directory = join(cwd, ".rulesync/rules");
  mkdirSync(directory, { recursive: true });
  for (const { id, glob, body } of rulesOf(rules))
    writeFileSync(
      join(directory, `${id}.md`),
      `---\nroot: false\ntargets: ["*"]\ndescription: ""\nglobs: ["${glob ?? "**/*"}"]\n---\n${body}`,
    );
  writeSkills(join(cwd, ".rulesync/skills"), skills);
  const args = ["generate", "-t", "claudecode,codexcli,cursor,copilot", "-f", "rules,skills", "--silent"];
  const written = [".claude", ".codex", ".agents", ".cursor", ".github", "AGENTS.md", "CLAUDE.md"];
  return { command: peer(cwd, found, args), clean: () => putAside(cwd, written) };
}

function ruler(cwd: string, found: Exclude<Peer, { skipped: string }>): Contender {
  const directory = join(cwd, ".ruler");
  mkdirSync(directory, { recursive: true });
  for (const { id, body } of rulesOf(rules)) writeFileSync(join(directory, `${id}.md`), body);
  writeSkills(join(directory, "skills"), skills);
  const args = ["apply", "--agents", "claude,codex,cursor,copilot", "--local-only", "--no-gitignore", "--no-backup"];
  const written = [".claude", ".codex", ".agents", ".cursor", ".github", "AGENTS.md", "CLAUDE.md"];
  return { command: peer(cwd, found, args), clean: () => putAside(cwd, written) };
}

interface Bar {
  readonly peer: string;
  readonly ratio: number;
}

function report(what: string, samples: readonly Sample[], bars: readonly Bar[]): void {
  console.log(`  ${what}`);
  const own = samples.find(({ name }) => name === "stax materialize");
  for (const { name, median, min, max } of samples) {
    const ratio =
      own === undefined || name === own.name ? "" : `   stax ÷ ${name}: ${(own.median / median).toFixed(3)}`;
    const bar = bars.find((candidate) => candidate.peer === name);
    const reached = own !== undefined && bar !== undefined && own.median / median <= bar.ratio;
    const verdict = bar === undefined ? "" : `; target ≤ ${bar.ratio}: ${reached ? "reached" : "MISSED"}`;
    const times = [median, min, max].map((time) => time.toFixed(0).padStart(6));
    console.log(`    ${name.padEnd(17)} median ${times[0]} ms   min ${times[1]}   max ${times[2]}${ratio}${verdict}`);
  }
}

const commandsOf = (contenders: readonly Contender[], cold: boolean): readonly Command[] =>
  contenders.map(({ command, clean }) => (cold ? { ...command, before: clean } : command));

function contendersIn(directory: string): readonly Contender[] {
  const at = (name: string): string => {
    const cwd = join(directory, name);
    mkdirSync(join(cwd, ".home"), { recursive: true });
    return cwd;
  };
  const peers = [
    [findPeer(rulesyncPackage), rulesync],
    [findPeer(rulerPackage), ruler],
  ] as const;
  const present = peers.flatMap(([found, make]) => {
    if (!("skipped" in found)) return [make(at(found.name), found)];
    console.log(`  skipped: ${found.skipped}`);
    return [];
  });
  return [...present, ours(at("stax"))];
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { runs: { type: "string", default: "5" } } });
  const runs = Number(values.runs);
  const directory = mkdtempSync(join(tmpdir(), "stax-bench-materialize-"));
  try {
    const contenders = contendersIn(directory);
    const cold = interleave(commandsOf(contenders, true), runs);
    report(`${rules} rules and ${skills} skills for four runtimes, nothing written before`, cold, [
      { peer: "rulesync", ratio: 0.15 },
    ]);
    const again = interleave(commandsOf(contenders, false), runs);
    report("again, nothing changed", again, [{ peer: "rulesync", ratio: 0.06 }]);
    const own = contenders.at(-1);
    if (own === undefined) return;
    const { peakBytes, by } = await peakMemory({ ...own.command, before: own.clean });
    const verdict = peakBytes <= memoryBar ? "reached" : "MISSED";
    console.log(`  peak memory, cold: ${(peakBytes / 2 ** 20).toFixed(0)} MiB by ${by}; target ≤ 150 MiB: ${verdict}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
