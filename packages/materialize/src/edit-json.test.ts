import fc from "fast-check";
import { parse } from "jsonc-parser";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "./contract.ts";
import { type JsonFile, parseJsonFile, removeKey, setKey, valueAt } from "./edit-json.ts";
import { formatPointer, type Key, keysOf, parsePointer } from "./keys.ts";

const open = (text: string): JsonFile => {
  const file = parseJsonFile(new TextEncoder().encode(text));
  if (typeof file === "string") throw new Error(file);
  return file;
};
const server: Key = {
  at: ["mcpServers", "gh"],
  value: { type: "stdio", command: "gh", args: ["a", "b"] },
  member: false,
};
const rule: Key = { at: ["permissions", "allow"], value: "Read", member: true };

const addAll = (text: string, keys: readonly Key[]) => keys.reduce((before, key) => setKey(open(before), key), text);
const isMade = (text: string) => (at: readonly string[]) => valueAt(open(text), at) !== undefined;
const removeAll = (text: string, keys: readonly Key[], original: string) =>
  [...keys].reverse().reduce((before, key) => removeKey(open(before), key, isMade(original)), text);

const people: Readonly<Record<string, string>> = {
  "two spaces": '{\n  "mcpServers": {\n    "own": { "command": "x" }\n  },\n  "z": 1\n}\n',
  tabs: '{\n\t"mcpServers": {\n\t\t"own": {\n\t\t\t"command": "x"\n\t\t}\n\t}\n}',
  "four spaces, CRLF":
    '{\r\n    "permissions": {\r\n        "allow": [\r\n            "Bash"\r\n        ]\r\n    }\r\n}\r\n',
  "one line": '{"mcpServers":{"own":{"command":"x"}},"permissions":{"allow":["Bash"]}}',
  "comments and trailing commas": '// mine\n{\n  "mcpServers": {\n    "own": {}, // last\n  },\n  /* end */\n}\n',
  "empty object": "{}",
  "empty members": '{ "mcpServers": {}, "permissions": { "allow": [] } }\n',
  "byte order mark": '\ufeff{\n  "a": 1\n}\n',
  "odd layout": '{ "a" :1 ,\n"permissions":\n{"allow" : [ "x","y" ] } }',
};

describe("setKey and removeKey", () => {
  for (const [name, text] of Object.entries(people)) {
    it(`S15-17 add to a file with ${name} and leave the rest byte for byte`, () => {
      const after = addAll(text, [server, rule]);
      const before = parse(text.replace("\ufeff", "")) as JsonObject; // JSON.parse's result, of text above
      const value = valueAt(open(after), []);
      expect(value).toMatchObject(before.permissions === undefined ? before : { ...before, permissions: {} });
      expect(value).toMatchObject({ mcpServers: { gh: server.value } });
      expect(valueAt(open(after), rule.at)).toContain("Read");
      // What was there is there still, in order: the new text is the old one with pieces put in.
      expect(isSubsequence(text.replace(/\s+/g, ""), after.replace(/\s+/g, ""))).toBe(true);
    });
    it(`S15-17 give back the original bytes of a file with ${name}`, () => {
      const added = addAll(text, [server, rule]);
      expect(removeAll(added, [server, rule], text)).toBe(text);
    });
    it(`change nothing in a file with ${name} when they set the same twice`, () => {
      const once = addAll(text, [server]);
      expect(JSON.stringify(valueAt(open(setKey(open(once), server)), []))).toBe(
        JSON.stringify(valueAt(open(once), [])),
      );
    });
  }
  it("lay new lines out as the neighbours are", () => {
    expect(addAll(people.tabs ?? "", [server])).toBe(
      '{\n\t"mcpServers": {\n\t\t"own": {\n\t\t\t"command": "x"\n\t\t},\n\t\t"gh": {\n\t\t\t"type": "stdio",\n\t\t\t"command": "gh",\n\t\t\t"args": [\n\t\t\t\t"a",\n\t\t\t\t"b"\n\t\t\t]\n\t\t}\n\t}\n}',
    );
  });
  it("treat __proto__ as any other key", () => {
    const text = setKey(open("{}"), { at: ["mcpServers", "__proto__"], value: { command: "x" }, member: false });
    expect(text).toContain('"__proto__": {\n      "command": "x"');
    expect(valueAt(open(text), ["mcpServers", "__proto__", "command"])).toBe("x");
  });
});

function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const char of whole) if (char === part[at]) at++;
  return at === part.length;
}

describe("parseJsonFile", () => {
  it.each([
    ['{"a":1,"a":2}', "twice"],
    ['{"a":{"b":1,"b":1}}', "twice"],
    ['{"a":', "no valid JSON"],
    ["[1]", "no JSON object"],
    ["", "empty"],
    ['{"a":1} x', "no valid JSON"],
  ])("refuses %s", (text, reason) => {
    expect(parseJsonFile(new TextEncoder().encode(text))).toContain(reason);
  });
  it("refuses what is no UTF-8", () => {
    expect(parseJsonFile(new Uint8Array([0x7b, 0xff, 0x7d]))).toContain("UTF-8");
  });
});

describe("formatPointer", () => {
  it("is read back by parsePointer, whatever the names and members are", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
        fc.string(),
        fc.boolean(),
        (at, value, member) => {
          const back = parsePointer(formatPointer({ at, value, member }));
          expect(back).toEqual({ at, member: member ? value : undefined });
        },
      ),
    );
  });
});

describe("keysOf", () => {
  it("owns servers as wholes and list members one by one", () => {
    expect(
      keysOf({ model: "m", mcpServers: { a: { env: { X: "1" } } }, permissions: { allow: ["R", "W"], deny: [] } }).map(
        formatPointer,
      ),
    ).toEqual(["/model", "/mcpServers/a", '/permissions/allow/~2"R"', '/permissions/allow/~2"W"', "/permissions/deny"]);
  });
});
