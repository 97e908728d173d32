import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ArtifactTarget, formatTarget, OciError, parseDigest, parseTarget } from "./index.ts";

const hex = "0123456789abcdef".repeat(4);
const digest = parseDigest(`sha256:${hex}`);

describe("parseTarget", () => {
  it.each<[string, ArtifactTarget]>([
    // prefix
    ["oci:out", { kind: "layout", path: "out" }],
    ["oci:out:v1", { kind: "layout", path: "out", tag: "v1" }],
    ["oci:./out:v1", { kind: "layout", path: "./out", tag: "v1" }],
    [`oci:/srv/out@${digest}`, { kind: "layout", path: "/srv/out", digest }],
    ["oci:.stax/artifacts:backend:1.0.0", { kind: "layout", path: ".stax/artifacts", tag: "backend:1.0.0" }],
    ["oci-archive:a.tar", { kind: "archive", path: "a.tar" }],
    ["oci-archive:a.tar:v1", { kind: "archive", path: "a.tar", tag: "v1" }],
    [`oci-archive:a.tar@${digest}`, { kind: "archive", path: "a.tar", digest }],
    ["oci:registry.example/not/a/registry:v1", { kind: "layout", path: "registry.example/not/a/registry", tag: "v1" }],
    // colons and at signs in paths
    ["oci:/mnt/a:b/out", { kind: "layout", path: "/mnt/a:b/out" }],
    ["oci:/mnt/a:b/out:v1", { kind: "layout", path: "/mnt/a:b/out", tag: "v1" }],
    ["oci:./a:b/", { kind: "layout", path: "./a:b/" }],
    ["oci:./a:b/:v1", { kind: "layout", path: "./a:b/", tag: "v1" }],
    ["oci:C:\\out", { kind: "layout", path: "C:\\out" }],
    ["oci:C:\\out:v1", { kind: "layout", path: "C:\\out", tag: "v1" }],
    ["oci-archive:./2024-01-01T10:20:30.5+x.tar", { kind: "archive", path: "./2024-01-01T10:20:30.5+x.tar" }],
    ["oci-archive:./a:b.tar:v1", { kind: "archive", path: "./a:b.tar", tag: "v1" }],
    ["oci:node_modules/@acme/x:v1", { kind: "layout", path: "node_modules/@acme/x", tag: "v1" }],
    [`oci:node_modules/@acme/x@${digest}`, { kind: "layout", path: "node_modules/@acme/x", digest }],
    [`oci:./a:b/@${digest}`, { kind: "layout", path: "./a:b/", digest }],
    ["oci:oci", { kind: "layout", path: "oci" }],
    // path
    [".", { kind: "path", path: "." }],
    ["./oci:x", { kind: "path", path: "./oci:x" }],
    ["../agent", { kind: "path", path: "../agent" }],
    ["/srv/agent:v1", { kind: "path", path: "/srv/agent:v1" }],
    ["~/agent", { kind: "path", path: "~/agent" }],
    [".stax/backend", { kind: "path", path: ".stax/backend" }],
    // registry
    [
      "ghcr.io/team/agent:1",
      { kind: "registry", reference: { registry: "ghcr.io", repository: "team/agent", tag: "1" } },
    ],
    // name
    ["backend", { kind: "name", name: "backend" }],
    ["backend:1.0.0", { kind: "name", name: "backend", tag: "1.0.0" }],
    ["oci-tools", { kind: "name", name: "oci-tools" }],
    ["localhost:5000", { kind: "name", name: "localhost", tag: "5000" }],
  ])("parses %s", (text, expected) => {
    expect(parseTarget(text)).toEqual(expected);
    expect(formatTarget(expected)).toBe(text);
  });

  it.each([
    ["oci", "ERR_STAX_TARGET_INVALID", /prefix and cannot be a name/],
    ["oci-archive", "ERR_STAX_TARGET_INVALID", /prefix and cannot be a name/],
    ["oci:", "ERR_STAX_TARGET_INVALID", /no path/],
    ["oci::v1", "ERR_STAX_TARGET_INVALID", /no path/],
    [`oci:@${digest}`, "ERR_STAX_TARGET_INVALID", /no path/],
    ["oci-archive:", "ERR_STAX_TARGET_INVALID", /no path/],
    [`oci:out:v1@${digest}`, "ERR_STAX_TARGET_INVALID", /a tag and a digest/],
    ["oci:out@sha256:abc", "ERR_STAX_TARGET_INVALID", /3 hex digits/],
    ["oci:out@sha256:../../x", "ERR_STAX_TARGET_INVALID", /no hex digits/],
    [`oci:out@SHA256:${hex}`, "ERR_STAX_TARGET_INVALID", /not supported/],
    [`oci:out@sha256:${hex.toUpperCase()}`, "ERR_STAX_TARGET_INVALID", /lower case/],
    ["oci:out\0", "ERR_STAX_TARGET_INVALID", /NUL/],
    ["team/agent:1", "ERR_STAX_REFERENCE_INVALID", /no host name/],
    ["ghcr.io/agent", "ERR_STAX_REFERENCE_INVALID", /neither a tag/],
    ["", "ERR_STAX_TARGET_INVALID", /empty/],
    ["Backend", "ERR_STAX_TARGET_INVALID", /no name/],
    ["back end", "ERR_STAX_TARGET_INVALID", /no name/],
    ["backend:", "ERR_STAX_TARGET_INVALID", /no tag/],
    ["backend:1:2", "ERR_STAX_TARGET_INVALID", /no tag/],
    [`backend@${digest}`, "ERR_STAX_TARGET_INVALID", /not a digest/],
    ["a\\b", "ERR_STAX_TARGET_INVALID", /needs \//],
    ["a".repeat(64), "ERR_STAX_TARGET_INVALID", /no name/],
    ["-a", "ERR_STAX_TARGET_INVALID", /no name/],
    ["a\u202eb", "ERR_STAX_TARGET_INVALID", /\\u\{202e\}/],
  ])("refuses %j", (text, code, message) => {
    let thrown: unknown;
    try {
      parseTarget(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code, category: "usage", message: expect.stringMatching(message) });
  });

  it("formats whatever it accepts back to the same text, and throws nothing but OciError", () => {
    const piece = fc.constantFrom(
      ...[
        "oci:",
        "oci-archive:",
        "a",
        "b.tar",
        "v1",
        "/",
        ":",
        "@",
        ".",
        "~",
        "-",
        "\\",
        "ghcr.io",
        digest,
        "sha256:",
        "..",
        " ",
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const text = pieces.join("");
        try {
          expect(formatTarget(parseTarget(text))).toBe(text);
        } catch (error) {
          if (!(error instanceof OciError)) throw error;
          expect(error.category).toBe("usage");
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("gives back a layout's path and tag when the path's last part has no colon", () => {
    const path = fc
      .stringMatching(/^(\.{0,2}\/)?([a-z:@. ]{1,6}\/){0,3}[a-z@. -]{1,8}$/)
      .filter((text) => !/@sha/.test(text));
    const tag = fc.stringMatching(/^([a-z0-9]{1,8}:)?[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/);
    fc.assert(
      fc.property(fc.constantFrom("layout" as const, "archive" as const), path, fc.option(tag), (kind, path, tag) => {
        const target = { kind, path, ...(tag !== null && { tag }) };
        expect(parseTarget(formatTarget(target))).toEqual(target);
      }),
    );
  });
});
