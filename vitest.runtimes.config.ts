import { defineConfig, mergeConfig } from "vitest/config";
import base from "./vitest.config.ts";

// Tests that ask the runtimes' own clients: each skips itself, with the reason, where its client is missing.
const { test, ...shared } = base;
const { projects: _projects, ...options } = test ?? {};

export default mergeConfig(
  { ...shared, test: options },
  defineConfig({
    test: {
      include: ["{packages,adapters,apps}/**/*.runtime.test.ts"],
      exclude: ["**/node_modules/**", "**/dist/**"],
      globalSetup: "packages/testing/src/clients/global-setup.ts",
      testTimeout: 180_000,
      hookTimeout: 180_000,
    },
  }),
);
