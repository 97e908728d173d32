import { defineConfig } from "vitest/config";

// Tests read the sources of the workspace's packages, not their builds.
const conditions = ["stax:source", "node", "import", "module", "default"];

// CI counts the tests in this file; see .ci/run and pnpm conformance.
const report = process.env.STAX_TEST_REPORT;

const exclude = ["**/node_modules/**", "**/dist/**", "**/*.interop.test.ts", "**/*.runtime.test.ts", "**/fixtures/**"];

// These are functions of their arguments and of fresh directories: their files share a worker, which saves loading everything for each.
const pure = "{adapters/*,packages/{errors,schema,materialize,foreign}}/**/*.test.ts";

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      { extends: true, test: { name: "pure", include: [pure], exclude, isolate: false } },
      {
        extends: true,
        test: { name: "apart", include: ["{packages,adapters,apps}/**/*.test.ts"], exclude: [...exclude, pure] },
      },
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});
