import { runCli } from "./cli.ts";
import { exitCodes } from "./exit-code.ts";

/** main runs a command line in this process: signals, broken pipes and the exit code are its part. */
export async function main(argv: readonly string[]): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      // The second one means it: whatever cleans up has had its chance.
      if (interruption.signal.aborted) process.exit(exitCodes.interrupted.code);
      interruption.abort(new DOMException(`stopped by ${signal}`, "AbortError"));
    });
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // Who reads us has read enough (`stax inspect … | head`).
      process.exit(error.code === "EPIPE" ? exitCodes.success.code : exitCodes.build.code);
    });
  process.exitCode = await runCli(argv, {
    cwd: process.cwd(),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: interruption.signal,
  });
}
