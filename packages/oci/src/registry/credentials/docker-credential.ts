import { spawn } from "node:child_process";
import { OciError } from "../../error.ts";
import { isJsonObject } from "../../strict-json.ts";
import type { Credential } from "./credential.ts";

/** HelperOptions are the environment and limits of a credential helper. */
export interface HelperOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds (default 60,000: it may ask somebody). */
  readonly timeout?: number | undefined;
}

const maxOutput = 64 * 1024;

/**
 * runHelper asks `docker-credential-<name> get` for the credential of a server; undefined when it has none. What it prints is never
 * shown. Throws `CREDENTIAL_HELPER_FAILED`.
 */
export async function runHelper(name: string, server: string, options: HelperOptions): Promise<Credential | undefined> {
  // A slash would name a program anywhere, and what is no plain name is no helper.
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name) || name.includes("..")) {
    throw failed(name.slice(0, 64), "its name is no plain word", "correct credsStore and credHelpers");
  }
  const program = `docker-credential-${name}`;
  const { code, output } = await run(program, server, options);
  // The protocol's way of saying no.
  if (code !== 0 && /credentials not found/i.test(output)) return undefined;
  if (code !== 0)
    throw failed(program, `it ended with code ${code}`, `run it by hand: echo ${server} | ${program} get`);
  return parseAnswer(output, program);
}

function parseAnswer(output: string, program: string): Credential | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    throw failed(program, "it answered with something else than JSON");
  }
  const { Username: username, Secret: secret } = isJsonObject(answer) ? answer : {};
  if (typeof username !== "string" || typeof secret !== "string")
    throw failed(program, "its answer has no Username or Secret");
  if (secret === "") return undefined;
  return username === "<token>" ? { kind: "identity", token: secret } : { kind: "basic", username, password: secret };
}

function run(program: string, input: string, options: HelperOptions): Promise<{ code: number | null; output: string }> {
  const { env, signal, timeout = 60_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, ["get"], {
      env,
      stdio: ["pipe", "pipe", "ignore"],
      timeout,
      killSignal: "SIGKILL",
      windowsHide: true,
      ...(signal !== undefined && { signal }),
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.length > maxOutput) {
        child.kill("SIGKILL");
        reject(failed(program, `it printed more than ${maxOutput} characters`));
      }
    });
    // It may end without reading.
    child.stdin.on("error", () => undefined).end(input);
    child.once("error", (error) => {
      const isMissing = "code" in error && error.code === "ENOENT";
      reject(
        signal?.aborted === true
          ? signal.reason
          : failed(
              program,
              isMissing ? "it is not installed, or not in PATH" : "it cannot be started",
              undefined,
              error,
            ),
      );
    });
    child.once("close", (code, killed) => {
      if (killed !== null) reject(failed(program, `it did not end within ${timeout / 1000} s`));
      else resolve({ code, output });
    });
  });
}

const failed = (program: string, why: string, hint?: string, cause?: unknown): OciError =>
  new OciError("CREDENTIAL_HELPER_FAILED", `the credential helper ${program} failed: ${why}`, { hint, cause });
