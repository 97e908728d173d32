import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { packManifest, RegistryClient } from "@stax/oci";
import { createFaultyRegistry } from "@stax/registry/faults";
import { describe, expect, it, onTestFinished } from "vitest";
import { newKey } from "./keys.fixture.ts";

const page = await readFile(new URL("../README.md", import.meta.url), "utf8");

describe("README.md", () => {
  it("shows an example that runs, also a second time, and prints what the page says", async () => {
    await using registry = await createFaultyRegistry();
    using client = new RegistryClient();
    const repository = client.repository({ registry: registry.host, repository: "team/notes" });
    await repository.tag(await packManifest(repository, { artifactType: "application/vnd.example.notes" }), "1.0");
    const [, example = "", output = ""] = /```ts\n([\s\S]*?)```\s+```\n([\s\S]*?)```/.exec(page) ?? [];
    const directory = await mkdtemp(join(tmpdir(), "stax-sign-readme-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, "stax.key"), newKey().pem, { mode: 0o600 });
    const source = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const code = example
      .replace("localhost:5000", registry.host)
      .replace('"@stax/sign"', source("index.ts"))
      .replace('"@stax/oci"', source("../../oci/src/index.ts"));
    await writeFile(join(directory, "example.ts"), code);
    const flags = ["--disable-warning=ExperimentalWarning", "--conditions=stax:source", "example.ts"];
    const options = { cwd: directory, env: { PATH: process.env.PATH, HOME: directory } };
    for (const _time of ["first", "second"])
      expect((await promisify(execFile)(process.execPath, flags, options)).stdout).toBe(output);
  });

  it("names every export", async () => {
    const names = Object.keys(await import("./index.ts"));
    expect(names.filter((name) => !page.includes(name))).toEqual([]);
  });
});
