import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createFaultyRegistry } from "@stax/registry/faults";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = join(import.meta.dirname, "..");
let scratch = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stax-oci-readme-"));
  await writeFile(join(scratch, "notes.txt"), "hello");
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe("README.md", () => {
  it("shows examples that run one after the other and print what they say", async () => {
    await using open = await createFaultyRegistry();
    // The same content, for those who log in.
    await using closed = await createFaultyRegistry({
      origin: open.url,
      tokens: { users: { alice: "secret" }, anonymousPull: false },
    });
    const text = await readFile(join(folder, "README.md"), "utf8");
    const examples = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
    expect(examples).toHaveLength(5);
    for (const code of examples) {
      const { host } = code.includes("login(") ? closed : open;
      expect(await runExample(code.replaceAll("localhost:5000", host))).toEqual(outputIn(code));
    }
    expect(closed.tokens?.requests.map(({ status }) => status)).toEqual([200, 200]);
  });

  it("names every export", async () => {
    const text = await readFile(join(folder, "README.md"), "utf8");
    expect(Object.keys(await import("./index.ts")).filter((name) => !text.includes(name))).toEqual([]);
  });
});

/** What the comments behind and below `console.log` say. */
function outputIn(code: string): readonly string[] {
  const lines = [...code.matchAll(/^(?:.*console\.log.*)?\/\/ (.*)$/gm)];
  return lines.map(([, shown = ""]) => shown);
}

async function runExample(code: string): Promise<readonly string[]> {
  const file = join(scratch, "example.ts");
  await writeFile(file, code.replace('"@stax/oci"', JSON.stringify(join(import.meta.dirname, "index.ts"))));
  const options = { cwd: scratch, env: { PATH: process.env.PATH, HOME: scratch } };
  const node = ["--disable-warning=ExperimentalWarning", "--conditions=stax:source", file];
  const { stdout } = await promisify(execFile)(process.execPath, node, options);
  return stdout.trim().split("\n");
}
