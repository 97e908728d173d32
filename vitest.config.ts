import { defineConfig } from "vitest/config";

// Tests read the sources of the workspace's packages, not their builds.
const conditions = ["stax:source", "node", "import", "module", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["{packages,adapters,apps}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/*.interop.test.ts", "**/fixtures/**"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
