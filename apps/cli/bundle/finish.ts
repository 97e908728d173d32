import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { licensesOf } from "./licenses.ts";
import { vendorTypes } from "./vendor-types.ts";

// What tsup leaves to do: licences of what is inside, types for authors' editors, and the promise about the size.
const home = fileURLToPath(new URL("..", import.meta.url));
const dist = join(home, "dist");
const limit = 6 * 1024 * 1024;
const adapters = [
  "claude-code",
  "codex",
  "cursor",
  "gemini-cli",
  "generic",
  "github-copilot",
  "openclaw",
  "opencode",
  "windsurf",
];

const metafiles = readdirSync(dist).filter((name) => /^metafile-.*\.json$/.test(name));
const inputs = metafiles.flatMap((name) => {
  const metafile = JSON.parse(readFileSync(join(dist, name), "utf8")) as { inputs: Record<string, unknown> };
  return Object.keys(metafile.inputs);
});
writeFileSync(join(dist, "THIRD-PARTY-LICENSES"), licensesOf(inputs, home));
for (const name of metafiles) rmSync(join(dist, name));

vendorTypes([
  { source: join(home, "src/index.ts"), target: join(dist, "types/cli/index.d.ts") },
  ...adapters.map((name) => ({
    source: join(home, "../../adapters", name, "dist/index.d.ts"),
    target: join(dist, "types", name, "index.d.ts"),
  })),
  {
    source: join(home, "../../adapters/openclaw/dist/profile.d.ts"),
    target: join(dist, "types/openclaw-profile/index.d.ts"),
  },
]);

const files = readdirSync(dist, { recursive: true, encoding: "utf8" }).map((file) => statSync(join(dist, file)));
const size = files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
if (size > limit) throw new Error(`the bundle has ${size} bytes; it promises to stay under ${limit}`);
console.log(`dist: ${files.length} files, ${(size / 1024 / 1024).toFixed(2)} MiB`);
