import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type FileEntry, fileEntry } from "@stax/schema";
import { describe, expect, it } from "vitest";
import { type ApplyEvent, apply, inverse } from "./apply.ts";
import type { ComposedFile, ComposedKeys } from "./compose.ts";
import { recover } from "./journal.ts";
import { plan } from "./plan.ts";
import { readRecord } from "./record.ts";
import { Root } from "./root.ts";
import { snapshot, temporaryDirectory, wanted, wantedFile, wantedKeys, without } from "./sample.fixture.ts";

const planned = (directory: string, ...files: readonly (ComposedFile | ComposedKeys)[]) =>
  plan(wanted(...files), readRecord(Root.at(directory)), Root.at(directory));

/** A file whose content does something while it is read. */
const acting = (path: string, text: string, act: () => void): FileEntry => {
  const entry = fileEntry(path, text);
  let reads = 0;
  return {
    ...entry,
    async *open() {
      // The first read is the plan's, which hashes.
      if (++reads > 1) act();
      yield new TextEncoder().encode(text);
    },
  };
};

describe("apply", () => {
  it("writes content, executable bits and the record in one go, and tells of each file", async () => {
    const directory = temporaryDirectory();
    const events: ApplyEvent[] = [];
    const made = await planned(directory, wantedFile("a/b.md", "b"), wantedFile("run.sh", "#!", { executable: true }));
    await apply(made, Root.at(directory), { onEvent: (event) => events.push(event) });
    expect(without(snapshot(directory))).toEqual({ a: "/", "a/b.md": "-b", "run.sh": "x#!" });
    expect(events.map(({ kind, path, index, total }) => [kind, path, index, total])).toEqual([
      ["write", "a/b.md", 1, 3],
      ["write", "run.sh", 2, 3],
      ["write", ".stax/materialized.json", 3, 3],
    ]);
    expect(readdirSync(join(directory, ".stax"))).toEqual(["materialized.json"]);
  });
  it("writes no record where none is wanted", async () => {
    const directory = temporaryDirectory();
    await apply(await planned(directory, wantedFile("a.md", "a")), Root.at(directory), { record: false });
    expect(readdirSync(directory)).toEqual(["a.md"]);
  });
  it("S15-18 makes directories 0755 and files 0644 or 0755, less the umask", async () => {
    const directory = temporaryDirectory();
    const made = await planned(directory, wantedFile("d/a.md", "a"), wantedFile("d/x.sh", "x", { executable: true }));
    const before = process.umask(0o027);
    try {
      await apply(made, Root.at(directory));
    } finally {
      process.umask(before);
    }
    const mode = (path: string) => (statSync(join(directory, path)).mode & 0o777).toString(8);
    expect([mode("d"), mode("d/a.md"), mode("d/x.sh")]).toEqual(["750", "640", "750"]);
  });
  it("S15-18 never makes anything writable for others, whatever the umask", async () => {
    const directory = temporaryDirectory();
    const made = await planned(directory, wantedFile("d/a.md", "a"));
    const before = process.umask(0);
    try {
      await apply(made, Root.at(directory));
    } finally {
      process.umask(before);
    }
    expect(statSync(join(directory, "d")).mode & 0o022).toBe(0);
    expect(statSync(join(directory, "d/a.md")).mode & 0o022).toBe(0);
  });
  it("keeps the mode of a person's file that it merges into", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, ".claude.json"), "{}", { mode: 0o600 });
    await apply(
      await planned(directory, wantedKeys(".claude.json", { mcpServers: { a: { command: "x" } } })),
      Root.at(directory),
    );
    expect(statSync(join(directory, ".claude.json")).mode & 0o777).toBe(0o600);
  });
  it("refuses a plan with conflicts, and writes nothing", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "a.md"), "mine");
    const made = await planned(directory, wantedFile("a.md", "theirs"), wantedFile("b.md", "b"));
    await expect(apply(made, Root.at(directory))).rejects.toMatchObject({
      code: "ERR_STAX_PLAN_CONFLICT",
      category: "build",
      diagnostics: [{ path: "a.md", severity: "error" }],
    });
    expect(snapshot(directory)).toEqual({ "a.md": "-mine" });
  });
  it("S15-23 puts everything back when content fails half-way", async () => {
    const directory = temporaryDirectory();
    await apply(
      await planned(directory, wantedFile("old.md", "old"), wantedKeys("s.json", { model: "a" })),
      Root.at(directory),
    );
    const before = snapshot(directory);
    const failing = acting("z.md", "z", () => {
      throw new Error("the registry went away");
    });
    const made = await planned(
      directory,
      wantedFile("new/dir/a.md", "a"),
      wantedFile("old.md", "new"),
      wantedKeys("s.json", { model: "b" }),
      wantedFile("z.md", "", { entry: failing }),
    );
    await expect(apply(made, Root.at(directory))).rejects.toThrow("the registry went away");
    expect(snapshot(directory)).toEqual(before);
  });
  it("S15-23 puts everything back when it is aborted", async () => {
    const directory = temporaryDirectory();
    const made = await planned(directory, wantedFile("a.md", "a"), wantedFile("b.md", "b"));
    const controller = new AbortController();
    const applying = apply(made, Root.at(directory), {
      signal: controller.signal,
      onEvent: ({ path }) => path === "b.md" && controller.abort(),
    });
    // The signal is looked at between two files: b.md is written, the record is not.
    await expect(applying).rejects.toThrow("aborted");
    expect(snapshot(directory)).toEqual({});
  });
  it("lets a signal through between many small files", async () => {
    const directory = temporaryDirectory();
    const many = Array.from({ length: 400 }, (_, index) => wantedFile(`${index}.md`, `${index}`));
    const made = await planned(directory, ...many);
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    await expect(apply(made, Root.at(directory), { signal: controller.signal })).rejects.toThrow("aborted");
    expect(snapshot(directory)).toEqual({});
  });
  it("refuses content that is not what its digest says", async () => {
    const directory = temporaryDirectory();
    const entry = { ...fileEntry("a.md", "good"), digest: `sha256:${"0".repeat(64)}` as const };
    const made = await planned(directory, wantedFile("a.md", "", { entry }));
    await expect(apply(made, Root.at(directory))).rejects.toMatchObject({
      code: "ERR_STAX_CONTENT_CHANGED",
      category: "build",
    });
    expect(snapshot(directory)).toEqual({});
  });
  it("does not overwrite a file that appeared after the plan", async () => {
    const directory = temporaryDirectory();
    const made = await planned(directory, wantedFile("a.md", "theirs"));
    writeFileSync(join(directory, "a.md"), "mine");
    await expect(apply(made, Root.at(directory))).rejects.toMatchObject({ code: "ERR_STAX_ROOT_CHANGED" });
    expect(snapshot(directory)).toEqual({ "a.md": "-mine" });
  });
  it("does not overwrite a file that changed after the plan", async () => {
    const directory = temporaryDirectory();
    await apply(await planned(directory, wantedFile("a.md", "1")), Root.at(directory));
    const made = await planned(directory, wantedFile("a.md", "2"));
    writeFileSync(join(directory, "a.md"), "mine");
    await expect(apply(made, Root.at(directory))).rejects.toMatchObject({ code: "ERR_STAX_ROOT_CHANGED" });
    expect(readFileSync(join(directory, "a.md"), "utf8")).toBe("mine");
  });
  it("takes a kept apply back, byte for byte", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "s.json"), '{"own": 1}', { mode: 0o600 });
    const root = Root.at(directory);
    const first = await apply(
      await planned(directory, wantedFile("d/a.md", "1"), wantedKeys("s.json", { model: "m" })),
      root,
      { keep: true },
    );
    const before = without(snapshot(directory));
    const second = await apply(await planned(directory, wantedFile("d/a.md", "2"), wantedFile("n.md", "n")), root, {
      keep: true,
    });
    await apply(inverse(second), root);
    expect(without(snapshot(directory))).toEqual(before);
    await apply(inverse(first), root);
    expect(without(snapshot(directory))).toEqual({ "s.json": '-{"own": 1}' });
    expect(readRecord(root)).toEqual([]);
  });
  it("cannot be taken back where nothing was kept", async () => {
    const directory = temporaryDirectory();
    const applied = await apply(await planned(directory, wantedFile("a.md", "1")), Root.at(directory));
    expect(() => inverse(applied)).toThrow("keep");
  });
});

describe("apply in a hostile root", () => {
  it("S15-16 does not write through a directory that is a link leading outside", async () => {
    const directory = temporaryDirectory();
    const outside = temporaryDirectory();
    symlinkSync(outside, join(directory, ".claude"));
    const made = await planned(directory, wantedFile(".claude/rules/a.md", "x"));
    expect(made.conflicts).toMatchObject([{ path: ".claude/rules/a.md", reason: "outside" }]);
    // Even a plan made before the link was there does not get through.
    const clean = await plan(wanted(wantedFile(".claude/rules/a.md", "x")), [], Root.at(temporaryDirectory()));
    await expect(apply(clean, Root.at(directory))).rejects.toMatchObject({ code: "ERR_STAX_PATH_UNSAFE" });
    expect(readdirSync(outside)).toEqual([]);
  });
  it("writes through a link that stays inside the root", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, ".agents/skills"), { recursive: true });
    mkdirSync(join(directory, ".claude"));
    symlinkSync("../.agents/skills", join(directory, ".claude/skills"));
    await apply(await planned(directory, wantedFile(".claude/skills/a/SKILL.md", "s")), Root.at(directory));
    expect(readFileSync(join(directory, ".agents/skills/a/SKILL.md"), "utf8")).toBe("s");
  });
  it("S15-16 refuses a parent that is swapped for a link while a file is written", async () => {
    const directory = temporaryDirectory();
    const outside = temporaryDirectory();
    mkdirSync(join(directory, ".claude"));
    const swap = acting(".claude/evil.md", "x", () => {
      renameSync(join(directory, ".claude"), join(directory, "moved"));
      symlinkSync(outside, join(directory, ".claude"));
    });
    const made = await planned(directory, wantedFile(".claude/evil.md", "", { entry: swap }));
    await expect(apply(made, Root.at(directory))).rejects.toMatchObject({ code: "ERR_STAX_ROOT_CHANGED" });
    expect(readdirSync(outside)).toEqual([]);
    expect(readdirSync(join(directory, "moved"))).toEqual([]);
  });
  it("S15-16 refuses a file that is swapped for a link while it is replaced", async () => {
    const directory = temporaryDirectory();
    const outside = temporaryDirectory();
    writeFileSync(join(outside, "target"), "outside");
    await apply(await planned(directory, wantedFile("a.md", "1")), Root.at(directory));
    const swap = acting("a.md", "2", () => {
      renameSync(join(directory, "a.md"), join(directory, "b.md"));
      symlinkSync(join(outside, "target"), join(directory, "a.md"));
    });
    const made = await planned(directory, wantedFile("a.md", "", { entry: swap }));
    await expect(apply(made, Root.at(directory))).rejects.toMatchObject({ code: "ERR_STAX_ROOT_CHANGED" });
    expect(readFileSync(join(outside, "target"), "utf8")).toBe("outside");
  });
  it.each(["../x", "/tmp/stax-x", "a\0b", "C:\\x", "a/../../x"])("S15-16 refuses a plan for %j", async (path) => {
    const directory = temporaryDirectory();
    const clean = await plan(wanted(wantedFile("ok.md", "x")), [], Root.at(directory));
    const evil = { ...clean, changes: clean.changes.map((change) => ({ ...change, path })) };
    await expect(apply(evil, Root.at(directory))).rejects.toMatchObject({ code: "ERR_STAX_PATH_UNSAFE" });
    expect(snapshot(directory)).toEqual({});
  });
  it("reports a root that cannot be used", () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "file"), "");
    expect(() => Root.at(join(directory, "file"))).toThrow(
      expect.objectContaining({ code: "ERR_STAX_ROOT_UNUSABLE", category: "build" }),
    );
  });
  it("makes a root that is missing with those above it, and reports one below a file or a dead link", () => {
    const directory = temporaryDirectory();
    expect(Root.at(join(directory, "a/b/c")).path).toBe(join(realpathSync(directory), "a/b/c"));
    writeFileSync(join(directory, "file"), "");
    symlinkSync(join(directory, "nowhere"), join(directory, "dead"));
    for (const path of ["file/below", "dead", "dead/below"])
      expect(() => Root.at(join(directory, path))).toThrow(
        expect.objectContaining({ code: "ERR_STAX_ROOT_UNUSABLE", category: "build" }),
      );
    expect(existsSync(join(directory, "nowhere"))).toBe(false);
  });
  // In a process of its own: code that never returns would take the test's time limit with it.
  it.skipIf(!existsSync("/proc/self"))("reports a root below /proc at once (where there is a /proc)", () => {
    const module = new URL("./root.ts", import.meta.url).href;
    const script = `import(${JSON.stringify(module)}).then(({ Root }) => Root.at(process.argv[1])).catch(({ code }) => console.log(code))`;
    for (const path of ["/proc/stax-none", "/proc/stax-none/below"]) {
      const { stdout, signal } = spawnSync(
        process.execPath,
        ["--conditions=stax:source", "--input-type=module", "-e", script, path],
        { encoding: "utf8", timeout: 10_000, killSignal: "SIGKILL" },
      );
      expect({ stdout, signal }).toEqual({ stdout: "ERR_STAX_ROOT_UNUSABLE\n", signal: null });
    }
  });
  it.skipIf(process.getuid?.() === 0)(
    "reports a directory without permission (not as root, who may write anywhere)",
    async () => {
      const directory = temporaryDirectory();
      mkdirSync(join(directory, "closed"));
      chmodSync(join(directory, "closed"), 0o500);
      const made = await planned(directory, wantedFile("closed/a.md", "x"));
      await expect(apply(made, Root.at(directory))).rejects.toMatchObject({ code: "ERR_STAX_ROOT_UNUSABLE" });
    },
  );
});

describe("two applies in one root", () => {
  it("refuses to write while another one does", async () => {
    const directory = temporaryDirectory();
    const other = await planned(directory, wantedFile("b.md", "b"));
    let refused: unknown;
    const nested = acting("a.md", "a", () => undefined);
    const entry: FileEntry = {
      ...nested,
      async *open() {
        refused ??= await apply(other, Root.at(directory)).catch((error: unknown) => error);
        yield new TextEncoder().encode("a");
      },
    };
    const made = await planned(directory, wantedFile("a.md", "", { entry: { ...entry, digest: digestOfA } }));
    await apply(made, Root.at(directory));
    expect(refused).toMatchObject({ code: "ERR_STAX_ROOT_BUSY" });
    expect(Object.keys(without(snapshot(directory)))).toEqual(["a.md"]);
  });
  it.each([
    ["is no JSON", "{"],
    [
      "names a path outside",
      JSON.stringify({
        pid: 1,
        started: "0",
        token: "0".repeat(16),
        steps: [{ path: "../x", before: "absent" }],
        directories: [],
      }),
    ],
    [
      "removes a directory outside",
      JSON.stringify({ pid: 1, started: "0", token: "0".repeat(16), steps: [], directories: ["../x"] }),
    ],
  ])("S15-16 refuses a journal that %s", async (_, journal) => {
    const directory = temporaryDirectory();
    const made = await planned(directory, wantedFile("a.md", "a"));
    mkdirSync(join(directory, ".stax/apply"), { recursive: true });
    writeFileSync(join(directory, ".stax/apply/journal.json"), journal);
    await expect(apply(made, Root.at(directory))).rejects.toMatchObject({ code: "ERR_STAX_RECORD_INVALID" });
  });
  it("does not take another process of the same number for the one that crashed", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, ".stax/apply"), { recursive: true });
    writeFileSync(join(directory, "half.md"), "a");
    const steps = [{ path: "half.md", before: "absent", after: digestOfA }];
    const journal = { pid: process.pid, started: "1", token: "0".repeat(16), steps, directories: [] };
    writeFileSync(join(directory, ".stax/apply/journal.json"), JSON.stringify(journal));
    await apply(await planned(directory, wantedFile("a.md", "a")), Root.at(directory));
    expect(Object.keys(without(snapshot(directory)))).toEqual(["a.md"]);
  });
  it("S15-23 undoes what a killed apply left half-done", async () => {
    const directory = temporaryDirectory();
    await apply(
      await planned(directory, wantedFile("old.md", "old"), wantedFile("gone.md", "gone")),
      Root.at(directory),
    );
    const before = snapshot(directory);
    const script = `
      import { fileEntry } from "@stax/schema";
      import { plan } from ${JSON.stringify(join(import.meta.dirname, "plan.ts"))};
      import { apply } from ${JSON.stringify(join(import.meta.dirname, "apply.ts"))};
      import { readRecord } from ${JSON.stringify(join(import.meta.dirname, "record.ts"))};
      import { Root } from ${JSON.stringify(join(import.meta.dirname, "root.ts"))};
      const root = Root.at(${JSON.stringify(directory)});
      const file = (path, text) => ({ kind: "file", path, entry: fileEntry(path, text), by: ["toy"], document: false, exact: true, origins: [], mayVanish: false });
      const files = [file("new/a.md", "a"), file("old.md", "new"), file("z.md", "z")];
      const made = await plan({ files, clashes: [], spared: [], notices: [] }, readRecord(root), root, { prune: true });
      await apply(made, root, { onEvent: ({ path }) => { if (path === "z.md") process.kill(process.pid, "SIGKILL"); } });
    `;
    const killed = spawnSync(process.execPath, ["--conditions=stax:source", "--input-type=module", "-e", script], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    });
    expect(killed.signal, killed.stderr).toBe("SIGKILL");
    expect(existsSync(join(directory, "new/a.md"))).toBe(true);
    expect(readFileSync(join(directory, "old.md"), "utf8")).toBe("new");
    expect(existsSync(join(directory, "gone.md"))).toBe(false);
    expect(recover(Root.at(directory))).toBe(true);
    expect(snapshot(directory)).toEqual(before);
    expect(recover(Root.at(directory))).toBe(false);
  });
});

const digestOfA = "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" as const;
