import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../workspace.ts";

/** ExampleCopy is a copy of `docs/examples/backend-engineer` that a test may do with as it likes. */
export interface ExampleCopy {
  readonly directory: string;
  /** Of its artifact store, once something was built. */
  readonly layout: string;
  readonly remove: () => void;
}

/** copyExample copies the example into a directory of its own, below a name of the given length. */
export function copyExample(prefix = "stax-example-"): ExampleCopy {
  const outer = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  const directory = join(outer, "agent");
  cpSync(join(root, "docs/examples/backend-engineer"), directory, { recursive: true });
  return {
    directory,
    layout: join(directory, ".stax/artifacts"),
    remove: () => rmSync(outer, { recursive: true, force: true }),
  };
}

/** Surroundings are what must not matter to a build. */
export interface Surroundings {
  readonly umask?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const sources = ["--conditions=stax:source", join(root, "apps/cli/src/bin.ts")];

/** stax runs the command from its sources and gives what it prints; it throws with stderr when the command fails. */
export function stax(
  { directory }: ExampleCopy,
  args: readonly string[],
  { umask = "022", env = {} }: Surroundings = {},
): string {
  const script = 'umask "$1"; shift; exec "$@"';
  const home = join(directory, "../home");
  return execFileSync("/bin/sh", ["-c", script, "sh", umask, process.execPath, ...sources, ...args], {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      HOME: home,
      STAX_CACHE_DIR: join(home, "cache"),
      STAX_CONFIG_DIR: join(home, "config"),
      ...env,
    },
  });
}

/** digestsOf lists what a layout's index names: reference and digest, sorted. */
export function digestsOf({ layout }: ExampleCopy): readonly string[] {
  const index: { manifests: readonly { digest: string; annotations?: Record<string, string> }[] } = JSON.parse(
    readFileSync(join(layout, "index.json"), "utf8"),
  );
  return index.manifests
    .map(({ digest, annotations }) => `${annotations?.["org.opencontainers.image.ref.name"] ?? ""} ${digest}`)
    .sort();
}
