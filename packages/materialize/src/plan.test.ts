import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileEntry } from "@stax/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apply, inverse } from "./apply.ts";
import type { ComposedFile, ComposedKeys } from "./compose.ts";
import { digestOfJson } from "./keys.ts";
import { digestOfBytes } from "./outcome.ts";
import type { Owned } from "./owned.ts";
import { plan } from "./plan.ts";
import { readRecord } from "./record.ts";
import { openForReading, Root } from "./root.ts";
import { snapshot, temporaryDirectory, wanted, wantedFile, wantedKeys, without } from "./sample.fixture.ts";

const put = (root: string, path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const read = (root: string, path: string) => readFileSync(join(root, path), "utf8");

async function run(directory: string, files: readonly (ComposedFile | ComposedKeys)[], options = {}) {
  const root = Root.at(directory);
  const made = await plan(wanted(...files), readRecord(root), root, options);
  if (made.conflicts.length === 0) await apply(made, root);
  return made;
}

describe("plan", () => {
  it("S13-17 reads only: the root is not even made", async () => {
    const directory = join(temporaryDirectory(), "missing");
    const { changes } = await plan(wanted(wantedFile("a/b.md", "x")), [], openForReading(directory));
    expect(changes).toMatchObject([
      { path: "a/b.md", why: "new", before: { kind: "absent" }, after: { kind: "file", size: 1 } },
    ]);
    expect(() => readFileSync(directory)).toThrow("ENOENT");
  });
  it("S15-17 does not touch a file that stax did not write, unless forced", async () => {
    const directory = temporaryDirectory();
    put(directory, "CLAUDE.md", "mine\n");
    const { conflicts, changes } = await run(directory, [
      wantedFile("CLAUDE.md", "theirs\n"),
      wantedFile("new.md", "n"),
    ]);
    expect(conflicts).toMatchObject([{ path: "CLAUDE.md", reason: "exists", forceable: true }]);
    expect(changes.map(({ path }) => path)).toEqual(["new.md"]);
    expect(snapshot(directory)).toEqual({ "CLAUDE.md": "-mine\n" });
    await run(directory, [wantedFile("CLAUDE.md", "theirs\n")], { force: true });
    expect(read(directory, "CLAUDE.md")).toBe("theirs\n");
  });
  it("S15-17 leaves nothing of a configuration file that it made, nested keys and lists included", async () => {
    const directory = temporaryDirectory();
    const value = { a: { b: { c: 1 } }, list: ["x"], deep: { list: ["y"] } };
    await run(directory, [wantedKeys("x.json", value)]);
    await run(directory, [wantedKeys("x.json", { ...value, a: { b: { c: 2 } } })]);
    await run(directory, [], { prune: true });
    expect(snapshot(directory)).toEqual({});
  });
  it("adopts a file that is there with the same bytes, and never deletes it", async () => {
    const directory = temporaryDirectory();
    put(directory, "CLAUDE.md", "same\n");
    const first = await run(directory, [wantedFile("CLAUDE.md", "same\n")]);
    expect(first.unchanged).toMatchObject([{ path: "CLAUDE.md", adopted: true }]);
    expect((await run(directory, [wantedFile("CLAUDE.md", "next\n")])).conflicts).toMatchObject([
      { reason: "adopted" },
    ]);
    await run(directory, [], { prune: true });
    expect(without(snapshot(directory))).toEqual({ "CLAUDE.md": "-same\n" });
  });
  it("updates its own file, and stops at one that was edited", async () => {
    const directory = temporaryDirectory();
    await run(directory, [wantedFile("a.md", "1")]);
    expect((await run(directory, [wantedFile("a.md", "2")])).changes).toMatchObject([{ why: "updated" }]);
    put(directory, "a.md", "edited");
    expect((await run(directory, [wantedFile("a.md", "3")])).conflicts).toMatchObject([{ reason: "edited" }]);
    expect(read(directory, "a.md")).toBe("edited");
    rmSync(join(directory, "a.md"));
    expect((await run(directory, [wantedFile("a.md", "3")])).changes).toMatchObject([{ why: "restored" }]);
  });
  it("keeps a file that the runtime removes itself from coming back", async () => {
    const directory = temporaryDirectory();
    const once = wantedFile("BOOTSTRAP.md", "hello", { mayVanish: true });
    await run(directory, [once]);
    rmSync(join(directory, "BOOTSTRAP.md"));
    expect((await run(directory, [once])).changes).toEqual([]);
    expect((await run(directory, [wantedFile("BOOTSTRAP.md", "new", { mayVanish: true })])).changes).toHaveLength(1);
  });
  it("lists what is no longer wanted, and deletes it with its directories only when asked", async () => {
    const directory = temporaryDirectory();
    put(directory, "kept/own.md", "mine");
    await run(directory, [wantedFile("x/y/a.md", "1"), wantedFile("kept/b.md", "2")]);
    const listed = await run(directory, []);
    expect(listed.stale.map(({ path }) => path)).toEqual(["kept/b.md", "x/y/a.md"]);
    expect(listed.changes).toEqual([]);
    await run(directory, [], { prune: true });
    expect(snapshot(directory)).toEqual({ kept: "/", "kept/own.md": "-mine" });
  });
  it("leaves alone what was written for another source", async () => {
    const directory = temporaryDirectory();
    await run(directory, [wantedFile("a.md", "1")], { source: "one" });
    await run(directory, [wantedFile("b.md", "2")], { source: "two", prune: true });
    expect(Object.keys(without(snapshot(directory)))).toEqual(["a.md", "b.md"]);
  });
  it("S07-13 sets and clears the executable bit", async () => {
    const directory = temporaryDirectory();
    await run(directory, [wantedFile("run.sh", "#!", { executable: true })]);
    expect(without(snapshot(directory))).toEqual({ "run.sh": "x#!" });
    await run(directory, [wantedFile("run.sh", "#!")]);
    expect(without(snapshot(directory))).toEqual({ "run.sh": "-#!" });
  });
  it("takes links, directories and files in the way for conflicts", async () => {
    const directory = temporaryDirectory();
    const outside = temporaryDirectory();
    put(outside, "target.md", "outside");
    symlinkSync(join(outside, "target.md"), join(directory, "link.md"));
    mkdirSync(join(directory, "dir.md"));
    put(directory, "file", "f");
    const { conflicts } = await run(
      directory,
      [wantedFile("link.md", "x"), wantedFile("dir.md", "x"), wantedFile("file/x.md", "x")],
      { force: true },
    );
    expect(conflicts.map(({ path, reason }) => [path, reason])).toEqual([
      ["link.md", "link"],
      ["dir.md", "not-a-file"],
      ["file/x.md", "outside"],
    ]);
    expect(read(outside, "target.md")).toBe("outside");
  });
});

describe("plan of configuration keys", () => {
  it("S15-17 merges into a person's file and takes out again only what it put in", async () => {
    const directory = temporaryDirectory();
    const mine = '{\n  // mine\n  "mcpServers": {\n    "own": { "command": "x" },\n  },\n}\n';
    put(directory, ".mcp.json", mine);
    await run(directory, [wantedKeys(".mcp.json", { mcpServers: { gh: { command: "gh" } } })]);
    expect(read(directory, ".mcp.json")).toContain('"own": { "command": "x" },');
    expect(read(directory, ".mcp.json")).toContain('"gh"');
    await run(directory, [], { prune: true });
    expect(read(directory, ".mcp.json")).toBe(mine);
    expect(Object.keys(snapshot(directory))).toEqual([".mcp.json"]);
  });
  it("refuses a key that the person set otherwise, and names it", async () => {
    const directory = temporaryDirectory();
    put(directory, "s.json", '{"model":"mine","permissions":{"allow":"all"}}');
    const { conflicts } = await run(directory, [
      wantedKeys("s.json", { model: "theirs", permissions: { allow: ["Read"] } }),
    ]);
    expect(conflicts).toMatchObject([
      { key: "/model", reason: "exists", forceable: true },
      { key: '/permissions/allow/~2"Read"', reason: "exists", forceable: false },
    ]);
    expect(read(directory, "s.json")).toBe('{"model":"mine","permissions":{"allow":"all"}}');
  });
  it("leaves a person's equal key to the person", async () => {
    const directory = temporaryDirectory();
    put(directory, "s.json", '{"model":"m"}');
    expect((await run(directory, [wantedKeys("s.json", { model: "m" })])).changes).toEqual([]);
    await run(directory, [], { prune: true });
    expect(read(directory, "s.json")).toBe('{"model":"m"}');
  });
  it("updates its own keys, stops at edited ones and drops unwanted ones with prune", async () => {
    const directory = temporaryDirectory();
    await run(directory, [wantedKeys("s.json", { mcpServers: { a: { command: "1" }, b: { command: "2" } } })]);
    const { stale } = await run(directory, [wantedKeys("s.json", { mcpServers: { a: { command: "new" } } })]);
    expect(stale.map(({ path }) => path)).toEqual(["s.json"]);
    expect(JSON.parse(read(directory, "s.json"))).toEqual({
      mcpServers: { a: { command: "new" }, b: { command: "2" } },
    });
    await run(directory, [wantedKeys("s.json", { mcpServers: { a: { command: "new" } } })], { prune: true });
    expect(JSON.parse(read(directory, "s.json"))).toEqual({ mcpServers: { a: { command: "new" } } });
    put(directory, "s.json", '{"mcpServers":{"a":{"command":"edited"}}}');
    const { conflicts } = await run(directory, [wantedKeys("s.json", { mcpServers: { a: { command: "newer" } } })]);
    expect(conflicts).toMatchObject([{ key: "/mcpServers/a", reason: "edited" }]);
  });
  it("refuses a file with duplicate keys or broken JSON", async () => {
    const directory = temporaryDirectory();
    put(directory, "a.json", '{"x":1,"x":2}');
    put(directory, "b.json", "{");
    const { conflicts } = await run(directory, [wantedKeys("a.json", { y: 1 }), wantedKeys("b.json", { y: 1 })], {
      force: true,
    });
    expect(conflicts).toMatchObject([{ reason: "invalid", forceable: false }, { reason: "invalid" }]);
  });
});

describe("plan of a block", () => {
  it("S15-17 puts a marked section into a person's document, updates it and takes it out again", async () => {
    const directory = temporaryDirectory();
    const options = { blocks: true };
    put(directory, "CLAUDE.md", "# Mine\n\nText.\n");
    await run(directory, [wantedFile("CLAUDE.md", "one\n", { document: true })], options);
    expect(read(directory, "CLAUDE.md")).toMatch(
      /^# Mine\n\nText\.\n\n<!-- stax:begin[^\n]*-->\none\n<!-- stax:end -->\n$/,
    );
    put(directory, "CLAUDE.md", `${read(directory, "CLAUDE.md")}More of mine.\n`);
    await run(directory, [wantedFile("CLAUDE.md", "two\n", { document: true })], options);
    expect(read(directory, "CLAUDE.md")).toMatch(/Text\.\n\n<!--[^\n]*\ntwo\n<!-- stax:end -->\nMore of mine\.\n$/);
    await run(directory, [], { prune: true });
    expect(read(directory, "CLAUDE.md")).toBe("# Mine\n\nText.\nMore of mine.\n");
  });
  it("stops at a block that was edited", async () => {
    const directory = temporaryDirectory();
    put(directory, "CLAUDE.md", "mine\n");
    await run(directory, [wantedFile("CLAUDE.md", "one\n", { document: true })], { blocks: true });
    put(directory, "CLAUDE.md", read(directory, "CLAUDE.md").replace("one", "ONE"));
    const { conflicts } = await run(directory, [wantedFile("CLAUDE.md", "two\n", { document: true })], {
      blocks: true,
    });
    expect(conflicts).toMatchObject([{ reason: "edited" }]);
  });
});

// A random history of runs and of a person's edits, over a few paths that files and configuration share.
const fileNames = ["a.md", "d/b.md", "d/e/c.md"];
const configNames = ["s.json", "d/t.json"];
const content = fc.constantFrom("1\n", "2\n", "3\n");
const keys = fc.dictionary(fc.constantFrom("x", "y", "z"), fc.constantFrom("1", "2"), { minKeys: 1, maxKeys: 3 });
const desired = fc.record({
  files: fc.dictionary(fc.constantFrom(...fileNames), content),
  configs: fc.dictionary(fc.constantFrom(...configNames), keys),
  prune: fc.boolean(),
});
const edit = fc.oneof(
  fc.record({
    kind: fc.constant("write" as const),
    path: fc.constantFrom(...fileNames),
    text: fc.constantFrom("1\n", "mine\n"),
  }),
  fc.record({
    kind: fc.constant("key" as const),
    path: fc.constantFrom(...configNames),
    name: fc.constantFrom("x", "own"),
    value: fc.constantFrom("1", "9"),
  }),
  fc.record({ kind: fc.constant("delete" as const), path: fc.constantFrom(...fileNames, ...configNames) }),
);

const composedOf = ({
  files,
  configs,
}: {
  files: Record<string, string>;
  configs: Record<string, Record<string, string>>;
}) => [
  ...Object.entries(files).map(([path, text]) => wantedFile(path, text)),
  ...Object.entries(configs).map(([path, value]) => wantedKeys(path, { servers: value })),
];

describe("plan and apply, over random histories", () => {
  it("S15-17 never change what a person wrote, and have nothing to do the second time", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(edit, { maxLength: 3 }), desired), { minLength: 1, maxLength: 4 }),
        async (history) => {
          const directory = join(temporaryDirectory(), "root");
          const mine = new Map<string, string>();
          const myKeys = new Map<string, string>();
          for (const [edits, want] of history) {
            for (const one of edits) personEdits(directory, one, mine, myKeys);
            const composed = wanted(...composedOf(want));
            const root = Root.at(directory);
            const first = await plan(composed, readRecord(root), root, { prune: want.prune });
            const blocked = new Set(first.conflicts.map(({ path }) => path));
            const possible = wanted(...composed.files.filter(({ path }) => !blocked.has(path)));
            const second = await plan(possible, withoutPaths(readRecord(root), blocked), root, { prune: want.prune });
            expect(second.conflicts).toEqual([]);
            const before = without(snapshot(directory));
            const applied = await apply(second, root, { keep: true, record: true });
            const after = without(snapshot(directory));
            for (const [path, text] of mine) expect(after[path]).toBe(`-${text}`);
            for (const [place, value] of myKeys) expectKey(after, place, value);
            const again = await plan(possible, readRecord(root), root, { prune: want.prune });
            expect(again.changes).toEqual([]);
            await apply(inverse(applied), root);
            expect(withoutKept(snapshot(directory))).toEqual(withoutKept(before));
            await apply(
              await plan(possible, withoutPaths(second.ownedBefore, blocked), root, { prune: want.prune }),
              root,
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});

const withoutKept = (files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).filter(([name]) => !name.startsWith(".stax")));

const withoutPaths = (owned: readonly Owned[], paths: ReadonlySet<string>) =>
  owned.filter(({ path }) => !paths.has(path));

type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

// A person's file is the person's until the person deletes it; the same goes for a key.
function personEdits(root: string, one: Edit, mine: Map<string, string>, myKeys: Map<string, string>): void {
  if (one.kind === "delete") {
    rmSync(join(root, one.path), { force: true });
    mine.delete(one.path);
    for (const place of [...myKeys.keys()]) if (place.startsWith(`${one.path}#`)) myKeys.delete(place);
    return;
  }
  if (one.kind === "write") {
    const present = readOr(root, one.path);
    if (present === one.text) return; // what stax wrote stays its own
    put(root, one.path, one.text);
    // The very bytes that stax wrote and has on record cannot be told from its own.
    if (isRecorded(root, one.path, one.text)) mine.delete(one.path);
    else mine.set(one.path, one.text);
    return;
  }
  const present = readOr(root, one.path);
  const value = present === undefined ? {} : JSON.parse(present);
  if (value.servers?.[one.name] === one.value) return;
  put(root, one.path, JSON.stringify({ ...value, servers: { ...value.servers, [one.name]: one.value } }, undefined, 2));
  if (isRecorded(root, one.path, one.value, one.name)) myKeys.delete(`${one.path}#${one.name}`);
  else myKeys.set(`${one.path}#${one.name}`, one.value);
}

function isRecorded(root: string, path: string, value: string, key?: string): boolean {
  const owned = readRecord(openForReading(root)).find((entry) => entry.path === path && !entry.adopted);
  if (owned?.claim.kind === "keys") return owned.claim.keys[`/servers/${key}`] === digestOfJson(value);
  return owned?.claim.kind === "file" && owned.claim.digest === digestOfBytes(fileEntry(path, value)).digest;
}

function readOr(root: string, path: string): string | undefined {
  try {
    return read(root, path);
  } catch {
    return undefined;
  }
}

function expectKey(files: Readonly<Record<string, string>>, place: string, value: string): void {
  const [path = "", name = ""] = place.split("#");
  expect(JSON.parse(files[path]?.slice(1) ?? "{}").servers?.[name]).toBe(value);
}
