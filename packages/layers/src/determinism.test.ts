import { execFileSync } from "node:child_process";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { directoryOf } from "./temporary.fixture.ts";

const script = fileURLToPath(new URL("digest-of.fixture.ts", import.meta.url));
const content = {
  "A.md": "1",
  "a.txt": "2",
  "ä/ö.md": "ü",
  "z/I.md": "dotted and dotless i sort differently in Turkish",
  "z/i.md": "x",
  "n.bin": Buffer.from(Array.from({ length: 300_000 }, (_, i) => Math.imul(i, 2654435761) >> 9)),
};

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly umask?: string;
  readonly cwd?: string;
  readonly time?: number;
}

function digestIn({ env = {}, umask = "022", cwd, time = 0 }: Surroundings): string {
  const root = directoryOf(content);
  for (const path of Object.keys(content)) utimesSync(join(root, path), time, time);
  const command = 'umask "$1"; shift; exec "$@"';
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", "--conditions=stax:source", script, root];
  return execFileSync("sh", ["-c", command, "sh", umask, ...node], {
    encoding: "utf8",
    cwd: cwd ?? root,
    env: { PATH: process.env.PATH ?? "", ...env },
  });
}

describe("the digest of a directory", () => {
  const expected = "sha256:63b06943de2454a143709de6ed9ed10a38033fa34efae3c394341e74b8d70eb4";

  it.each<[string, Surroundings]>([
    ["as a rule", {}],
    ["another time zone", { env: { TZ: "Asia/Kathmandu" } }],
    ["a Turkish locale", { env: { LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8" } }],
    ["the C locale", { env: { LC_ALL: "C" } }],
    ["another umask", { umask: "077" }],
    ["another working directory", { cwd: "/" }],
    ["other times of files", { time: 1_700_000_000 }],
    ["SOURCE_DATE_EPOCH", { env: { SOURCE_DATE_EPOCH: "1700000000" } }],
    ["pako", { env: { STAX_COMPRESSOR: "pako" } }],
  ])("S00-15 S03-08 S03-11 is the same with %s", (_, surroundings) => {
    expect(digestIn(surroundings)).toBe(expected);
  });
});
