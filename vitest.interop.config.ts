import { defineConfig, mergeConfig } from "vitest/config";
import base from "./vitest.config.ts";

// Tests against foreign tools (skopeo, umoci, git, …): each skips itself, with the reason, where its tool is missing.
const { test, ...shared } = base;
const { projects: _projects, ...options } = test ?? {};

export default mergeConfig(
  { ...shared, test: options },
  defineConfig({
    test: {
      include: ["{packages,adapters,apps}/**/*.interop.test.ts"],
      exclude: ["**/node_modules/**", "**/dist/**"],
      testTimeout: 120_000,
    },
  }),
);
