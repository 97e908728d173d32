import fc from "fast-check";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import type { ConfigFile } from "./config-file.ts";
import type { Json } from "./contract.ts";
import { newTomlFile, openTomlFile, tomlFile } from "./edit-toml.ts";
import type { Key } from "./keys.ts";

const open = (text: string): ConfigFile => {
  const file = openTomlFile(new TextEncoder().encode(text));
  if (typeof file === "string") throw new Error(file);
  return file;
};
const key = (at: readonly string[], value: Json, member = false): Key => ({ at, value, member });
const server = key(["mcp_servers", "gh"], {
  command: "gh",
  args: ["a", 'b "q"\n'],
  env: { A: "1" },
  startup_timeout_sec: 5,
});
const policy = key(["approval_policy"], "never");
const theme = key(["tui", "theme"], "dark");
const fallback = key(["project_doc_fallback_filenames"], "CLAUDE.md", true);
const all = [server, policy, theme, fallback];

function set(text: string, added: Key): string {
  const after = open(text).set(added);
  if (after === undefined) throw new Error(`refused: ${added.at.join(".")}`);
  return after;
}
const addAll = (text: string, keys: readonly Key[]) => keys.reduce(set, text);
const removeAll = (text: string, keys: readonly Key[], original: string) =>
  keys.reduce((before, gone) => open(before).remove(gone, (at) => open(original).valueAt(at) !== undefined), text);

const people: Readonly<Record<string, string>> = {
  nothing: "",
  "blank lines": "\n\n",
  "one comment": "# nothing here\n",
  "no line break at its end": 'model = "gpt-5"',
  "no line break behind a table": "[projects]\nx = 1",
  "trusted projects": 'model = "gpt-5"\n\n[projects."/home/me/x"]\ntrust_level = "trusted"\n',
  "comments everywhere":
    '# top\nmodel = "a" # mine\n\n# servers\n[mcp_servers.own] # own\ncommand = "x" # c\n# end of own\n\n# tail\n',
  CRLF: 'model = "a"\r\n\r\n[mcp_servers.own]\r\ncommand = "x"\r\n',
  "CRLF and no line break at its end": 'model = "a"\r\n[tui]\r\nx = 1',
  "a byte order mark": '\ufeffmodel = "a"\n',
  "a byte order mark and a table": "\ufeff[a]\nx = 1\n",
  "tables and their parents":
    '[mcp_servers]\n[mcp_servers.own]\ncommand = "x"\n[mcp_servers.own.env]\nA = "1"\n\n\n\n[tui]\nx = "x"\n',
  "a table at the top": "[a]\nb = 1\n",
  "a blank line at the top": "\n[a]\nb = 1\n",
  "dates and large numbers":
    "d = 1979-05-27T07:32:00Z\nd2 = 1979-05-27\nt = 07:32:00.123456\nbig = 9223372036854775807\nf = 1.0\nh = 0xFF\ni = inf\n[a]\nb = 1_000\n",
  "lists of tables": '[[hooks]]\nname = "a"\n[[hooks]]\nname = "b"\n[hooks.x]\ny = 1\n',
  "indented tables": '[tui]\n\tx = "x"\n\t[tui.sub]\n\ta = [\n\t\t1, # one\n\t\t2, # ]\n\t]\n',
  "odd white space": '  [ a . "b c" ]  # hi\n  k   =   1   \n',
  "strings that look like tables":
    'x = """\n[mcp_servers.gh]\ntheme = 1 \\""" # " """ # "\ny = \'\'\'[tui]\n\'\'\'\nz = \'[tui]\'\n"a = b" = "]"\n',
  "strings that end in quotes": "x = \"\"\"a\"\"\"\"\"\ny = '''b'''''\nz = \"\"\n[tui]\na = ''\n",
  "a list of names": 'project_doc_fallback_filenames = ["A.md"]\n',
  "a list on lines": 'project_doc_fallback_filenames = [\n  "A.md", # first\n  "B.md",\n] # end\n',
  "a list without a last comma": 'project_doc_fallback_filenames = [\n  "A.md",\n  "B.md" # last\n]\n',
  "an empty list": "project_doc_fallback_filenames = [ ]\n",
  "dotted keys": 'tui.x = 1\nmcp_servers.own.command = "x"\n',
  "a table of ours that is empty": "[tui]\n\n[mcp_servers]\n",
  "quoted keys": '"tui".\'x\' = 1\n["mcp_servers".own]\ncommand = "x"\n',
};

const withoutSpace = (text: string) => text.replace(/\s+/g, "");
function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const char of whole) if (char === part[at]) at++;
  return at === part.length;
}

describe("a TOML file", () => {
  for (const [name, text] of Object.entries(people)) {
    it(`S15-17 with ${name} takes keys and keeps what was there`, () => {
      const after = addAll(text, all);
      expect(isSubsequence(withoutSpace(text), withoutSpace(after))).toBe(true);
      const value = parse(after, { integersAsBigInt: "asNeeded" });
      expect(value).toMatchObject({
        mcp_servers: { gh: server.value },
        approval_policy: "never",
        tui: { theme: "dark" },
      });
      expect(value.project_doc_fallback_filenames).toContain("CLAUDE.md");
      expect(open(after).set(server)).toBe(after);
    });
    it(`S15-17 with ${name} gives its bytes back, in whatever order keys go`, () => {
      const added = addAll(text, all);
      expect(removeAll(added, all, text)).toBe(text);
      expect(removeAll(added, [...all].reverse(), text)).toBe(text);
      expect(removeAll(addAll(text, [...all].reverse()), all, text)).toBe(text);
      for (const one of all) expect(removeAll(set(text, one), [one], text)).toBe(text);
    });
  }
  it("gets tables at its end and keys behind their neighbours", () => {
    expect(addAll('model = "a" # mine\n\n[tui]\n  x = 1\n', all)).toBe(
      'model = "a" # mine\napproval_policy = "never"\nproject_doc_fallback_filenames = [ "CLAUDE.md" ]\n\n[tui]\n  x = 1\n  theme = "dark"\n\n[mcp_servers.gh]\ncommand = "gh"\nargs = [ "a", "b \\"q\\"\\n" ]\nstartup_timeout_sec = 5\n\n[mcp_servers.gh.env]\nA = "1"\n',
    );
  });
  it("changes a table where it stands", () => {
    const text = set('[mcp_servers.gh]\ncommand = "old"\n\n[mcp_servers.gh.env]\nB = "2"\n\n[tui]\nx = 1\n', server);
    expect(text).toMatch(
      /^\[mcp_servers\.gh\]\ncommand = "gh"[\s\S]*\n\n\[mcp_servers\.gh\.env\]\nA = "1"\n\n\[tui\]\nx = 1\n$/,
    );
  });
  it("keeps a person's comments within what is replaced or removed", () => {
    const text = '[mcp_servers.gh]\n# why\ncommand = "old"\n# end\n';
    expect(open(text).set(server)).toContain("# why\n# end\n");
    expect(open(text).remove(server, () => true)).toBe("# why\n# end\n");
  });
  it("replaces the value of a key and keeps its comment", () => {
    expect(set('approval_policy   = "on-request" # asks\n', policy)).toBe('approval_policy   = "never" # asks\n');
  });
  it("refuses a place that only a rewrite of a person's table could make", () => {
    expect(open('mcp_servers = { own = { command = "x" } }\n').set(server)).toBeUndefined();
    expect(open("tui = { x = 1 }\n").set(theme)).toBeUndefined();
  });
  it.each([
    ["a = 1\na = 2\n", /no valid TOML: .* line 2/],
    ["[a]\nb = 1\n[a]\n", /no valid TOML/],
    ["a.b = 1\n[a]\nb = 2\n", /no valid TOML/],
    ["a = \n", /no valid TOML/],
    ["{}", /no valid TOML/],
  ])("is refused when it says a thing twice or is none: %j", (text, reason) => {
    expect(openTomlFile(new TextEncoder().encode(text))).toMatch(reason);
  });
  it("is refused when it is no UTF-8", () => {
    expect(openTomlFile(new Uint8Array([0x61, 0xff]))).toContain("UTF-8");
  });
});

const nasty = fc.string({
  unit: fc.constantFrom(..."\"'\\\n\r\t\0\u007f\u001b\u0085\u2028]}[{=#. -é😀a", '"""', "'''", "---", "}}", "${X}"),
  maxLength: 12,
});
const scalar = fc.oneof(nasty, fc.integer(), fc.boolean());
const value: fc.Arbitrary<Json> = fc.oneof(
  scalar,
  fc.array(nasty, { maxLength: 3 }),
  fc.dictionary(
    nasty,
    fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(nasty, scalar, { maxKeys: 2 })),
    { maxKeys: 4 },
  ),
);
const person = fc.constantFrom(...Object.values(people));

describe("what is written into TOML", () => {
  it("S20-08 says what was meant and nothing else, whatever the names and values are", () => {
    fc.assert(
      fc.property(nasty, nasty, value, person, (table, name, content, text) => {
        const added = key([table, name], content);
        const after = open(text).set(added);
        if (after === undefined) return; // refused: nothing is written
        const parsed = JSON.parse(JSON.stringify(open(after).valueAt([])));
        expect(parsed[table][name]).toEqual(content);
        expect(open(after).remove(added, (at) => open(text).valueAt(at) !== undefined)).toBe(text);
      }),
      { numRuns: 250 },
    );
  });
  it("S15-17 changes what it set before, and still gives the old bytes back", () => {
    fc.assert(
      fc.property(nasty, nasty, value, value, person, (table, name, before, after, text) => {
        const first = open(text).set(key([table, name], before));
        const second = first === undefined ? undefined : open(first).set(key([table, name], after));
        if (second === undefined) return; // refused: nothing is written
        expect(JSON.parse(JSON.stringify(open(second).valueAt([])))[table][name]).toEqual(after);
        const back = open(second).remove(key([table, name], after), (at) => open(text).valueAt(at) !== undefined);
        expect(back).toBe(text);
      }),
      { numRuns: 250 },
    );
  });
  it("S20-08 is the same in files of our own", () => {
    fc.assert(
      fc.property(fc.dictionary(nasty, value, { maxKeys: 4 }), (content) => {
        expect(JSON.parse(JSON.stringify(parse(newTomlFile(content))))).toEqual(content);
      }),
      { numRuns: 250 },
    );
  });
  it("tomlFile makes a file of a path and its keys", async () => {
    const file = tomlFile("a.toml", { name: "x" });
    expect([file.path, file.size]).toEqual(["a.toml", 11]);
  });
});
