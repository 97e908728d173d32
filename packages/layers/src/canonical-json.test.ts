import fc from "fast-check";
import { describe, expect, it } from "vitest";
import vectors from "./golden/canonical-json.json" with { type: "json" };
import { canonicalJson, LayersError, parseJson } from "./index.ts";

const text = (value: unknown): string => Buffer.from(canonicalJson(value)).toString("utf8");

function refusal(value: unknown): LayersError {
  try {
    canonicalJson(value);
  } catch (error) {
    if (error instanceof LayersError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

describe("canonicalJson", () => {
  it.each(vectors)("writes the golden form of $input", ({ input, canonical }) => {
    expect(text(JSON.parse(input))).toBe(canonical);
    expect(text(parseJson(Buffer.from(input)))).toBe(canonical);
  });

  it("S03-38 writes UTF-8 without a byte order mark", () => {
    expect([...canonicalJson("é")]).toEqual([0x22, 0xc3, 0xa9, 0x22]);
    expect(canonicalJson({})[0]).toBe(0x7b);
  });

  it("S03-39 sorts keys by their UTF-8 bytes at all levels, where UTF-16 would order them otherwise", () => {
    expect(text({ "\u{1f600}": 1, "\ufffd": 2, a: { "\u{1f600}": 1, "\ufffd": 2 } })).toBe(
      '{"a":{"\ufffd":2,"\u{1f600}":1},"\ufffd":2,"\u{1f600}":1}',
    );
  });

  it("S03-40 writes no whitespace between tokens", () => {
    expect(text({ a: [1, { b: "x y" }], c: null })).toBe('{"a":[1,{"b":"x y"}],"c":null}');
  });

  it("S03-41 keeps the order of arrays", () => {
    expect(text([3, 1, 2, "b", "a"])).toBe('[3,1,2,"b","a"]');
  });

  it("S03-42 writes numbers as RFC 8785 does", () => {
    expect(text([1.0, 1e21, 1e-7, -0, 0.1, 1e20, 5e-324, Number.MAX_SAFE_INTEGER])).toBe(
      "[1,1e+21,1e-7,0,0.1,100000000000000000000,5e-324,9007199254740991]",
    );
  });

  it("S03-43 escapes quotes, backslashes and controls, and nothing else", () => {
    expect(text('"\\/\u0000\u001f\u007f\u2028\u2029é😀')).toBe('"\\"\\\\/\\u0000\\u001f\u007f\u2028\u2029é😀"');
  });

  it("leaves out members that are undefined", () => {
    expect(text({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  const cycle: Record<string, unknown> = {};
  cycle.self = { cycle };
  const deep = (depth: number): unknown => (depth === 0 ? 0 : [deep(depth - 1)]);
  it.each([
    ["undefined", undefined, ""],
    ["undefined in an array", { a: [1, undefined] }, "a[1]"],
    ["a hole in an array", { a: new Array(1) }, "a[0]"],
    ["a function", { a: { b: () => 1 } }, "a.b"],
    ["a BigInt", { n: 1n }, "n"],
    ["a Date", { at: new Date(0) }, "at"],
    ["a Map", { map: new Map() }, "map"],
    ["a class instance", { x: new (class Thing {})() }, "x"],
    ["a boxed string", { x: Object("s") }, "x"],
    ["a symbol", { x: Symbol("s") }, "x"],
    ["a symbol as a key", { a: { [Symbol("k")]: 1 } }, "a"],
    ["NaN", { a: Number.NaN }, "a"],
    ["Infinity", { a: [Number.POSITIVE_INFINITY] }, "a[0]"],
    ["a lone surrogate", { a: "x\ud800" }, "a"],
    ["a lone surrogate in a key", { a: { "\udc00": 1 } }, "a"],
    ["a cycle", { a: cycle }, "a.self.cycle"],
    ["nesting over 100", deep(101), `${"[0]".repeat(100)}`],
    ["a key that is no name", { "a b": { "c.d": () => 1 } }, '["a b"]["c.d"]'],
  ])("S03-44 refuses %s and says where", (_, value, field) => {
    const error = refusal(value);
    expect(error.code).toBe("ERR_STAX_JSON_UNREPRESENTABLE");
    expect(error.category).toBe("build");
    expect(error.details).toEqual({ field });
    expect(error.message).toContain(field === "" ? "the document" : field);
  });

  it("accepts nesting of exactly 100, objects without a prototype, and the same object twice", () => {
    const shared = { x: 1 };
    expect(text(deep(100))).toHaveLength(201);
    expect(text([Object.assign(Object.create(null), { a: 1 }), shared, shared])).toBe('[{"a":1},{"x":1},{"x":1}]');
  });

  it("is the inverse of parseJson, and stable", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const bytes = canonicalJson(value);
        const parsed = parseJson(bytes);
        expect(Buffer.compare(canonicalJson(parsed), bytes)).toBe(0);
        expect(parsed).toEqual(JSON.parse(Buffer.from(bytes).toString("utf8")));
      }),
    );
  });

  it("does not depend on the order of keys", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.integer()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(text(reversed)).toBe(text(value));
      }),
    );
  });
});

describe("parseJson", () => {
  it("keeps __proto__ as a key of its own, harmlessly", () => {
    const value = parseJson(Buffer.from('{"__proto__":{"polluted":true},"constructor":{"prototype":1}}'));
    expect(Object.hasOwn(value as object, "__proto__")).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it("gives what JSON.parse gives, for every JSON text", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        fc.pre(!/\\ud[89a-f]/i.test(json));
        expect(parseJson(Buffer.from(json))).toEqual(JSON.parse(json));
      }),
    );
  });

  it("refuses what JSON.parse refuses, for text near JSON", () => {
    const near = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom("", ",", "}", "]", '"', "\\", "0", "-", ".", "e", "\n", "tru", "\u0000"),
    );
    fc.assert(
      fc.property(near, ([json, at, insert]) => {
        const cut = at % (json.length + 1);
        const broken = json.slice(0, cut) + insert + json.slice(cut + 1);
        let expected: unknown;
        try {
          expected = JSON.parse(broken);
        } catch {
          expect(() => parseJson(Buffer.from(broken))).toThrow(LayersError);
          return;
        }
        try {
          expect(parseJson(Buffer.from(broken))).toEqual(expected);
        } catch (error) {
          // Stricter in these three only.
          expect(String(error)).toMatch(/twice|lone surrogate|out of range/);
        }
      }),
    );
  });

  it("names line and column, and the document", () => {
    expect(() => parseJson(Buffer.from('{\n  "a": 1,\n  "b": }'), { name: "agent.json" })).toThrow(
      "agent.json:3:8 expects a value",
    );
  });

  it("reads 100,000 characters in one string and 10,000 escapes without trouble", () => {
    const long = "x".repeat(100_000);
    expect(parseJson(Buffer.from(JSON.stringify({ long, lines: "\n".repeat(10_000) })))).toEqual({
      long,
      lines: "\n".repeat(10_000),
    });
  });
});
