import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describeAdapter } from "@stax/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { adapter, quill } from "./quill.fixture.ts";

const workspace = join(import.meta.dirname, "../../../..");
const run = promisify(execFile);

describeAdapter(adapter, { config: quill({ model: "m" }) });

/** A project of somebody else's: an agent, and an adapter that stax does not bring along. */
function project(): string {
  const directory = mkdtempSync(join(tmpdir(), "stax-quill-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(join(workspace, "docs/examples/backend-engineer"), directory, { recursive: true });
  cpSync(join(workspace, "packages/toolchain/src/example/quill.fixture.ts"), join(directory, "quill.ts"));
  mkdirSync(join(directory, "node_modules/@stax"), { recursive: true });
  for (const name of ["materialize", "schema"])
    symlinkSync(join(workspace, "packages", name), join(directory, "node_modules/@stax", name));
  symlinkSync(join(workspace, "packages/schema/node_modules/zod"), join(directory, "node_modules/zod"));
  return directory;
}

const bin = join(workspace, "apps/cli/dist/bin.js");
const stax = (cwd: string, ...args: readonly string[]) =>
  run(process.execPath, [bin, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, STAX_CACHE_DIR: join(cwd, "cache") },
  });

describe("a tenth runtime", () => {
  it("is one folder: the command materializes for it, and reads its files back", async () => {
    const cwd = project();
    const module = ["--adapter-module", "./quill.ts"];
    expect((await stax(cwd, "adapters", ...module)).stdout).toContain("quill");
    await stax(cwd, "build");
    await stax(cwd, "materialize", ".", "--out", "out", "--adapter", "quill", ...module);
    expect(readFileSync(join(cwd, "out/QUILL.md"), "utf8")).toContain("Harbourline");
    expect(existsSync(join(cwd, "out/.quill/rules/go-tests.md"))).toBe(true);
    const { stderr } = await stax(cwd, "materialize", ".", "--out", "out", "--adapter", "quill", ...module);
    expect(stderr).toContain("Quill works alone");
  });

  it("is what the guide shows, in less than a hundred lines", () => {
    const guide = readFileSync(join(workspace, "docs/adapters/writing-an-adapter.md"), "utf8");
    const code = readFileSync(join(workspace, "packages/toolchain/src/example/quill.fixture.ts"), "utf8");
    expect(guide).toContain(`\`\`\`ts\n${code}\`\`\`\n`);
    expect(code.split("\n").length).toBeLessThan(100);
  });
});
