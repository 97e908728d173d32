import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyExample, digestsOf, type ExampleCopy, stax } from "./example.fixture.ts";

const reference = "backend-engineer:1.4.0-ines-duarte";

function isInstalled(tool: string): boolean {
  try {
    execFileSync(tool, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const using = (tool: string, body: () => void): unknown =>
  isInstalled(tool)
    ? describe(tool, body)
    : describe.skip(`${tool} (skipped: it is not installed; apt-get install ${tool})`, body);

describe("X-17 a layout that stax build wrote", () => {
  let example: ExampleCopy;
  let expected = "";

  beforeAll(() => {
    example = copyExample();
    stax(example, ["build", "agent.ts", "--all-personas", "--index"]);
    expected =
      digestsOf(example)
        .find((entry) => entry.startsWith(`${reference} `))
        ?.split(" ")[1] ?? "";
  });
  afterAll(() => example.remove());

  using("skopeo", () => {
    it("is inspected: the manifest's bytes are those of its digest", () => {
      const raw = execFileSync("skopeo", ["inspect", "--raw", `oci:${example.layout}:${reference}`]);
      expect(`sha256:${createHash("sha256").update(raw).digest("hex")}`).toBe(expected);
      expect(JSON.parse(raw.toString()).artifactType).toBe("application/vnd.stax.agent.v1");
    });

    it("is copied with its digests", () => {
      const target = join(example.directory, "../copied");
      const policy = ["--insecure-policy"];
      execFileSync("skopeo", [
        ...policy,
        "copy",
        "--quiet",
        `oci:${example.layout}:${reference}`,
        `oci:${target}:${reference}`,
      ]);
      expect(digestsOf({ ...example, layout: target })).toEqual([`${reference} ${expected}`]);
    });
  });

  using("umoci", () => {
    it("is listed: every artifact by its name", () => {
      const listed = execFileSync("umoci", ["ls", "--layout", example.layout], { encoding: "utf8" }).trim().split("\n");
      expect(listed).toEqual(
        expect.arrayContaining([reference, "backend-engineer:1.4.0-tomas-vrana", "backend-engineer:1.4.0-personas"]),
      );
    });
  });
});
