import { describe, expect, it } from "vitest";
import { createLimit } from "../limit.ts";
import { LockIndex } from "../lock/lock-index.ts";
import { GraphLoader } from "./load-graph.ts";
import type { LoadedEdge, PackageLoader } from "./load-package.ts";
import { tagTarget } from "./target.ts";

const edgeTo = (name: string): LoadedEdge => ({
  declared: name,
  outcome: { ok: true, value: tagTarget({ registry: "ghcr.io", repository: name }, "1.0.0") },
});

describe("GraphLoader", () => {
  it("gives up on a registry that makes up a hundred more packages below each", async () => {
    let loaded = 0;
    const loader: Pick<PackageLoader, "load"> = {
      load: async (target) => {
        const edges = Array.from({ length: 100 }, () => edgeTo(`p${loaded++}`));
        return { target, edges, diagnostics: [] };
      },
    };
    const options = { lock: new LockIndex(undefined), frozen: false, limit: createLimit(16) };
    const graph = new GraphLoader(loader, options);
    await expect(graph.load([edgeTo("first")], {})).rejects.toMatchObject({ code: "ERR_STAX_DEPENDENCY_COUNT" });
    expect(loaded).toBeLessThan(100 * 10_001);
  });
});
