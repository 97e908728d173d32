import { fileEntry, readEntry } from "@stax/schema";
import { describe, expect, it } from "vitest";
import type { Budget, NoticeRule } from "./adapter-contract.ts";
import { compose } from "./compose.ts";
import type { Section } from "./contract.ts";
import type { Fragment, Rendering } from "./rendering.ts";

const rendering = (
  name: string,
  fragments: readonly Omit<Fragment, "adapter">[],
  more: { budgets?: readonly Budget[]; notices?: readonly NoticeRule[] } = {},
): Rendering => ({
  adapter: {
    name,
    displayName: name,
    budgets: more.budgets ?? [],
    notices: more.notices ?? [],
    alsoReads: [],
    exactMode: true,
  },
  scope: "project",
  fragments: fragments.map((fragment) => ({ ...fragment, adapter: name }) as Fragment), // the omitted field is put back
  losses: [],
  notices: [],
  capabilities: [],
  features: {},
});
const section = (path: string, id: string, rank: number, text: string, more: object = {}) => ({
  kind: "section" as const,
  fidelity: "native" as const,
  alwaysLoaded: true,
  path,
  items: [{ feature: "prompt" as const, item: id }],
  section: { id, rank: [rank, 0], heading: id, text, file: fileEntry(path, text), origin: id } satisfies Section,
  ...more,
});
const file = (path: string, text: string, more: object = {}) => ({
  kind: "file" as const,
  fidelity: "native" as const,
  path,
  items: [],
  entry: fileEntry(path, text),
  alwaysLoaded: false,
  mayVanish: false,
  ...more,
});
const keys = (path: string, value: object) => ({
  kind: "keys" as const,
  fidelity: "native" as const,
  path,
  items: [],
  format: "json" as const,
  value,
});

async function textsOf(composed: ReturnType<typeof compose>) {
  const texts: Record<string, string> = {};
  for (const one of composed.files)
    texts[one.path] =
      one.kind === "keys" ? JSON.stringify(one.value) : new TextDecoder().decode(await readEntry(one.entry, 10_000));
  return texts;
}

describe("compose", () => {
  it("writes a file that two adapters want alike once, by both", async () => {
    const composed = compose([rendering("b", [file("k/a.md", "x")]), rendering("a", [file("k/a.md", "x")])]);
    expect(composed.files).toMatchObject([{ path: "k/a.md", by: ["a", "b"] }]);
    expect(composed.clashes).toEqual([]);
  });
  it("compares large files by digest or by their handle, never by reading them", () => {
    const large = {
      path: "k",
      size: 10,
      executable: false,
      open: async function* () {
        yield new Uint8Array(10);
      },
    };
    const one = compose([
      rendering("a", [file("k", "", { entry: large })]),
      rendering("b", [file("k", "", { entry: { ...large } })]),
    ]);
    expect(one.clashes).toEqual([]);
    const digest = `sha256:${"1".repeat(64)}` as const;
    const other = {
      ...large,
      open: async function* () {
        yield new Uint8Array(10);
      },
    };
    const both = (a: object, b: object) =>
      compose([rendering("a", [file("k", "", { entry: a })]), rendering("b", [file("k", "", { entry: b })])]).clashes
        .length;
    expect(both({ ...large, digest }, { ...other, digest })).toBe(0);
    expect(both(large, other)).toBe(1);
  });
  it("refuses different content for one path, and names both", () => {
    const wants = (text: string, item: string) => file("a.md", text, { items: [{ feature: "rules", item }] });
    expect(compose([rendering("toy", [wants("1", "go/x"), wants("2", "go-x")])])).toMatchObject({
      files: [],
      clashes: [{ path: "a.md", message: expect.stringMatching(/rules "go\/x".*rules "go-x"/) }],
    });
  });
  it("X-24 refuses names that one file system takes for the same, and a file where a directory is needed", () => {
    const { clashes } = compose([
      rendering("toy", [
        file("Rules/A.md", "1"),
        file("rules/a.md", "2"),
        file("x", "1"),
        file("X/y", "2"),
        file("e\u0301", "1"),
        file("é", "2"),
      ]),
    ]);
    // Each pair once.
    expect(new Set(clashes.map(({ path }) => path))).toEqual(new Set(["Rules/A.md", "X/y", "e\u0301"]));
  });
  it("S15-16 refuses unsafe paths", () => {
    const { clashes, files } = compose([rendering("toy", [file("../x", "1"), file("a\0b", "1"), file("ok", "1")])]);
    expect(clashes).toHaveLength(2);
    expect(files.map(({ path }) => path)).toEqual(["ok"]);
  });
  it("joins the sections of several adapters for one document in order, each once", async () => {
    const composed = compose([
      rendering("b", [section("AGENTS.md", "rules", 4, "r\n"), section("AGENTS.md", "prompt", 2, "p\n")]),
      rendering("a", [section("AGENTS.md", "prompt", 2, "p\n")]),
    ]);
    expect(await textsOf(composed)).toEqual({ "AGENTS.md": "p\n\n## rules\n\nr\n" });
    expect(composed.files).toMatchObject([{ exact: false, origins: ["prompt", "rules"], by: ["a", "b"] }]);
    expect(composed.notices).toMatchObject([{ code: "document-composed", path: "AGENTS.md" }]);
  });
  it("B1 leaves the bytes of a single source alone", async () => {
    const composed = compose([rendering("a", [section("A.md", "prompt", 2, "\ufeff p \r\n")])]);
    expect((await textsOf(composed))["A.md"]).toBe(new TextDecoder().decode(new TextEncoder().encode("\ufeff p \r\n")));
    expect(composed.files).toMatchObject([{ exact: true }]);
    expect(composed.notices).toEqual([]);
  });
  const includes = { includes: { path: "AGENTS.md", directive: "@AGENTS.md" } };
  it("R11 includes a document that another adapter writes instead of repeating it", async () => {
    const claude = rendering("claude", [
      section("CLAUDE.md", "prompt", 2, "p\n", includes),
      section("CLAUDE.md", "extra", 3, "e\n", includes),
    ]);
    expect(await textsOf(compose([claude]))).toEqual({ "CLAUDE.md": "p\n\n## extra\n\ne\n" });
    const together = compose([claude, rendering("other", [section("AGENTS.md", "prompt", 2, "p\n")])]);
    expect(await textsOf(together)).toEqual({ "AGENTS.md": "p\n", "CLAUDE.md": "@AGENTS.md\n\n## extra\n\ne\n" });
    expect(together.notices).toMatchObject([{ code: "document-included", path: "CLAUDE.md" }]);
  });
  it("O13 spares an always-loaded file whose text the runtime reads in the included document", async () => {
    const rule = { items: [{ feature: "rules", item: "always.md" }] };
    const claude = rendering("claude", [
      section("CLAUDE.md", "prompt", 2, "p\n", includes),
      file(".claude/rules/always.md", "r\n", { ...rule, alwaysLoaded: true }),
      file(".claude/rules/glob.md", "g\n", { items: [{ feature: "rules", item: "glob.md" }] }),
    ]);
    const codex = rendering("codex", [
      section("AGENTS.md", "prompt", 2, "p\n"),
      section("AGENTS.md", "rule:always.md", 4, "r\n", rule),
    ]);
    const composed = compose([claude, codex]);
    expect(Object.keys(await textsOf(composed))).toEqual([".claude/rules/glob.md", "AGENTS.md", "CLAUDE.md"]);
    expect(composed.spared).toMatchObject([{ path: ".claude/rules/always.md", adapter: "claude" }]);
    expect(compose([claude]).spared).toEqual([]);
    const scoped = rendering("codex", [
      section("AGENTS.md", "rule:glob.md", 4, "g\n", { items: [{ feature: "rules", item: "glob.md" }] }),
    ]);
    expect(compose([claude, scoped]).notices).toContainEqual(
      expect.objectContaining({ code: "read-twice", path: ".claude/rules/glob.md" }),
    );
  });
  it("merges keys of several adapters, unites lists and refuses contradictions", async () => {
    const one = rendering("a", [
      keys("s.json", { mcpServers: { x: { command: "1" } }, permissions: { allow: ["R"] } }),
    ]);
    const two = rendering("b", [
      keys("s.json", { mcpServers: { y: { command: "2" } }, permissions: { allow: ["R", "W"] } }),
    ]);
    expect(await textsOf(compose([one, two]))).toEqual({
      "s.json": '{"mcpServers":{"x":{"command":"1"},"y":{"command":"2"}},"permissions":{"allow":["R","W"]}}',
    });
    const against = rendering("c", [keys("s.json", { mcpServers: { x: { command: "other" } } })]);
    expect(compose([one, against]).clashes).toMatchObject([
      { path: "s.json", message: expect.stringContaining("mcpServers.x.command") },
    ]);
  });
  it("R12 gives the runtime's notices for what is written, and warns beyond its budgets", () => {
    const notices = [
      { paths: "s.json", code: "trust-gated", message: "until trusted", key: "permissions.allow" },
      { paths: "other.json", code: "trust-gated", message: "never" },
      { paths: "s.json", code: "trust-gated", message: "user only", scope: "user" as const },
    ];
    const budgets = [
      { paths: "**/A.md", unit: "bytes" as const, limit: 5, effect: "cuts", total: true },
      { paths: "*.md", unit: "lines" as const, limit: 2, effect: "ignores" },
    ];
    const composed = compose([
      rendering(
        "toy",
        [
          keys("s.json", { permissions: { allow: ["R"] } }),
          file("A.md", "123"),
          file("d/A.md", "456"),
          file("l.md", "1\n2\n3"),
        ],
        { notices, budgets },
      ),
    ]);
    expect(composed.notices.map(({ code, path, message }) => [code, path, message])).toEqual([
      ["trust-gated", "s.json", "until trusted"],
      ["budget-exceeded", "**/A.md", "holds 6 bytes; toy cuts beyond 5"],
      ["budget-exceeded", "l.md", "holds 3 lines; toy ignores beyond 2"],
    ]);
  });
});

describe("compose, for a runtime that reads what others write (O13)", () => {
  const skill = (path: string, more: object = {}) =>
    file(path, "x", { items: [{ feature: "skills", item: "s" }], ...more });
  const alsoAt = ["AGENTS.md", "CLAUDE.md", "there/**"];

  it("O13 leaves out sections and files that another adapter puts where the runtime looks too", () => {
    const composed = compose([
      rendering("copy", [section("own.md", "p", 2, "P\n", { alsoAt }), skill("own/s/SKILL.md", { alsoAt })]),
      rendering("other", [section("AGENTS.md", "p", 2, "P\n"), skill("there/s/SKILL.md")]),
    ]);
    expect(composed.files.map(({ path }) => path)).toEqual(["AGENTS.md", "there/s/SKILL.md"]);
    expect(composed.spared).toEqual([
      { path: "own.md", adapter: "copy", at: "AGENTS.md", because: "copy reads it in AGENTS.md" },
      {
        path: "own/s/SKILL.md",
        adapter: "copy",
        at: "there/s/SKILL.md",
        because: "copy reads it in there/s/SKILL.md",
      },
    ]);
  });
  it("O13 keeps what stands nowhere else: other items, other places, and what only the adapter itself writes", () => {
    const own = [
      section("own.md", "p", 2, "P\n", { alsoAt }),
      section("own.md", "only-here", 3, "Q\n", { alsoAt }),
      skill("there/s/SKILL.md"),
      skill("own/s/SKILL.md", { alsoAt }),
    ];
    const composed = compose([rendering("copy", own), rendering("other", [section("elsewhere.md", "p", 2, "P\n")])]);
    expect(composed.spared).toEqual([]);
    expect(composed.files.map(({ path }) => path)).toEqual([
      "elsewhere.md",
      "own.md",
      "own/s/SKILL.md",
      "there/s/SKILL.md",
    ]);
  });
  it("O13 never lets two adapters leave the same out because of each other", async () => {
    const composed = compose([
      rendering("a", [section("a.md", "p", 2, "P\n", { alsoAt: ["b.md"] })]),
      rendering("b", [section("b.md", "p", 2, "P\n", { alsoAt: ["a.md"] })]),
    ]);
    expect(await textsOf(composed)).toEqual({ "a.md": "P\n", "b.md": "P\n" });
  });
  it("O13 never leaves out the document that another one includes", async () => {
    const includes = { includes: { path: "AGENTS.md", directive: "@AGENTS.md" } };
    const composed = compose([
      rendering("copy", [section("AGENTS.md", "p", 2, "P\n", { alsoAt })]),
      rendering("other", [section("CLAUDE.md", "p", 2, "P\n", includes)]),
    ]);
    expect(await textsOf(composed)).toEqual({ "AGENTS.md": "P\n", "CLAUDE.md": "@AGENTS.md\n" });
  });
  it("O13 says what is read twice all the same", () => {
    const { notices } = compose([
      rendering("copy", [section("own.md", "p", 2, "P\n", { alsoAt })]),
      rendering("one", [section("AGENTS.md", "p", 2, "P\n")]),
      rendering("two", [section("CLAUDE.md", "p", 2, "P\n")]),
    ]);
    expect(notices.filter(({ code }) => code === "read-twice")).toMatchObject([
      { path: "CLAUDE.md", message: "says what is read anyway: copy reads it in AGENTS.md" },
    ]);
  });
  it("O13 leaves out an always-loaded file whose text another adapter puts into a document that both write", () => {
    const rule = { items: [{ feature: "rules", item: "r" }] };
    const composed = compose([
      rendering("a", [section("AGENTS.md", "p", 2, "P\n"), file("rules/r.md", "R", { ...rule, alwaysLoaded: true })]),
      rendering("b", [section("AGENTS.md", "rule:r", 4, "R\n", rule)]),
    ]);
    expect(composed.files.map(({ path }) => path)).toEqual(["AGENTS.md"]);
    expect(composed.spared).toMatchObject([{ path: "rules/r.md", adapter: "a" }]);
  });
  it("O13 keeps a file for some files beside a document that is always there, and says so", () => {
    const rule = { items: [{ feature: "rules", item: "r" }] };
    const own = (alwaysLoaded: boolean) =>
      rendering("copy", [file("own/r.md", "R", { ...rule, alsoAt, alwaysLoaded })]);
    const other = rendering("other", [section("AGENTS.md", "rule:r", 4, "R\n", rule)]);
    const scoped = compose([own(false), other]);
    expect(scoped.spared).toEqual([]);
    expect(scoped.notices).toContainEqual(expect.objectContaining({ code: "read-twice", path: "own/r.md" }));
    expect(compose([own(true), other]).spared).toMatchObject([{ path: "own/r.md" }]);
  });
  it("R11 moves a shared text into the document that others include, where several adapters are planned", async () => {
    const includes = (shares: boolean) => ({ includes: { path: "AGENTS.md", directive: "@AGENTS.md", shares } });
    const one = rendering("one", [section("ONE.md", "p", 2, "P\n", includes(true))]);
    const two = rendering("two", [section("TWO.md", "p", 2, "P\n", includes(false))]);
    expect(await textsOf(compose([one]))).toEqual({ "ONE.md": "P\n" });
    expect(await textsOf(compose([one, two]))).toEqual({
      "AGENTS.md": "P\n",
      "ONE.md": "@AGENTS.md\n",
      "TWO.md": "@AGENTS.md\n",
    });
  });
});
