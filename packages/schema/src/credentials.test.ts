import { describe, expect, it } from "vitest";
import { findCredentials, namesCredential } from "./index.ts";

// Put together here, so that no scanner takes this file for a leak.
const random = "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzC7Rf2Kq9";
const samples: readonly (readonly [what: string, value: string])[] = [
  ["a GitHub token", `ghp_${random.slice(0, 36)}`],
  ["a GitHub token", `github_pat_${random.slice(0, 22)}_${random}${random.slice(0, 18)}`],
  ["a GitLab token", `glpat-${random.slice(0, 20)}`],
  ["an AWS access key", `AKIA${"QY3TEG5RZ6N7VWXJ"}`],
  ["a Slack token", `xoxb-${"2873645019"}-${random.slice(0, 24)}`],
  ["an Anthropic key", `sk-ant-api03-${random}`],
  ["an OpenAI key", `sk-${random}${random.slice(0, 10)}`],
  ["an OpenAI key", `sk-proj-${random}_${random}`],
  ["a Google API key", `AIza${random.slice(0, 35)}`],
  ["an npm token", `npm_${random.slice(0, 36)}`],
  ["a Stripe key", `sk_live_${random.slice(0, 24)}`],
  ["a private key", `-----BEGIN RSA PRIVATE KEY-----\n${random}\n`],
  ["a private key", `-----BEGIN PRIVATE KEY-----\\n${random}`],
];

describe("findCredentials", () => {
  it.each(samples)("finds %s in prose, by place and never by value", (what, value) => {
    for (const [before, after] of [
      ["", ""],
      ["Use `", "` for it."],
      ["token=", "\nmore"],
      ["é (", ")"],
    ] as const)
      expect(findCredentials(`${before}${value}${after}`)).toEqual([{ what, offset: before.length }]);
  });

  it.each([
    ["stand-ins", `ghp_${"x".repeat(36)} sk-ant-api03-your_key_here_0123456789 AKIAIOSFODNN7EXAMPLE`],
    [
      "prefixes that somebody writes about",
      "Tokens begin with ghp_, glpat-, xoxb- or sk-ant-; -----BEGIN PRIVATE KEY----- opens a key.",
    ],
    ["words joined by hyphens", "sk-circle-fade-dot-loading-indicator-number-one-of-12-animations"],
    ["parts of longer words", `task-${random}${random} ask-ant-api03-${random}`],
    ["variables", "$GITHUB_TOKEN ${OPENAI_API_KEY} {{persona.name}}"],
    [
      "digests and UUIDs",
      "sha256:9cd4d143474a5fd3921f8eeea8f8d2ae115ff6df5c8b1b29cbb15a2cbe72a048 0e0b1f9c-4c2f-4a57-9d0c-0f4a1c1f9e77",
    ],
  ])("leaves %s alone", (_, text) => {
    expect(findCredentials(text)).toEqual([]);
  });

  it("finds each of several", () => {
    const [one, two] = [`npm_${random.slice(0, 36)}`, `AIza${random.slice(0, 35)}`];
    expect(findCredentials(`${one}\n${two} ${one}`).map(({ offset }) => offset)).toEqual([0, 41, 81]);
  });
});

describe("namesCredential", () => {
  it("goes by the last word of a name", () => {
    for (const name of [
      "DB_PASSWORD",
      "TOKEN",
      "githubToken",
      "API_KEY",
      "client-secret",
      "OPENAI_APIKEY",
      "AWS_SECRET_ACCESS_KEY",
    ])
      expect(namesCredential(name), name).toBe(true);
    for (const name of ["MAX_TOKENS", "TOKEN_LIMIT", "KEYBOARD", "SORT_KEY", "PATH", "PASSWORD_FILE", "SECRETARY"])
      expect(namesCredential(name), name).toBe(false);
  });
});
