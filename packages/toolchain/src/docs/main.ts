import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../workspace.ts";
import { pages } from "./pages.ts";

// `pnpm docs` writes the generated pages; `pnpm docs --check` says which are stale and changes nothing.
const { values } = parseArgs({ options: { check: { type: "boolean" } } });

for (const { path, generate } of pages) {
  try {
    const text = await generate();
    const file = join(root, path);
    if (text === readOptional(file)) continue;
    if (values.check) {
      console.error(`${path} is stale: run \`pnpm docs\``);
      process.exitCode = 1;
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      console.log(`wrote ${path}`);
    }
  } catch (error) {
    console.error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
