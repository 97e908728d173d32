import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { importFiles } from "@stax/testing";
import { describe, expect, it } from "vitest";
import { adapter } from "./index.ts";
import { applicationOf, readMdc } from "./mdc.ts";

const folder = join(import.meta.dirname, "../../../../shared/corpus/cursorrules/rules");
const isThere = existsSync(folder);

describe.skipIf(!isThere)(`people's rules${isThere ? "" : ` (skipped: ${folder} is not there)`}`, () => {
  it("O11 each file is read as Cursor reads it, word for word, or what differs is reported", async () => {
    const texts = Object.fromEntries(
      readdirSync(folder).map((name) => [`.cursor/rules/${name}`, readFileSync(join(folder, name), "utf8")]),
    );
    const { layers, outcomes, said } = await importFiles(adapter, texts);
    const rules = new Map((layers.rules?.rules ?? []).map((rule) => [rule.id, rule]));
    expect(rules.size).toBeGreaterThan(200);
    expect(rules.size).toBe(Object.keys(texts).length);
    for (const finding of said) expect(finding).toMatch(/^import-(?:changed|left) \S+: globs: /);
    for (const [path, text] of Object.entries(texts)) {
      const rule = rules.get(path.slice(".cursor/rules/".length).replace(/\.mdc$/, ".md"));
      const mdc = readMdc(text);
      expect(outcomes[path], path).toMatch(/^(?:carried|translated)$/);
      expect(text.endsWith(rule?.body ?? "?"), path).toBe(true);
      if (mdc === undefined) continue;
      expect(rule?.scope, path).toBe(applicationOf(mdc));
      if (mdc.fields.description !== "") expect(rule?.description, path).toBe(mdc.fields.description);
    }
  });
});
