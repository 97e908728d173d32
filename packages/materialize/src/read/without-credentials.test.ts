import { describe, expect, it } from "vitest";
import { heard } from "./toy.fixture.ts";
import { isOpaque, looksSecret, promisesCredential, withoutCredentials } from "./without-credentials.ts";

describe("promisesCredential", () => {
  it.each([
    "API_KEY",
    "--token",
    "clientSecret",
    "X-Api-Key",
    "Authorization",
    "GITHUB_TOKEN_1",
    "pgPassword",
    "apikey",
    "DB_PASS",
    "cookie",
  ])("is so of %s", (name) => {
    expect(promisesCredential(name)).toBe(true);
  });
  it.each(["MAX_TOKENS", "TOKEN_LIMIT", "keyboard", "monkeys", "KEY_FILE", "compass", "path", "", "--"])(
    "is not so of %j",
    (name) => {
      expect(promisesCredential(name)).toBe(false);
    },
  );
});

describe("isOpaque", () => {
  it.each(["0123abcd-0123-0123-0123-0123456789ab", "x_Ab12Cd34Ef56Gh78"])("is so of %s", (text) =>
    expect(isOpaque(text)).toBe(true),
  );
  it.each(["modelcontextprotocol", "claude-3-5-sonnet-20241022", "2026-01-01", "v1", "1234567890123456"])(
    "is not so of %s",
    (text) => expect(isOpaque(text)).toBe(false),
  );
});

describe("looksSecret", () => {
  it.each([
    `ghp_${"a1B2".repeat(9)}`,
    "curl -H 'Authorization: Bearer abc123def456'",
    "Bash(API_KEY=abcdefgh run)",
    "https://u:pw@x.example",
    'token: "abcdefghij"',
  ])("is so of %s", (text) => expect(looksSecret(text)).toBe(true));
  it.each([
    "Bash(git log:*)",
    "API_KEY=$API_KEY run",
    "see the basic configuration",
    "https://x.example/a:b@c",
    "token: short",
    "env_key=OPENAI_API_KEY",
    "Read(./.env)",
  ])("is not so of %s", (text) => expect(looksSecret(text)).toBe(false));
  it("ends soon", () => {
    const start = performance.now();
    for (const text of ["a".repeat(200_000), "token ".repeat(50_000), "://a:".repeat(20_000), "Bearer ".repeat(30_000)])
      looksSecret(text);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});

describe("withoutCredentials", () => {
  it("takes them out by shape and by name, at any depth, and keeps names of variables and keys of a keyboard", () => {
    const { context, said } = heard();
    const clean = withoutCredentials(
      {
        a: [{ apiKey: "x", env_key: "OPENAI_KEY", ref: "$X" }],
        key: "ctrl+k",
        password: "",
        deep: { token: "$T", secret: "s" },
        n: 1,
      },
      "p",
      context,
    );
    expect(clean).toEqual({
      a: [{ env_key: "OPENAI_KEY", ref: "$X" }],
      key: "ctrl+k",
      password: "",
      deep: { token: "$T" },
      n: 1,
    });
    expect(said.map((text) => text.split(": ")[1]?.split(" ")[0])).toEqual(["a.apiKey", "deep.secret"]);
  });
});
