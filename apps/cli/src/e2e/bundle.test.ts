import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { write } from "./project.fixture.ts";
import { stax, staxJson, staxProcess, staxProcessJson, temporaryDirectory } from "./run-stax.fixture.ts";

const home = fileURLToPath(new URL("../..", import.meta.url));
const isBuilt = existsSync(join(home, "dist/THIRD-PARTY-LICENSES"));

/** The published files, somewhere without a node_modules above them. */
function install(): { readonly directory: string; readonly bin: string } {
  const directory = join(temporaryDirectory(), "cli");
  mkdirSync(directory);
  cpSync(join(home, "dist"), join(directory, "dist"), { recursive: true });
  cpSync(join(home, "package.json"), join(directory, "package.json"));
  return { directory, bin: join(directory, "dist/bin.js") };
}

describe.skipIf(!isBuilt)("the bundle (skipped until `pnpm build` has made it)", () => {
  it("initialises, builds, copies and materializes without any dependency installed", async () => {
    const { bin } = install();
    const cwd = temporaryDirectory();
    expect(await staxProcess(["init", "helper"], { cwd, bin })).toMatchObject({ code: 0, stderr: "" });
    const inside = { cwd: join(cwd, "helper"), bin };
    for (const line of [
      ["validate"],
      ["build"],
      ["copy", "helper", "oci-archive:a.tar"],
      ["extract", "oci-archive:a.tar", "out"],
      ["plan-install", "helper"],
      ["adapters"],
      ["doctor"],
      ["schema", "agent"],
      ["completion", "bash"],
      ["config"],
    ])
      expect({ line, ...(await staxProcess(line, inside)) }).toMatchObject({ line, code: 0 });
    for (const adapter of ["claude-code", "generic"])
      expect(
        (await staxProcessJson(["materialize", "helper", "--out", adapter, "--adapter", adapter], inside)).json.ok,
      ).toBe(true);
    expect(readFileSync(join(cwd, "helper/claude-code/CLAUDE.md"), "utf8")).toContain("care");
  });

  it("serves, pushes and pulls without any dependency installed", async () => {
    const { bin } = install();
    const cwd = temporaryDirectory();
    const home = { HOME: join(cwd, "home") };
    await stax(["init", "helper"], { cwd });
    const inside = { cwd: join(cwd, "helper"), bin, env: home };
    expect(await staxProcess(["build"], inside)).toMatchObject({ code: 0 });
    const steps = async (registry: string): Promise<number[]> => {
      const codes: number[] = [];
      for (const line of [
        ["push", `${registry}/acme/helper:0.1.0`],
        ["pull", `${registry}/acme/helper:0.1.0`],
        ["inspect", `${registry}/acme/helper:0.1.0`, "--offline"],
      ])
        codes.push((await staxProcess(line, inside)).code ?? -1);
      return codes;
    };
    let codes: Promise<number[]> | undefined;
    let stop = (): void => undefined;
    const served = await staxProcess(["serve", "./registry", "--quiet"], {
      ...inside,
      started: (child) => {
        stop = () => void child.kill("SIGINT");
      },
      onStdout: (text) => {
        const host = /http:\/\/(127\.0\.0\.1:\d+)/.exec(text)?.[1];
        if (host !== undefined) codes ??= steps(host).finally(stop);
      },
    });
    expect({ served: served.code, codes: await codes }).toEqual({ served: 0, codes: [0, 0, 0] });
  });

  it("gives the same digests as the sources do", async () => {
    const { bin } = install();
    const cwd = temporaryDirectory();
    await stax(["init", "helper"], { cwd });
    const [bundle, sources] = [
      await staxProcessJson(["build"], { cwd: join(cwd, "helper"), bin }),
      await staxJson(["build", "--out", "other"], { cwd: join(cwd, "helper") }),
    ];
    expect(bundle.json.data.artifacts[0].digest).toBe(sources.json.data.artifacts[0].digest);
  });

  it("says in one line that a Node is too old, and ends with 1", () => {
    const { bin, directory } = install();
    const preload = join(directory, "old.cjs");
    writeFileSync(
      preload,
      'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.0" } });',
    );
    for (const line of [["--version"], ["build"]]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, ["--require", preload, bin, ...line], {
        encoding: "utf8",
      });
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(
        /^stax \S+ needs Node\.js \^22\.22\.2 \|\| \^24\.15\.0 \|\| >=26; this is 20\.19\.0 \(.*\)\n$/,
      );
    }
  });

  it("loads one file for --version", () => {
    const { bin } = install();
    const { stdout } = spawnSync(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `process.argv = [process.argv[0], "stax", "--version"]; await import(${JSON.stringify(bin)});`,
      ],
      { encoding: "utf8" },
    );
    expect(stdout).toBe(`${JSON.parse(readFileSync(join(home, "package.json"), "utf8")).version}\n`);
    expect(readFileSync(bin, "utf8")).not.toMatch(/^\s*import[\s{*]/m);
  });

  it("keeps what Node compiled of it in a cache that is there and that nobody else can write, and nowhere else", async () => {
    const { bin } = install();
    const cwd = temporaryDirectory();
    const compiledIn = async (mode: number, line: readonly string[]): Promise<number> => {
      const cache = join(cwd, `cache-${mode.toString(8)}-${line[0]}`);
      mkdirSync(cache);
      chmodSync(cache, mode);
      expect((await staxProcess(line, { cwd, bin, env: { STAX_CACHE_DIR: cache } })).code).toBe(0);
      const code = join(cache, "code");
      if (!existsSync(code)) return 0;
      expect(statSync(code).mode & 0o777).toBe(0o700);
      return readdirSync(code, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
    };
    expect(await compiledIn(0o755, ["adapters"])).toBeGreaterThan(3);
    expect(await compiledIn(0o777, ["adapters"])).toBe(0);
    expect(await compiledIn(0o755, ["--version"])).toBe(0);
    const env = { STAX_CACHE_DIR: join(cwd, "not-there") };
    expect((await staxProcess(["adapters"], { cwd, bin, env })).code).toBe(0);
    expect(existsSync(env.STAX_CACHE_DIR)).toBe(false);
  });

  it("stays under 6 MiB, has no dependencies, and names the licence of everything inside", () => {
    const { directory } = install();
    const files = readdirSync(directory, { recursive: true, encoding: "utf8" }).map((file) =>
      statSync(join(directory, file)),
    );
    expect(files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0)).toBeLessThan(6 * 1024 * 1024);
    expect(JSON.parse(readFileSync(join(directory, "package.json"), "utf8")).dependencies).toBeUndefined();
    const licenses = readFileSync(join(directory, "dist/THIRD-PARTY-LICENSES"), "utf8");
    for (const name of ["yargs-parser", "zod", "yaml", "pako", "tar"])
      expect(licenses).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, "m"));
  });

  it("gives authors types: a misspelt field of a definition is a type error, with no other package installed", () => {
    const { directory } = install();
    const project = write(temporaryDirectory(), {
      "good.ts":
        'import { defineAgent } from "stax";\nimport claudeCode from "stax/adapters/claude-code";\nexport default defineAgent({ name: "a", version: "1.0.0", description: "d", adapter: claudeCode({ model: "opus" }), prompt: "./P.md" });\n',
      "bad.ts":
        'import { definePackage } from "stax";\nexport default definePackage({ name: "a", version: "1.0.0", description: "d", ruels: "./rules/" });\n',
    });
    mkdirSync(join(project, "node_modules"));
    symlinkSync(directory, join(project, "node_modules/stax"));
    const require = createRequire(import.meta.url);
    const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
    const check = (file: string) =>
      spawnSync(
        process.execPath,
        [
          tsc,
          "--noEmit",
          "--strict",
          "--skipLibCheck",
          "false",
          "--target",
          "es2023",
          "--module",
          "nodenext",
          "--types",
          "",
          file,
        ],
        { cwd: project, encoding: "utf8" },
      );
    expect(check("good.ts")).toMatchObject({ status: 0, stdout: "" });
    const bad = check("bad.ts");
    expect(bad.status).not.toBe(0);
    expect(bad.stdout).toContain("Did you mean to write 'rules'?");
    expect(execFileSync(process.execPath, [tsc, "--version"], { encoding: "utf8" })).toContain("7.");
  });
});
