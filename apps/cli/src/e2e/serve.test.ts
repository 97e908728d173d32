import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agentFiles, write } from "./project.fixture.ts";
import { type Finished, type RunOptions, stax, staxJson, staxProcess, temporaryDirectory } from "./run-stax.fixture.ts";

/** Served is `stax serve` that listens. */
interface Served {
  readonly host: string;
  readonly stdout: () => string;
  stop(): Promise<Finished>;
}

/** serve runs `stax serve` until its URL is known. */
async function serve(line: readonly string[], options: RunOptions): Promise<Served> {
  const stopped = new AbortController();
  let stdout = "";
  let listening: (url: string) => void = () => undefined;
  const url = new Promise<string>((resolve) => {
    listening = resolve;
  });
  const ended = stax(["serve", ...line], {
    ...options,
    signal: stopped.signal,
    onStdout: (text) => {
      stdout = text;
      const found = /http:\/\/(127\.0\.0\.1:\d+)/.exec(text)?.[1];
      if (found !== undefined) listening(found);
    },
  });
  const host = await Promise.race([url, ended.then(({ stderr }) => Promise.reject(new Error(stderr)))]);
  return {
    host,
    stdout: () => stdout,
    stop: () => {
      stopped.abort();
      return ended;
    },
  };
}

describe("stax serve", () => {
  it("serves what is built in the workspace, says how to use it, and tells of requests on stderr", async () => {
    const cwd = write(temporaryDirectory(), { ...agentFiles(), ".git/HEAD": "" });
    await stax(["build"], { cwd });
    const served = await serve([], { cwd });
    const [, example = ""] = served.stdout().split("\n");
    expect(served.stdout()).toBe(
      `http://${served.host} serves ${join(cwd, ".stax/artifacts")}\ntry: stax inspect ${served.host}/helper:1.2.3\n`,
    );
    const shown = await stax(example.replace("try: stax ", "").split(" "), { cwd });
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    const { code, stderr } = await served.stop();
    expect(code).toBe(0);
    expect(stderr).toMatch(/^200 HEAD \/v2\/helper\/manifests\/1\.2\.3 \d+ ms$/m);
    expect(stderr).toMatch(/\nstopped\n$/);
    await expect(fetch(`http://${served.host}/v2/`)).rejects.toThrow();
  });

  it("keeps what is pushed in a directory that it makes, and takes nothing with --read-only", async () => {
    const cwd = write(temporaryDirectory(), { ...agentFiles(), ".git/HEAD": "" });
    await stax(["build"], { cwd });
    const first = await serve(["./registry"], { cwd });
    const pushed = await staxJson(["push", `${first.host}/acme/helper:1.2.3`], { cwd });
    expect(pushed.code).toBe(0);
    await first.stop();
    expect(existsSync(join(cwd, "registry/acme/helper/oci-layout"))).toBe(true);
    const again = await serve(["./registry", "--read-only"], { cwd });
    const found = await staxJson(["inspect", `${again.host}/acme/helper:1.2.3`], { cwd });
    expect(found.json.data.digest).toBe(pushed.json.data.artifacts[0].digest);
    const refused = await staxJson(["push", `${again.host}/acme/helper:2`, "--from", "helper"], { cwd });
    expect(refused).toMatchObject({ code: 3, json: { error: { code: "ERR_STAX_REGISTRY_READ_ONLY" } } });
    await again.stop();
  });

  it("prints one JSON document, and refuses where there is nothing to serve or no port to have", async () => {
    const cwd = write(temporaryDirectory(), { ".git/HEAD": "" });
    const nothing = await staxJson(["serve"], { cwd });
    expect(nothing).toMatchObject({ code: 1, json: { error: { code: "ERR_STAX_TARGET_UNFIT" } } });
    const sources = await staxJson(["serve", "."], { cwd });
    expect(sources).toMatchObject({ code: 1, json: { error: { code: "ERR_STAX_TARGET_UNFIT" } } });
    const served = await serve(["./registry", "--json"], { cwd });
    const { data } = JSON.parse(served.stdout());
    expect(data).toMatchObject({ registry: served.host, directory: join(cwd, "registry"), readOnly: false });
    const taken = await staxJson(["serve", "./registry", "--port", served.host.split(":")[1] ?? ""], { cwd });
    expect(taken).toMatchObject({ code: 1, json: { error: { code: "ERR_STAX_LISTEN_FAILED" } } });
    const { stdout, stderr } = await served.stop();
    expect(stderr).toBe("");
    expect(JSON.parse(stdout).ok).toBe(true);
  });

  it("asks for user and password with --htpasswd", async () => {
    const cwd = write(temporaryDirectory(), {
      ".git/HEAD": "",
      users: "ann:$2b$04$lch2ky7eGc10bDDnklHVvulRIvcRCQIJkWepbQwTV67ZDX.IRMgae\n",
    });
    const served = await serve(["./registry", "--htpasswd", "users"], { cwd });
    const login = (stdin: string) =>
      stax(["login", served.host, "--username", "ann", "--password-stdin"], { cwd, stdin, env: { HOME: cwd } });
    expect((await login("wrong-password")).code).toBe(3);
    expect((await login("s3cret-of-ann-0123")).code).toBe(0);
    await served.stop();
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends cleanly on %s, in a process of its own", async (signal) => {
    const cwd = temporaryDirectory();
    let kill = (): void => undefined;
    const { code, stdout, stderr } = await staxProcess(["serve", "./registry"], {
      cwd,
      started: (child) => {
        kill = () => void child.kill(signal);
      },
      onStdout: () => kill(),
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "stopped\n" });
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+ serves /);
  });
});
