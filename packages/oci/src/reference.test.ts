import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatReference,
  formatRepositoryName,
  OciError,
  parseDigest,
  parseReference,
  parseRepositoryName,
  type Reference,
} from "./index.ts";

const hex = "0123456789abcdef".repeat(4);
const digest = parseDigest(`sha256:${hex}`);

const component = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/);
const registry = fc.oneof(
  fc.constantFrom("localhost", "localhost:5000", "ghcr.io", "127.0.0.1:5000", "[::1]:5000", "[fe80::1]", "A.example"),
  fc.stringMatching(/^[a-z0-9]{1,8}(\.[a-z0-9]{1,8}){1,3}(:[1-9][0-9]{0,3})?$/),
);
const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/);
const digests = fc.oneof(
  fc.stringMatching(/^[a-f0-9]{64}$/).map((encoded) => parseDigest(`sha256:${encoded}`)),
  fc.stringMatching(/^[a-f0-9]{128}$/).map((encoded) => parseDigest(`sha512:${encoded}`)),
);
const reference: fc.Arbitrary<Reference> = fc
  .record({
    registry,
    repository: fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/")),
    selection: fc.oneof(fc.record({ tag }), fc.record({ digest: digests }), fc.record({ tag, digest: digests })),
  })
  .map(({ selection, ...name }) => ({ ...name, ...selection }));

describe("parseReference", () => {
  it.each<[string, Reference]>([
    ["ghcr.io/team/agent:1.0", { registry: "ghcr.io", repository: "team/agent", tag: "1.0" }],
    [`ghcr.io/agent@sha256:${hex}`, { registry: "ghcr.io", repository: "agent", digest }],
    [`localhost:5000/a/b/c:v1@sha256:${hex}`, { registry: "localhost:5000", repository: "a/b/c", tag: "v1", digest }],
    ["[::1]:5000/a:v1", { registry: "[::1]:5000", repository: "a", tag: "v1" }],
    ["localhost/a:v1", { registry: "localhost", repository: "a", tag: "v1" }],
    ["docker.io/library/alpine:3", { registry: "docker.io", repository: "library/alpine", tag: "3" }],
    ["r.io/a__b/c-d.e:_x", { registry: "r.io", repository: "a__b/c-d.e", tag: "_x" }],
  ])("parses %s", (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it("is the inverse of formatReference", () => {
    fc.assert(
      fc.property(reference, (value) => {
        expect(parseReference(formatReference(value))).toEqual(value);
      }),
    );
  });

  it("accepts no text that formats to another one, and throws nothing but REFERENCE_INVALID", () => {
    const piece = fc.constantFrom(
      "a",
      "B",
      "ghcr.io",
      "/",
      ":",
      "@",
      ".",
      "-",
      "_",
      "5000",
      digest,
      "..",
      " ",
      "\u202e",
      "[",
      "]",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        try {
          expect(formatReference(parseReference(text))).toBe(text);
        } catch (error) {
          if (!(error instanceof OciError)) throw error;
          expect(error).toMatchObject({ code: "ERR_STAX_REFERENCE_INVALID", category: "usage" });
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["team/agent:1.0", /first part "team" is no host name/, /docker\.io\/team\/agent:1\.0/],
    ["ghcr.io/agent", /neither a tag nor a digest/, /ghcr\.io\/agent:<tag>/],
    ["ghcr.io", /no repository/, /<registry>\/<repository>/],
    ["ghcr.io/", /no repository/, undefined],
    ["ghcr.io/Team/agent:1", /no repository name/, /lower case: team\/agent/],
    ["https://ghcr.io/a:1", /a URL/, /leave out https:\/\//],
    ["ghcr.io/a:", /no tag/, undefined],
    ["ghcr.io/a:.x", /no tag/, undefined],
    [`ghcr.io/a:${"x".repeat(129)}`, /no tag/, undefined],
    ["ghcr.io/a:b:c", /no tag/, undefined],
    ["ghcr.io/a//b:1", /no repository name/, undefined],
    ["ghcr.io/../b:1", /no repository name/, undefined],
    ["ghcr.io/a/:1", /no repository name/, undefined],
    ["ghcr.io/a---:1", /no repository name/, undefined],
    ["ghcr.io/a..b:1", /no repository name/, undefined],
    [`ghcr.io/${"a".repeat(250)}:1`, /255 characters/, undefined],
    ["ghcr.io:0/a:1", /no host name/, undefined],
    ["ghcr.io:99999/a:1", /no host name/, undefined],
    ["ghcr.io:/a:1", /no host name/, undefined],
    ["-a.io/a:1", /no host name/, undefined],
    ["user:pw@ghcr.io/a:1", /./, undefined],
    ["ghcr.io/a@sha256:abc", /3 hex digits instead of 64/, undefined],
    [`ghcr.io/a@sha256:${hex.toUpperCase()}`, /lower case/, undefined],
    [`ghcr.io/a@md5:${hex}`, /not supported/, undefined],
    [`ghcr.io/a@sha256:../../${hex}`, /no hex digits/, undefined],
    ["ghcr.io/a:1\n", /no tag/, undefined],
    ["", /no repository/, undefined],
  ])("refuses %j", (text, message, hint) => {
    const error = catching(() => parseReference(text));
    expect(error.code).toBe("ERR_STAX_REFERENCE_INVALID");
    expect(error.category).toBe("usage");
    expect(error.message).toMatch(message);
    if (hint !== undefined) expect(error.hint).toMatch(hint);
  });

  it("shows control characters in its message escaped", () => {
    expect(catching(() => parseReference("ghcr.io/\u001b[31ma:1")).message).toContain("\\u{1b}");
  });

  it("takes no time for a long hostile text (ReDoS)", () => {
    const before = performance.now();
    for (const text of [
      `a.io/${"a-".repeat(50_000)}!:1`,
      `${"a.".repeat(50_000)}!/a:1`,
      `a.io/${"-".repeat(100_000)}`,
    ]) {
      catching(() => parseReference(text));
    }
    expect(performance.now() - before).toBeLessThan(5000);
  });
});

describe("parseRepositoryName", () => {
  it("is the inverse of formatRepositoryName", () => {
    const name = { registry: "localhost:5000", repository: "a/b" };
    expect(parseRepositoryName(formatRepositoryName(name))).toEqual(name);
  });
  it("refuses a tag and a digest", () => {
    expect(catching(() => parseRepositoryName("ghcr.io/a:1")).hint).toBe("write ghcr.io/a");
    expect(catching(() => parseRepositoryName(`ghcr.io/a@${digest}`)).hint).toBe("write ghcr.io/a");
  });
});

function catching(work: () => unknown): OciError {
  try {
    work();
  } catch (error) {
    if (error instanceof OciError) return error;
    throw error;
  }
  throw new Error("it did not throw");
}
