import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { agent, agentFiles, write } from "./project.fixture.ts";
import { stax, staxJson, staxProcess, temporaryDirectory } from "./run-stax.fixture.ts";

const bin = fileURLToPath(new URL("../bin.ts", import.meta.url));

/** A project whose build takes long enough to be stopped on the way. */
function largeProject(): string {
  const cwd = write(temporaryDirectory(), {
    "agent.json": agent({ knowledge: "./knowledge/" }),
    "SYSTEM_PROMPT.md": "Hi.\n",
    "knowledge/a.md": "A.\n",
  });
  const noise = Buffer.alloc(48 * 1024 * 1024);
  for (let index = 0; index < noise.length; index += 4) noise.writeInt32LE((index * 2654435761) | 0, index);
  writeFileSync(join(cwd, "knowledge/noise.bin"), noise);
  return cwd;
}

describe("a first Ctrl-C", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "ends a build with 130 on %s and leaves the previous artifact intact",
    async (signal) => {
      const cwd = largeProject();
      write(cwd, { ".staxignore": "noise.bin\n" });
      await stax(["build"], { cwd });
      const index = readFileSync(join(cwd, ".stax/artifacts/index.json"), "utf8");
      write(cwd, { ".staxignore": "" });
      const { code, stderr } = await staxProcess(["build"], {
        cwd,
        started: (child) => {
          const packing = join(cwd, ".stax/artifacts/.tmp");
          const watch = setInterval(() => {
            if (!existsSync(packing) || readdirSync(packing).length === 0) return;
            clearInterval(watch);
            child.kill(signal);
          }, 2);
          child.once("exit", () => clearInterval(watch));
        },
      });
      expect({ code, stderr }).toEqual({ code: 130, stderr: "error: interrupted [ERR_STAX_INTERRUPTED]\n" });
      expect(readFileSync(join(cwd, ".stax/artifacts/index.json"), "utf8")).toBe(index);
      expect((await stax(["inspect", "helper"], { cwd })).code).toBe(0);
    },
  );
});

describe("a process", () => {
  it("S13-25 ends with the code of the command line that it ran", async () => {
    const cwd = temporaryDirectory();
    const lines: [string[], number][] = [
      [["config"], 0],
      [["bilud"], 1],
      [["inspect", "oci:./nowhere"], 2],
      [["inspect", "127.0.0.1:1/acme/helper:1"], 3],
    ];
    const finished = await Promise.all(lines.map(([line]) => staxProcess(line, { cwd })));
    expect(finished.map(({ code }) => code)).toEqual(lines.map(([, code]) => code));
    expect(finished.at(-1)).toMatchObject({
      stdout: "",
      stderr: expect.stringContaining("ERR_STAX_CONNECTION_REFUSED"),
    });
  });
});

describe("output", () => {
  it("carries the result alone on stdout, the rest on stderr", async () => {
    const cwd = write(temporaryDirectory(), { ...agentFiles(), "surfaces/odd.md": "x\n" });
    write(cwd, { "agent.json": agent({ surfaces: "./surfaces/" }) });
    const { code, stdout, stderr } = await staxProcess(["build", "--verbose"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^helper:1\.2\.3@sha256:[a-f0-9]{64} {2}2 layers, .*\nin .*\n$/);
    expect(stderr).toContain("packed surfaces of helper");
    expect(stderr).toContain("surfaces/odd.md");
    const quiet = await stax(["build", "--quiet"], { cwd });
    expect(quiet).toMatchObject({ code: 0, stderr: "" });
    expect(quiet.stdout).toBe(stdout);
  });

  it("has no spinner bytes and no colors in a pipe", async () => {
    const cwd = write(temporaryDirectory(), { "agent.json": "{" });
    const finished = await Promise.all([
      staxProcess(["build"], { cwd }),
      staxProcess(["--help"]),
      staxProcess(["nonsense"]),
    ]);
    for (const { stdout, stderr } of finished) expect(stdout + stderr).not.toContain("\u001b");
  });

  it("ends quietly when its reader has read enough", () => {
    const script = `"${process.execPath}" --conditions=stax:source "${bin}" schema agent; echo "code $?" >&2`;
    const { stdout, stderr } = spawnSync("bash", ["-c", `{ ${script}; } | head -c 20`], { encoding: "utf8" });
    expect(stdout).toHaveLength(20);
    expect(stderr).toBe("code 0\n");
  });

  it("S03 shows control and bidi characters of foreign text escaped, in text and in JSON", async () => {
    const cwd = write(temporaryDirectory(), {
      "agent.json": agent({ description: "nice \u001b]0;pwned\u0007 \u202etxt.exe" }),
      "SYSTEM_PROMPT.md": "Hi.\n",
    });
    await stax(["build"], { cwd });
    const [plain, json] = [await stax(["inspect", "helper"], { cwd }), await staxJson(["inspect", "helper"], { cwd })];
    for (const { stdout } of [plain, json]) expect(stdout).not.toMatch(/[\u001b\u0007\u202e]/);
    expect(json.json.data.config.description).toBe("nice \u001b]0;pwned\u0007 \u202etxt.exe");
  });
});

describe("secrets", () => {
  const secret = "gh-s3cret-0123456789";
  const failing = {
    "agent.mjs": `export default { name: "x" + process.env.MY_SETTING };\nthrow new Error("cannot use " + process.env.MY_SETTING + " and ${secret}");\n`,
  };

  it("S11-09 never stand in messages, in no form of output, even when a definition throws them", async () => {
    const cwd = write(temporaryDirectory(), failing);
    const env = { MY_SETTING: "a-setting-of-mine", API_TOKEN: secret };
    for (const flags of [[], ["--json"], ["--verbose"]]) {
      const { code, stdout, stderr } = await stax(["validate", "--env", "MY_SETTING", ...flags], { cwd, env });
      expect(code).toBe(1);
      expect(stdout + stderr).toContain("[API_TOKEN]");
      expect(stdout + stderr).not.toContain(secret);
      expect(stdout + stderr).not.toContain("a-setting-of-mine");
    }
  });

  it("S11-10 stay out of what --verbose and bugs print", async () => {
    const cwd = write(temporaryDirectory(), {
      "bad.mjs": `export const adapter = { name: "bad", configure() {}, outputs: [], get aliases() { throw new TypeError("boom ${secret}"); }, features() {} };`,
    });
    const { code, stdout, stderr } = await stax(["adapters", "--adapter-module", "./bad.mjs", "--verbose"], {
      cwd,
      env: { API_TOKEN: secret },
    });
    expect({ code, stdout }).toEqual({ code: 70, stdout: "" });
    expect(stderr).toContain("boom [API_TOKEN]");
    expect(stderr).not.toContain(secret);
  });
});

describe("a bug", () => {
  it("ends with 70, a stack, the version and where to report it, even where nobody waited for it", async () => {
    const cwd = write(temporaryDirectory(), {
      "late.mjs":
        "setTimeout(() => { throw new RangeError('too late'); }, 0); await new Promise(() => setTimeout(() => {}, 1e6));",
    });
    const { code, stdout, stderr } = await staxProcess(["adapters", "--adapter-module", "./late.mjs"], { cwd });
    expect({ code, stdout }).toEqual({ code: 70, stdout: "" });
    expect(stderr).toMatch(
      /^error: a bug in stax 0\.0\.0-dev .*\[ERR_STAX_BUG\]\nhint: please report it.*npm bugs @stax\/cli.*\nRangeError: too late\n {4}at /,
    );
  });
});
