/** ClientPackage is a runtime's client on npm, pinned: its newest version that fits this Node may be an old one. */
export interface ClientPackage {
  readonly name: string;
  readonly package: string;
  readonly version: string;
  /** Below `node_modules`, with `{arch}` for x64 or arm64. Install scripts do not run. */
  readonly binary: string;
}

/** clientPackages are the clients that can be asked without a network, by the name of their adapter. */
export const clientPackages = {
  "claude-code": {
    name: "claude-code",
    package: "@anthropic-ai/claude-code",
    version: "2.1.329",
    binary: "@anthropic-ai/claude-code-linux-{arch}/claude",
  },
  codex: {
    name: "codex",
    package: "@openai/codex",
    version: "0.169.0",
    binary: "@openai/codex-linux-{arch}/vendor/x86_64-unknown-linux-musl/bin/codex",
  },
  opencode: {
    name: "opencode",
    package: "opencode-ai",
    version: "1.18.33",
    binary: "opencode-linux-{arch}/bin/opencode",
  },
  "github-copilot": {
    name: "copilot",
    package: "@github/copilot",
    version: "1.0.102",
    binary: "@github/copilot-linux-{arch}/copilot",
  },
  "gemini-cli": {
    name: "gemini-cli",
    package: "@google/gemini-cli",
    version: "0.61.0",
    binary: ".bin/gemini",
  },
  openclaw: {
    name: "openclaw",
    package: "openclaw",
    version: "2026.9.6",
    binary: "openclaw/openclaw.mjs",
  },
  // The editor is not on npm; the SDK brings the loader of its local agent along.
  cursor: {
    name: "cursor-sdk",
    package: "@cursor/sdk",
    version: "1.0.32",
    binary: "@cursor/sdk/package.json",
  },
} as const satisfies Readonly<Record<string, ClientPackage>>;

/** ClientName is the name of an adapter whose runtime has a client. */
export type ClientName = keyof typeof clientPackages;
