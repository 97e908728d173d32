import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const repository = join(import.meta.dirname, "../../../..");

/** Scratch is a project, a home and the files that stax wrote into one of them. */
export interface Scratch {
  readonly project: string;
  readonly home: string;
  /** Relative to where they were written. */
  readonly files: readonly string[];
  remove(): void;
}

/**
 * materializeExample builds `docs/examples/backend-engineer` and materializes it with the command itself, for one runtime or several
 * ("codex,opencode"), into a scratch project that git knows. With options, the example is made for that runtime in the first place.
 */
export function materializeExample(adapter: string, scope: "project" | "user" = "project", options?: object): Scratch {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "stax-runtime-")));
  const [source, project, home] = [join(base, "source"), join(base, "project"), join(base, "home")];
  for (const directory of [project, home]) mkdirSync(directory);
  cpSync(join(repository, "docs/examples/backend-engineer"), source, { recursive: true });
  execFileSync("git", ["init", "--quiet"], { cwd: project });
  if (options !== undefined) madeFor(source, adapter, options);
  stax(source, ["build", "--quiet"]);
  const [flag, written] = scope === "user" ? ["--home", home] : ["--out", project];
  stax(source, ["materialize", ".", "--scope", scope, flag, written, "--adapter", adapter]);
  const files = readdirSync(written, { recursive: true, encoding: "utf8" }).filter(
    (path) => !/^\.(?:git|stax)\//.test(path) && statSync(join(written, path)).isFile(),
  );
  return { project, home, files: files.sort(), remove: () => rmSync(base, { recursive: true, force: true }) };
}

function madeFor(source: string, adapter: string, options: object): void {
  renameSync(join(source, "agent.ts"), join(source, "example.ts"));
  const definition = [
    `import runtime from "@stax/${adapter}";`,
    'import example from "./example.ts";',
    `export default { ...example, adapter: runtime(${JSON.stringify(options)}), adapterFallback: [] };`,
  ];
  writeFileSync(join(source, "agent.ts"), `${definition.join("\n")}\n`);
}

function stax(cwd: string, args: readonly string[]): void {
  const command = ["--conditions=stax:source", join(repository, "apps/cli/src/bin.ts"), ...args];
  const { status, stderr } = spawnSync(process.execPath, command, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`stax ${args.join(" ")} ended with ${status}:\n${stderr}`);
}
