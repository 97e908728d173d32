import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apply, compose, plan, Root, readRecord, render } from "@stax/materialize";
import { sampleLayers } from "@stax/testing";
import { expect, it } from "vitest";
import { adapter, claudeCode } from "./index.ts";

it("writes and finds nothing to do the second time", async () => {
  const dir = mkdtempSync(join(tmpdir(), "stax-"));
  const rendering = render(
    await sampleLayers(),
    adapter,
    claudeCode({ model: "opus", permissions: { allowedTools: ["Read"] } }),
  );
  const composed = compose([rendering]);
  const root = Root.at(dir);
  const first = await plan(composed, readRecord(root), root);
  await apply(first, root);
  const second = await plan(composed, readRecord(root), root);
  expect(second.changes).toEqual([]);
  expect(second.conflicts).toEqual([]);
  rmSync(dir, { recursive: true });
});
