import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { importFiles } from "@stax/testing";
import { describe, expect, it } from "vitest";
import { adapter } from "./index.ts";

const folder = join(import.meta.dirname, "../../../../shared/corpus/copilot/instructions");
const isThere = existsSync(folder);

describe.skipIf(!isThere)(`people's instructions${isThere ? "" : ` (skipped: ${folder} is not there)`}`, () => {
  it("O11 each file is read, word for word, for the files that it names; what has no place is named", async () => {
    const texts = Object.fromEntries(
      readdirSync(folder).map((name) => [`.github/instructions/${name}`, readFileSync(join(folder, name), "utf8")]),
    );
    const { layers, outcomes, said } = await importFiles(adapter, texts);
    const rules = new Map((layers.rules?.rules ?? []).map((rule) => [rule.id, rule]));
    expect(rules.size).toBeGreaterThan(150);
    expect(rules.size).toBe(Object.keys(texts).length);
    const left = said.filter((finding) => finding.startsWith("import-left "));
    for (const finding of left) expect(finding).toMatch(/: (?:name|title|excludeAgent): /);
    for (const [path, text] of Object.entries(texts)) {
      const rule = rules.get(path.slice(".github/instructions/".length).replace(/\.instructions\.md$/, ".md"));
      expect(outcomes[path], path).toMatch(/^(?:carried|translated)$/);
      expect(text.endsWith(rule?.body ?? "?"), path).toBe(true);
      const applyTo = /^applyTo:[ \t]*(.*)$/m.exec(text.split(/^---\s*$/m)[1] ?? "")?.[1] ?? "";
      const all = /^$|^\[?\s*["']?\*{1,2}["']?\s*\]?$/.test(applyTo.trim());
      expect(rule?.scope, path).toBe(all ? "always" : "glob");
    }
  });
});
