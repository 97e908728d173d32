import { defineConfig, type Options } from "tsup";

/** library: how every published package is built. Declarations come from tsc, not from here. */
export const library = (options: Options = {}): ReturnType<typeof defineConfig> =>
  defineConfig({
    entry: ["src/index.ts"],
    format: "esm",
    target: "node22",
    platform: "node",
    dts: false,
    sourcemap: false,
    clean: true,
    silent: true,
    ...options,
  });
