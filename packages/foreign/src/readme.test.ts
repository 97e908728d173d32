import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const plugin = {
  ".claude-plugin/plugin.json": '{ "name": "review-kit", "version": "1.2.0", "description": "Reviews" }',
  "skills/review/SKILL.md": "---\nname: review\ndescription: Reviews\n---\nReview.\n",
  "commands/release.md": "---\nname: release\ndescription: Releases\n---\nRelease.\n",
  "agents/critic.md": "---\nname: critic\ndescription: Criticises\n---\nBe strict.\n",
  ".mcp.json": '{ "mcpServers": { "docs": { "command": "docs" } } }',
  "hooks/hooks.json": "{}",
};

it("README: the example prints what the page says", () => {
  const page = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, example = "", output = ""] = /```ts\n([\s\S]*?)```\s+```\n([\s\S]*?)```/.exec(page) ?? [];
  const root = mkdtempSync(join(tmpdir(), "stax-readme-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(plugin)) {
    const path = join(root, "vendor/review-kit", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const source = (path: string) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
  const runnable = example
    .replace('"@stax/foreign"', source("index.ts"))
    .replace('"@stax/errors"', source("../../errors/src/index.ts"));
  writeFileSync(join(root, "example.mts"), runnable);
  const node = ["--disable-warning=ExperimentalWarning", "--conditions=stax:source", join(root, "example.mts")];
  expect(execFileSync(process.execPath, node, { cwd: root, encoding: "utf8" })).toBe(output);
});
