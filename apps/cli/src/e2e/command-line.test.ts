import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandNames, commandTable } from "../command-table.ts";
import { globalFlags } from "../options/global.ts";
import { stax, staxJson, temporaryDirectory } from "./run-stax.fixture.ts";

describe("the command line", () => {
  it("prints the version, alone and among flags", async () => {
    const [alone, among] = await Promise.all([stax(["--version"]), staxJson(["--version"])]);
    expect(alone).toEqual({ code: 0, stdout: "0.0.0-dev\n", stderr: "" });
    expect(among.json.data).toEqual({ version: "0.0.0-dev" });
  });

  it("S13-29 lists every command in stax --help, and every flag and argument in the help of each", async () => {
    const program = await stax(["--help"]);
    expect(program.code).toBe(0);
    for (const name of commandNames) expect(program.stdout).toContain(`  ${name} `);
    const helps = await Promise.all(commandNames.map((name) => stax([name, "--help"])));
    for (const [index, { code, stdout, stderr }] of helps.entries()) {
      const name = commandNames[index] ?? "";
      const command = await commandTable[name]?.load();
      expect({ name, code, stderr }).toEqual({ name, code: 0, stderr: "" });
      for (const flag of Object.keys({ ...command?.flags, ...globalFlags }))
        expect(stdout, name).toContain(`--${flag}`);
      for (const positional of Object.keys(command?.positionals ?? {}))
        expect(stdout, name).toMatch(new RegExp(`[<[]${positional}[>\\]]`));
      expect(stdout, name).toContain("Examples:");
    }
  });

  it("takes -h and help for --help, and -v alone for --version", async () => {
    const [program, build] = await Promise.all([stax(["--help"]), stax(["build", "--help"])]);
    for (const line of [["-h"], ["help"], ["help", "-h"]]) expect(await stax(line), line.join(" ")).toEqual(program);
    for (const line of [
      ["build", "-h"],
      ["help", "build"],
      ["-h", "build"],
      ["build", "--bogus", "-h"],
    ])
      expect(await stax(line), line.join(" ")).toEqual(build);
    expect(await stax(["-v"])).toEqual(await stax(["--version"]));
    expect(await stax(["help", "biuld"])).toMatchObject({ code: 1, stderr: expect.stringContaining("stax build?") });
  });

  it("names no command where a flag stands alone and is unknown", async () => {
    const { code, stderr } = await stax(["-x"]);
    expect(code).toBe(1);
    expect(stderr).toContain("stax has no flag -x");
    expect(stderr).toContain("run stax --help");
    expect(stderr).not.toContain("<command>");
  });

  it("S13-26 refuses an unknown command and an unknown flag with a suggestion", async () => {
    const [command, flag, strange] = await Promise.all([
      stax(["shcema"]),
      stax(["schema", "--jsn"]),
      stax(["frobnicate"]),
    ]);
    expect(command).toMatchObject({ code: 1, stdout: "" });
    expect(command.stderr).toContain('no command "shcema"');
    expect(command.stderr).toContain("did you mean stax schema?");
    expect(flag.code).toBe(1);
    expect(flag.stderr).toContain("no flag --jsn");
    expect(flag.stderr).toContain("did you mean --json?");
    expect(strange.stderr).toContain("stax --help");
  });

  it("S13-27 refuses a flag without its value, with an empty one, and with one it does not take", async () => {
    const lines = [
      ["config", "--cwd"],
      ["config", "--cwd", "--json"],
      ["config", "--cwd="],
      ["config", "--strict=perhaps"],
    ];
    for (const { code, stderr, stdout } of await Promise.all(lines.map((line) => stax(line)))) {
      expect(code).toBe(1);
      expect(stderr + stdout).toContain("ERR_STAX_FLAG_VALUE");
    }
  });

  it("S13-28 refuses flags with one dash, extra arguments, a flag given twice and flags that exclude each other", async () => {
    const lines: [string[], string][] = [
      [["schema", "-x"], "no flag -x"],
      [["schema", "-json"], "no flag -json"],
      [["schema", "agent", "mcp"], 'unexpected argument "mcp"'],
      [["config", "--cwd", ".", "--cwd", "/"], "--cwd is given more than once"],
      [["config", "--quiet", "--verbose"], "exclude each other"],
      [["completion"], "needs <shell>"],
      [["completion", "tcsh"], "bash, zsh, fish"],
    ];
    const finished = await Promise.all(lines.map(([line]) => stax(line)));
    for (const [index, { code, stderr }] of finished.entries()) {
      expect(code).toBe(1);
      expect(stderr).toContain(lines[index]?.[1]);
      expect(stderr).not.toMatch(/^ {4}at /m);
    }
  });

  it("answers mistakes in JSON where JSON was asked for", async () => {
    const { code, json, stderr } = await staxJson(["schema", "--bogus"]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(json).toMatchObject({
      ok: false,
      error: { code: "ERR_STAX_FLAG_UNKNOWN", category: "usage" },
      diagnostics: [],
    });
  });

  it("runs where --cwd says, and refuses what is no directory", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "stax.config.json"), '{ "strict": true }');
    const [there, nowhere] = await Promise.all([
      staxJson(["config", "--cwd", directory]),
      stax(["config", "--cwd", join(directory, "stax.config.json")]),
    ]);
    expect(there.json.data.settings).toContainEqual({
      key: "strict",
      value: true,
      origin: "workspace config",
      from: join(directory, "stax.config.json"),
    });
    expect(nowhere).toMatchObject({ code: 1, stdout: "" });
    expect(nowhere.stderr).toContain("ERR_STAX_DIRECTORY_INVALID");
  });
});

describe("settings", () => {
  it("come from the user's file where the workspace says nothing, and the workspace's win", async () => {
    const home = temporaryDirectory();
    const workspace = temporaryDirectory();
    writeFileSync(join(home, "stax.config.yaml"), "strict: true\nportable: true\n");
    writeFileSync(join(workspace, "stax.config.json"), '{ "portable": false }');
    const { json } = await staxJson(["config"], { cwd: workspace, env: { STAX_CONFIG_DIR: home } });
    const settings = Object.fromEntries(json.data.settings.map((setting: { key: string }) => [setting.key, setting]));
    expect(settings.strict).toMatchObject({ value: true, origin: "user config" });
    expect(settings.portable).toMatchObject({ value: false, origin: "workspace config" });
    expect(settings.configDirectory).toMatchObject({ value: home, origin: "environment", from: "STAX_CONFIG_DIR" });
  });

  it("are refused with the file's name where a key is unknown, the syntax broken, or a workspace allows itself a capability", async () => {
    const cases = ['{ "strickt": true }', "{", '{ "allowCapability": ["all"] }'];
    for (const text of cases) {
      const workspace = temporaryDirectory();
      writeFileSync(join(workspace, "stax.config.json"), text);
      const { code, stderr } = await stax(["config"], { cwd: workspace });
      expect(code).toBe(1);
      expect(stderr).toContain(join(workspace, "stax.config.json"));
      expect(stderr).toContain("ERR_STAX_CONFIG_INVALID");
    }
  });
});
