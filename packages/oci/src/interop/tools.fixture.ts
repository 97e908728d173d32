// Finds the real components that interop tests run against, or builds them: Debian's by their package, Go programs by their pinned
// version from the module proxy, kept in the user's cache directory.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";

/** Tool is a program to run, or the reason why there is none. */
export type Tool = { readonly program: string } | { readonly reason: string };

/** What Debian has, with the package it is in. */
const packaged = {
  "docker-registry": "docker-registry",
  skopeo: "skopeo",
  umoci: "umoci",
  htpasswd: "apache2-utils",
  openssl: "openssl",
  curl: "curl",
} as const;

/** What the Go module proxy has: module, version, command. Built from a module of its own, so that versions and checksums are held. */
const goTools = {
  crane: ["github.com/google/go-containerregistry", "v0.22.1", "cmd/crane"],
  oras: ["oras.land/oras", "v1.2.3", "cmd/oras"],
  regctl: ["github.com/regclient/regclient", "v0.11.7", "cmd/regctl"],
  olareg: ["github.com/olareg/olareg", "v0.1.2", "cmd/olareg"],
} as const;

export type ToolName = keyof typeof packaged | keyof typeof goTools;

const found = new Map<ToolName, Tool>();

export function findTool(name: ToolName): Tool {
  const known =
    found.get(name) ??
    (name in goTools ? goTool(name as keyof typeof goTools) : debianTool(name as keyof typeof packaged)); // the names are these two tables
  found.set(name, known);
  return known;
}

/** programOf is a tool that must be there. */
export function programOf(name: ToolName): string {
  const tool = findTool(name);
  if ("program" in tool) return tool.program;
  throw new Error(`${name}: ${tool.reason}`);
}

/** describeWith runs tests where all their tools are, and says else why it does not. */
export function describeWith(names: readonly ToolName[], title: string, body: () => void): void {
  const missing = names.flatMap((name) => {
    const tool = findTool(name);
    return "reason" in tool ? [`${name}: ${tool.reason}`] : [];
  });
  if (missing.length === 0) describe(title, body);
  else describe.skip(`${title} (skipped: ${missing.join("; ")})`, body);
}

function debianTool(name: keyof typeof packaged): Tool {
  const { error } = spawnSync(name, ["--version"], { stdio: "ignore" });
  return error === undefined ? { program: name } : { reason: `it is not installed; apt-get install ${packaged[name]}` };
}

function goTool(name: keyof typeof goTools): Tool {
  const [module, version, command] = goTools[name];
  const cache = process.env.STAX_CACHE_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "stax");
  const directory = join(cache, "tools", `${name}-${version}`);
  const program = join(directory, name);
  if (existsSync(program)) return { program };
  if (spawnSync("go", ["version"], { stdio: "ignore" }).error !== undefined)
    return { reason: "it is not in the cache, and Go is not installed" };
  const work = mkdtempSync(join(tmpdir(), `stax-${name}-`));
  try {
    writeFileSync(join(work, "go.mod"), `module interop\n\ngo 1.24\n\nrequire ${module} ${version}\n`);
    const env = { ...process.env, CGO_ENABLED: "0" };
    const args = ["build", "-mod=mod", "-trimpath", "-ldflags=-s", "-o", join(work, name), `${module}/${command}`];
    execFileSync("go", args, { cwd: work, env, stdio: "pipe", timeout: 600_000 });
    mkdirSync(directory, { recursive: true });
    renameSync(join(work, name), program);
    return { program };
  } catch (error) {
    return { reason: `the Go module proxy does not give ${module}@${version}: ${lastLineOf(error)}` };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function lastLineOf(error: unknown): string {
  const text = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  return text.trim().split("\n").at(-1)?.trim().slice(0, 300) ?? "";
}
