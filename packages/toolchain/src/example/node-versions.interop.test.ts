import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../workspace.ts";
import { copyExample, digestsOf, type ExampleCopy } from "./example.fixture.ts";

// One release of each line that the packages promise to run on; their zlibs differ.
const releases = ["22.23.3", "24.21.0", "26.10.0"];
const bundle = join(root, "apps/cli/dist/bin.js");
const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "stax-test-tools");

/** nodeOf gives the binary of a release, from the cache or from the package registry; the reason where it cannot be had. */
function nodeOf(release: string): { readonly binary: string } | { readonly reason: string } {
  // What the package `node` brings in by an install script, asked for by its own name.
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const directory = join(cache, `node-${release}`);
  const binary = join(directory, "node_modules", name, "bin/node");
  if (existsSync(binary)) return { binary };
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), '{ "private": true }\n');
  try {
    execFileSync("npm", ["install", "--no-audit", "--no-fund", `${name}@${release}`], {
      stdio: "ignore",
      timeout: 240_000,
      cwd: directory,
    });
  } catch {
    return { reason: `${name}@${release} cannot be installed with npm` };
  }
  return existsSync(binary) ? { binary } : { reason: `${name}@${release} brought no binary` };
}

describe("the built command on each Node line", () => {
  const copies: ExampleCopy[] = [];
  const nodes = new Map<string, ReturnType<typeof nodeOf>>();
  let expected: readonly string[] = [];

  beforeAll(() => {
    if (!existsSync(bundle)) throw new Error("apps/cli/dist is missing: pnpm build makes it");
    for (const release of releases) nodes.set(release, nodeOf(release));
    expected = build(process.execPath);
  }, 600_000);
  afterAll(() => {
    for (const { remove } of copies) remove();
  });

  function build(node: string): readonly string[] {
    const copy = copyExample();
    copies.push(copy);
    const home = join(copy.directory, "../home");
    const env = { PATH: process.env["PATH"], HOME: home, STAX_CACHE_DIR: join(home, "cache") };
    execFileSync(node, [bundle, "build", "agent.ts", "--all-personas", "--index"], {
      cwd: copy.directory,
      env,
      stdio: "pipe",
    });
    return digestsOf(copy);
  }

  it.for(releases)("S00-15 S03-14 builds the example to the same digests on Node %s", (release, { skip }) => {
    const node = nodes.get(release);
    if (node === undefined || "reason" in node) return skip(node?.reason ?? "not looked for");
    expect(build(node.binary)).toEqual(expected);
    expect(expected.length).toBeGreaterThanOrEqual(3);
  });
});
