import { type Io, reportCrash, runCli } from "./cli.ts";
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
  const { env, stdin, stdout, stderr } = process;
  const io: Io = { cwd: currentDirectory(), env, stdin, stdout, stderr, signal: interruption.signal };
  // Unhandled rejections come here too.
  process.on("uncaughtException", (error) => process.exit(reportCrash(error, argv, io)));
  process.exitCode = await runCli(argv, io);
}

function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    process.stderr.write("error: the current directory does not exist any more\nhint: change to another one\n");
    process.exit(exitCodes.build.code);
  }
}
