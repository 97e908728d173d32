import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { commandNames } from "../command-table.ts";
import { completionModel } from "./model.ts";
import { bashScript, fishScript, zshScript } from "./scripts.ts";

const model = await completionModel();
const hasBash = spawnSync("bash", ["--version"]).status === 0;

/** What bash offers after these words. */
function complete(...words: string[]): string[] {
  const list = words.map((word) => `'${word}'`).join(" ");
  const script = `${bashScript(model)}\nCOMP_WORDS=(stax ${list}); COMP_CWORD=${words.length}; _stax; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

describe("bashScript", () => {
  it.skipIf(!hasBash)("completes commands, flags and known values (skipped where there is no bash)", () => {
    expect(complete("comp")).toEqual(["completion"]);
    expect(complete("").sort()).toEqual([...commandNames, "--help", "--version"].sort());
    expect(complete("--cwd", "/tmp", "conf")).toEqual(["config"]);
    expect(complete("build", "--all")).toEqual([
      "--all-personas",
      "--all",
      "--allow-outside-root",
      "--allow-sensitive",
    ]);
    expect(complete("build", "--symlink-mode", "")).toEqual(["reject", "flatten"]);
    expect(complete("completion", "")).toEqual(["bash", "zsh", "fish"]);
  });
});

describe("zshScript and fishScript", () => {
  it("name every command and flag, with quotes that close", () => {
    for (const script of [zshScript(model), fishScript(model)]) {
      for (const { name, flags } of model) {
        expect(script).toContain(name);
        for (const flag of flags) expect(script).toContain(flag.name);
      }
      for (const line of script.split("\n"))
        expect((line.replaceAll("'\\''", "").match(/'/g) ?? []).length % 2, line).toBe(0);
    }
  });
});
