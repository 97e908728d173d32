import { defineConfig } from "vitest/config";

// Tests read the sources of the workspace's packages, not their builds.
const conditions = ["stax:source", "node", "import", "module", "default"];

// CI counts the tests in this file; see .ci/run and pnpm conformance.
const report = process.env.STAX_TEST_REPORT;

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["{packages,adapters,apps}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/*.interop.test.ts", "**/*.runtime.test.ts", "**/fixtures/**"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});
