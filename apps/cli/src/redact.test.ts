import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedact, redactDeep } from "./redact.ts";

describe("createRedact", () => {
  it("S11-09 replaces values of variables that look like secrets by the variable's name", () => {
    const redact = createRedact({
      GITHUB_TOKEN: "ghp_0123456789abcdef",
      DB_PASSWORD: "correct horse",
      HOME: "/home/ann",
    });
    expect(redact("bad ghp_0123456789abcdef in /home/ann: correct horse")).toBe(
      "bad [GITHUB_TOKEN] in /home/ann: [DB_PASSWORD]",
    );
  });

  it("S11-10 replaces them wherever they stand, whole, line by line and as JSON writes them", () => {
    const key = '-----BEGIN "KEY"-----\nMIIEvQIBADANBg\n-----END KEY-----';
    const redact = createRedact({ SIGNING_PRIVATE_KEY: key });
    for (const text of [key, JSON.stringify({ key }), "found MIIEvQIBADANBg here"])
      expect(redact(text)).not.toContain("MIIEvQIBADANBg");
  });

  it("S11-09 replaces what was passed by --env whatever its name is, and passwords in URLs", () => {
    const redact = createRedact({ CUSTOMER: "acme-internal" }, ["CUSTOMER"]);
    expect(redact("for acme-internal at https://ann:s3cret@ghcr.io/v2/")).toBe(
      "for [CUSTOMER] at https://[redacted]@ghcr.io/v2/",
    );
  });

  it("S11-09 replaces what was typed, a short one where it stands alone, and cuts nothing out of words", () => {
    const redact = (typed: string) => createRedact({}, [], new Set([typed]));
    expect(redact("longer-password")("xlonger-passwordx")).toBe("x[secret]x");
    expect(redact("a.b$")("no a.b$; (a.b$) or xa.b$")).toBe("no [secret]; ([secret]) or xa.b$");
    expect(redact("cat")("concatenated: a cat")).toBe("concatenated: a cat");
    expect(redact("e")("the registry refuses these")).toBe("the registry refuses these");
  });

  it("leaves names of places and short words alone", () => {
    const redact = createRedact({
      SSH_AUTH_SOCK: "/tmp/ssh-1/agent",
      REGISTRY_AUTH_FILE: "/run/auth.json",
      PWD: "/work/project",
      DEBUG_KEY: "1",
    });
    expect(redact("/tmp/ssh-1/agent /run/auth.json /work/project 1")).toBe(
      "/tmp/ssh-1/agent /run/auth.json /work/project 1",
    );
  });

  it("S11-09 leaves no secret in any text or value", () => {
    const secret = fc
      .string({ minLength: 8 })
      .filter((value) => value.trim().length >= 8 && !"[API_TOKEN]".includes(value.trim()));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        const redact = createRedact({ API_TOKEN: value });
        expect(redact(before + value + after).replaceAll("[API_TOKEN]", "\0")).not.toContain(value);
        const deep = redactDeep({ list: [{ [`${before}${value}`]: value }] }, redact);
        expect(JSON.stringify(deep).replaceAll("[API_TOKEN]", "\0")).not.toContain(JSON.stringify(value).slice(1, -1));
      }),
    );
  });
});
