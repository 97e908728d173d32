// Debian's docker-registry on loopback, with nothing in it.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

/** Registry is one of its own for every round: nobody finds there what another one has pushed. */
export class Registry {
  readonly host: string;
  readonly #process: ChildProcess;
  readonly #data: string;

  private constructor(port: number, child: ChildProcess, data: string) {
    this.host = `127.0.0.1:${port}`;
    this.#process = child;
    this.#data = data;
  }

  static async start(work: string): Promise<Registry> {
    const port = await freePort();
    const data = mkdtempSync(join(work, "registry-"));
    const config = join(data, "config.yml");
    const lines = [
      "version: 0.1",
      `storage: {filesystem: {rootdirectory: ${data}/data}}`,
      `http: {addr: 127.0.0.1:${port}}`,
      "log: {level: error, accesslog: {disabled: true}}",
      "",
    ];
    writeFileSync(config, lines.join("\n"));
    const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
    await listening(port);
    return new Registry(port, child, data);
  }

  stop(): void {
    this.#process.kill("SIGKILL");
    rmSync(this.#data, { recursive: true, force: true });
  }
}

/** isInstalled tells whether a program can be started. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
}

/** Below the ports that the system gives out itself. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("docker-registry does not start");
}
