import { describe, expect, it } from "vitest";
import { profileDefinitionSchema } from "./profile.ts";

const problems = (openclaw: Record<string, unknown>) => {
  const result = profileDefinitionSchema.safeParse({ name: "p", version: "1.0.0", profileType: "openclaw", openclaw });
  return (result.error?.issues ?? []).map(({ path }) => path.join("."));
};

describe("the openclaw part of a profile", () => {
  it.each([
    "token",
    "botToken",
    "TOKEN",
    "gatewayTokens",
    "secret",
    "clientSecret",
    "password",
    "apiKey",
    "api_key",
    "API-KEY",
    "credentials",
    "session",
    "sessionStore",
    "cookie",
  ])("B27 S21-04 S21-05 S21-06 refuses the key %s wherever it stands", (key) => {
    expect(problems({ [key]: "abc" })).toEqual([`openclaw.${key}`]);
    expect(problems({ agents: { entries: { a: { [key]: { x: 1 } } } } })).toEqual([`openclaw.agents.entries.a.${key}`]);
    expect(problems({ bindings: [{}, { [key]: "abc" }] })).toEqual([`openclaw.bindings.1.${key}`]);
  });
  it("S21-06 refuses strings that look like credentials, whatever their key says", () => {
    expect(problems({ models: { note: `ghp_${"a".repeat(36)}` } })).toEqual(["openclaw.models.note"]);
    expect(problems({ models: { list: ["x", `Bearer ${"a".repeat(20)}`] } })).toEqual(["openclaw.models.list.1"]);
  });
  it("takes numbers of tokens for what they are", () => {
    expect(problems({ models: { maxTokens: 4096, contextTokens: 8192 } })).toEqual([]);
    expect(problems({ models: { maxTokens: "4096" } })).toEqual(["openclaw.models.maxTokens"]);
  });
  it("takes what is portable", () => {
    expect(problems({ agents: { defaults: { model: "anthropic/claude-opus-4-5", skipBootstrap: true } } })).toEqual([]);
  });
});
