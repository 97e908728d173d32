import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Command is a process to be measured. `before` prepares a run and is not timed. */
export interface Command {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly before?: () => void;
}

/** Sample is the times of one command, milliseconds. */
export interface Sample {
  readonly name: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** summarize gives the median and the range of times. */
export function summarize(name: string, times: readonly number[]): Sample {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const median = Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
  return { name, median, min: at(0), max: at(sorted.length - 1) };
}

/** interleave runs commands by turns, so that what else the machine does meets them alike. One round before is not counted. */
export function interleave(commands: readonly Command[], runs: number): readonly Sample[] {
  const times = commands.map((): number[] => []);
  for (let round = -1; round < runs; round += 1)
    for (const [index, command] of commands.entries()) {
      const time = run(command);
      if (round >= 0) times[index]?.push(time);
    }
  return commands.map(({ name }, index) => summarize(name, times[index] ?? []));
}

/** run runs a command once and gives its time, milliseconds. A command that fails is a benchmark of nothing: it throws. */
export function run({ name, file, args, cwd, env, before }: Command): number {
  before?.();
  const start = process.hrtime.bigint();
  const { status, stderr, error } = spawnSync(file, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
    maxBuffer: 2 ** 28,
  });
  const time = Number(process.hrtime.bigint() - start) / 1e6;
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr.toString().slice(-2000)}`);
  return time;
}

/** Memory is the most resident memory a command had at any time, and how that was found. */
export interface Memory {
  readonly peakBytes: number;
  readonly by: "GNU time" | "/proc";
}

const gnuTime = "/usr/bin/time";

/** peakMemory runs a command once. GNU time asks the kernel; without it, /proc is read every 5 ms (Linux keeps the peak itself). */
export async function peakMemory(command: Command): Promise<Memory> {
  command.before?.();
  return existsSync(gnuTime) ? byGnuTime(command) : await byProc(command);
}

function byGnuTime(command: Command): Memory {
  const report = join(tmpdir(), `stax-bench-peak-${process.pid}`);
  run({ ...command, before: () => {}, file: gnuTime, args: ["-f", "%M", "-o", report, command.file, ...command.args] });
  const kibibytes = Number(readFileSync(report, "utf8").trim());
  rmSync(report);
  return { peakBytes: kibibytes * 1024, by: "GNU time" };
}

function byProc({ name, file, args, cwd, env }: Command): Promise<Memory> {
  const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: "ignore" });
  let peakBytes = 0;
  const timer = setInterval(() => {
    const kibibytes = /VmHWM:\s+(\d+) kB/.exec(readStatus(child.pid))?.[1];
    peakBytes = Math.max(peakBytes, Number(kibibytes ?? 0) * 1024);
  }, 5);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(timer);
      if (code === 0) resolve({ peakBytes, by: "/proc" });
      else reject(new Error(`${name} ended with ${code}`));
    });
  });
}

function readStatus(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}
