#!/usr/bin/env node
// Must parse and run on any Node that knows ES modules: it is what tells people that theirs is too old. Nothing is imported
// statically but what is needed for that, so that `stax --version` costs little more than Node itself.
import { rememberCode } from "./code-cache.ts";
import { version } from "./version.ts";

const supported = "^22.22.2 || ^24.15.0 || >=26";

function isSupported(node: string): boolean {
  const [major = 0, minor = 0, patch = 0] = node.split(".").map(Number);
  if (major === 22) return minor > 22 || (minor === 22 && patch >= 2);
  if (major === 24) return minor >= 15;
  return major >= 26;
}

if (!isSupported(process.versions.node)) {
  process.stderr.write(
    `stax ${version} needs Node.js ${supported}; this is ${process.versions.node} (${process.execPath})\n`,
  );
  process.exitCode = 1;
} else if (process.argv.length === 3 && process.argv[2] === "--version") {
  process.stdout.write(`${version}\n`);
} else {
  rememberCode(process.env);
  import("./main.ts").then(({ main }) => main(process.argv.slice(2)));
}
