import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const folder = join(import.meta.dirname, "..");

describe("README.md", () => {
  it("shows an example that runs and prints what it says", async () => {
    const [code = "", output = ""] = await blocksOf(/```ts\n([\s\S]*?)```\n\nprints\n\n```\n([\s\S]*?)```/);
    expect(await runScript(code)).toBe(output);
  });

  it("shows faults that can be injected", async () => {
    const [code = ""] = await blocksOf(/```ts\n(import \{ createFaultyRegistry[\s\S]*?)```/);
    expect(await runScript(`${code}console.log(registry.requests.length);\n`)).toBe("0\n");
  });

  it("names every export", async () => {
    const text = await readFile(join(folder, "README.md"), "utf8");
    const exported = [...Object.keys(await import("./index.ts")), ...Object.keys(await import("./faults/index.ts"))];
    const unnamed = [
      "errorCodes",
      "NameReserved",
      "UploadTooLong",
      "BrokenConnection",
      "createRandom",
      "startTokenServer",
      "withHeaders",
    ];
    expect(exported.filter((name) => !text.includes(name) && !unnamed.includes(name))).toEqual([]);
  });
});

async function blocksOf(pattern: RegExp): Promise<readonly string[]> {
  const text = await readFile(join(folder, "README.md"), "utf8");
  return pattern.exec(text)?.slice(1) ?? [];
}

async function runScript(code: string): Promise<string> {
  expect(code).not.toBe("");
  const scratch = await mkdtemp(join(tmpdir(), "stax-registry-"));
  const source = (path: string) => JSON.stringify(join(import.meta.dirname, path));
  const local = code
    .replace('"@stax/registry/faults"', source("faults/index.ts"))
    .replace('"@stax/registry"', source("index.ts"));
  try {
    await writeFile(join(scratch, "example.ts"), local);
    const node = ["--disable-warning=ExperimentalWarning", "--conditions=stax:source", join(scratch, "example.ts")];
    return (await promisify(execFile)(process.execPath, node)).stdout;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
