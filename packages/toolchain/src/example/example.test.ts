import { chmodSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { copyExample, digestsOf, type ExampleCopy, stax } from "./example.fixture.ts";

const copies: ExampleCopy[] = [];
const copy = (prefix?: string): ExampleCopy => {
  const made = copyExample(prefix);
  copies.push(made);
  return made;
};
afterAll(() => {
  for (const { remove } of copies) remove();
});

describe("docs/examples/backend-engineer", () => {
  it("validates without a warning", () => {
    const { diagnostics } = JSON.parse(stax(copy(), ["validate", "agent.ts", "--json"]));
    expect(diagnostics.filter(({ severity }: { severity: string }) => severity !== "info")).toEqual([]);
  });

  it("S00-15 S03-76 builds to the same digests from another directory, umask, time zone, locale and modification times", () => {
    const here = copy();
    const there = copy("stax-another-directory-with-a-longer-name-");
    touch(there.directory, new Date("2001-02-03T04:05:06Z"));
    stax(here, ["build", "agent.ts", "--all-personas", "--index"]);
    const env = { TZ: "Pacific/Chatham", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8" };
    stax(there, ["build", "agent.ts", "--all-personas", "--index"], { umask: "077", env });
    expect(digestsOf(there)).toEqual(digestsOf(here));
    expect(digestsOf(here).length).toBeGreaterThanOrEqual(3);
  });

  it("uses every layer kind that an agent may carry", () => {
    const here = copy();
    stax(here, ["build", "agent.ts"]);
    const { data } = JSON.parse(stax(here, ["inspect", "backend-engineer:1.4.0", "--json"]));
    expect(JSON.stringify(data)).toContain("application/vnd.stax.memory.v1.tar+gzip");
    expect(data.layers).toHaveLength(12);
  });
});

// Times and group and other permissions; the executable bit of the owner is content.
function touch(directory: string, time: Date): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) chmodSync(path, path.endsWith(".sh") ? 0o700 : 0o600);
    utimesSync(path, time, time);
  }
}
