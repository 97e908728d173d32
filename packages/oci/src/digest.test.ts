import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { text } from "./artifact.fixture.ts";
import {
  algorithmOf,
  assertBytes,
  createDigester,
  digestOf,
  encodedOf,
  isDigest,
  parseDigest,
  verified,
} from "./index.ts";

const hex = "0123456789abcdef".repeat(4);

describe("parseDigest", () => {
  it("accepts sha256 and sha512 in lower case", () => {
    expect(parseDigest(`sha256:${hex}`)).toBe(`sha256:${hex}`);
    expect(algorithmOf(parseDigest(`sha512:${hex}${hex}`))).toBe("sha512");
    expect(encodedOf(parseDigest(`sha256:${hex}`))).toBe(hex);
  });

  it.each([
    ["", /no algorithm/],
    [hex, /no algorithm/],
    ["sha256:", /0 hex digits instead of 64/],
    [`sha256:${hex.slice(1)}`, /63 hex digits/],
    [`sha256:${hex}0`, /65 hex digits/],
    [`sha512:${hex}`, /64 hex digits instead of 128/],
    [`sha256:${hex.toUpperCase()}`, /lower case/],
    [`SHA256:${hex}`, /not supported/],
    [`sha1:${hex.slice(24)}`, /not supported/],
    [`blake3:${hex}`, /not supported/],
    [`sha256:${hex}\n`, /no hex digits/],
    [` sha256:${hex}`, /not supported/],
    ["sha256:../../../../PWNED", /no hex digits/],
    [`sha256:${hex.slice(0, 32)}/${hex.slice(33)}`, /no hex digits/],
    ["sha256:\u001b[31m", /\\u\{1b\}/],
  ])("X-03 refuses %j", (digest, message) => {
    expect(isDigest(digest)).toBe(false);
    expect(() => parseDigest(digest)).toThrow(message);
  });

  it("refuses values that are no text", () => {
    expect(isDigest(undefined)).toBe(false);
    expect(isDigest([`sha256:${hex}`])).toBe(false);
  });
});

describe("createDigester", () => {
  it("gives the digest of the whole, however it was cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (pieces) => {
        const whole = Buffer.concat(pieces);
        const digester = createDigester();
        for (const piece of pieces) digester.update(piece);
        expect(digester.size).toBe(whole.length);
        expect(digester.digest()).toBe(`sha256:${createHash("sha256").update(whole).digest("hex")}`);
      }),
    );
  });
});

describe("verified", () => {
  const expected = { digest: digestOf(text("hello")), size: 5 };
  const collect = async (chunks: readonly string[]) => {
    const seen: string[] = [];
    for await (const chunk of verified(chunks.map(text), expected, { origin: "here", category: "registry" })) {
      seen.push(new TextDecoder().decode(chunk));
    }
    return seen;
  };

  it("X-01 passes right bytes on as they come", async () => {
    expect(await collect(["he", "", "llo"])).toEqual(["he", "", "llo"]);
  });

  it.each([
    [["hell"], "ERR_STAX_SIZE_MISMATCH", /in here is too short: 4 of 5 bytes/],
    [[], "ERR_STAX_SIZE_MISMATCH", /too short: 0 of 5 bytes/],
    [["hello", "!"], "ERR_STAX_SIZE_MISMATCH", /in here is too long: more than 5 bytes/],
    [["hellO"], "ERR_STAX_DIGEST_MISMATCH", /in here has other bytes: their digest is sha256:/],
  ])("X-01 refuses %j with a message of its own", async (chunks, code, message) => {
    await expect(collect(chunks)).rejects.toMatchObject({
      code,
      category: "registry",
      message: expect.stringMatching(message),
    });
  });

  it("checks the size before the digest", () => {
    expect(() => assertBytes(text("other!"), expected)).toThrow(/too long: 6 bytes instead of 5/);
    expect(() => assertBytes(text("oth"), expected)).toThrow(/too short/);
  });

  it("hands on nothing of a chunk that is too long", async () => {
    const seen: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of verified([text("hello!")], expected)) seen.push(chunk);
    })();
    await expect(reading).rejects.toThrow(/too long/);
    expect(seen).toEqual([]);
  });
});
