import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEntry } from "@stax/schema";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scaffold, scaffoldImport } from "../index.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "stax-scaffold-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const failed = { code: "ERR_STAX_SCAFFOLD_EXISTS" };

describe("scaffold", () => {
  it.skipIf(!existsSync("/proc/self"))("fails at once below /proc, where a recursive mkdir never ends", () => {
    expect(() => scaffold({ directory: "/proc/stax-none/agent", kind: "agent" })).toThrow(
      expect.objectContaining(failed),
    );
  });
  it("leaves no file and no directory behind when one of them cannot be written", () => {
    writeFileSync(join(directory, "skills"), "a file where a directory has to be");
    expect(() => scaffold({ directory, name: "mine", kind: "agent" })).toThrow(expect.objectContaining(failed));
    expect(readdirSync(directory)).toEqual(["skills"]);
  });
});

describe("scaffoldImport", () => {
  it.skipIf(!existsSync("/proc/self"))("fails at once below /proc, where a recursive mkdir never ends", async () => {
    const layers = { knowledge: { files: [fileEntry("a.md", "a")], metadata: {} } };
    await expect(
      scaffoldImport({ directory: "/proc/stax-none/pack", kind: "package", description: "d", layers }),
    ).rejects.toMatchObject(failed);
  });
});
