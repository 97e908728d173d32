import { spawnSync } from "node:child_process";
import process from "node:process";

// Builds what changed. Quiet unless something fails, and on stderr: the scripts that come after print results. No telemetry, no questions
// about updates: turbo knows these switches as variables only.
const { status, error, stdout, stderr } = spawnSync(
  "turbo",
  ["run", "build", "--output-logs=errors-only", "--log-prefix=none", ...process.argv.slice(2)],
  {
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1", DO_NOT_TRACK: "1" },
    shell: process.platform === "win32",
  },
);
if (error !== undefined) throw error;
if (status !== 0) process.stderr.write(stdout + stderr);
process.exitCode = status ?? 1;
