import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readEntry } from "@stax/schema";
import { describe, expect, it } from "vitest";
import { readArchive, readTree } from "./index.ts";
import { packed } from "./raw-archive.fixture.ts";

const corpus = fileURLToPath(new URL("../../../../shared/corpus", import.meta.url));
const collections = ["superpowers/skills", "cursorrules/rules", "agents-marketplace/plugins", "copilot/instructions"];

describe.skipIf(!existsSync(corpus))("people's files (../shared/corpus; skipped where it is not there)", () => {
  it.each(collections)("S03-16 S03-17 S03-18 packs every file of %s byte for byte", async (collection) => {
    const root = join(corpus, collection);
    const { tree, diagnostics } = await readTree(root);
    expect(diagnostics).toEqual([]);
    expect(tree.length).toBeGreaterThan(30);
    const layer = await packed(tree);
    const back = await readArchive([layer.bytes]);
    expect(back.tree.map(({ path }) => path)).toEqual(tree.map(({ path }) => path));
    for (const entry of back.tree) {
      const original = readFileSync(join(root, entry.path));
      expect(original.equals(await readEntry(entry, 1 << 30)), entry.path).toBe(true);
    }
  });
});
