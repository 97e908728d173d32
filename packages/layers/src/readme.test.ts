import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { directoryOf } from "./temporary.fixture.ts";

it("README: the example prints what the page says", () => {
  const page = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, example = "", output = ""] = /```ts\n([\s\S]*?)```\s+```\n([\s\S]*?)```/.exec(page) ?? [];
  const root = directoryOf({
    "skills/fix-issue/SKILL.md": "---\nname: fix-issue\ndescription: Fix an issue.\n---\nDo it.\n",
  });
  const library = fileURLToPath(new URL("index.ts", import.meta.url));
  writeFileSync(join(root, "example.ts"), example.replace('"@stax/layers"', JSON.stringify(library)));
  const node = ["--disable-warning=ExperimentalWarning", "--conditions=stax:source", join(root, "example.ts")];
  expect(execFileSync(process.execPath, node, { cwd: root, encoding: "utf8" })).toBe(output);
});
