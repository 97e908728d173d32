import {
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type FileEntry, readEntry } from "@stax/schema";
import { describe, expect, it } from "vitest";
import { LayersError, type ReadTreeOptions, readTree, sensitiveFile } from "../index.ts";
import { packed } from "../raw-archive.fixture.ts";
import { directoryOf, temporaryDirectory } from "../temporary.fixture.ts";

const paths = async (root: string, options?: ReadTreeOptions) =>
  (await readTree(root, options)).tree.map(({ path }) => path);
const findings = async (root: string, options?: ReadTreeOptions) =>
  (await readTree(root, options)).diagnostics.map(({ code, severity, path }) => `${severity} ${code} ${path}`);
const digestOf = async (root: string, options?: ReadTreeOptions) =>
  (await packed((await readTree(root, options)).tree)).digest;
const textOf = async (entry: FileEntry | undefined) =>
  entry === undefined ? undefined : Buffer.from(await readEntry(entry, 1 << 30)).toString("utf8");

describe("readTree", () => {
  it("reads names, sizes and executable bits, sorted by bytes, and opens nothing", async () => {
    const root = directoryOf({ "b.md": "12", "a/x.sh": "#!", "a-b": "", é: "1" });
    chmodSync(join(root, "a/x.sh"), 0o755);
    const { tree, size, diagnostics } = await readTree(root);
    expect(tree.map(({ path, size, executable }) => [path, size, executable])).toEqual([
      ["a-b", 0, false],
      ["a/x.sh", 2, true],
      ["b.md", 2, false],
      ["é", 1, false],
    ]);
    expect(size).toBe(5);
    expect(diagnostics).toEqual([]);
  });

  it("S03-08 S03-11 S03-76 gives the same digest whatever the times, modes, umask, directory and order of creation", async () => {
    const content = { "a.md": "1", "d/b.md": "2", "d/e/c.md": "3" };
    const first = directoryOf(content);
    const before = process.umask(0o077);
    try {
      const second = directoryOf(Object.fromEntries(Object.entries(content).reverse()));
      chmodSync(join(second, "a.md"), 0o600);
      chmodSync(join(second, "d"), 0o700);
      utimesSync(join(second, "d/b.md"), 1, 1);
      expect(await digestOf(second)).toBe(await digestOf(first));
    } finally {
      process.umask(before);
    }
  });

  it("S03-12 takes the owner's executable bit, and only that", async () => {
    const root = directoryOf({ a: "", b: "", c: "" });
    chmodSync(join(root, "a"), 0o744);
    chmodSync(join(root, "b"), 0o611);
    const { tree } = await readTree(root);
    expect(tree.map(({ executable }) => executable)).toEqual([true, false, false]);
    const told = await readTree(root, { isExecutable: (path) => path === "c" });
    expect(told.tree.map(({ executable }) => executable)).toEqual([false, false, true]);
  });

  it("S03-80 refuses a directory that is not there, or is a file", async () => {
    const root = directoryOf({ file: "" });
    await expect(readTree(join(root, "nope"))).rejects.toMatchObject({ code: "ERR_STAX_SOURCE_MISSING" });
    await expect(readTree(join(root, "file"))).rejects.toMatchObject({ code: "ERR_STAX_SOURCE_MISSING" });
  });

  it("S03-23 refuses a directory outside the project, also through .. or a symlink", async () => {
    const base = directoryOf({ "project/k/a.md": "", "outside/secret.md": "" });
    const project = join(base, "project");
    symlinkSync("../outside", join(project, "link"));
    const options = { projectRoot: project };
    for (const root of [join(base, "outside"), join(project, "k/../../outside"), join(project, "link")])
      await expect(readTree(root, { ...options, symlinks: "flatten" })).rejects.toMatchObject({
        code: "ERR_STAX_SOURCE_OUTSIDE",
      });
    expect(await paths(join(base, "outside"), { ...options, allowOutsideRoot: true })).toEqual(["secret.md"]);
    expect(await paths(join(project, "x/../k"), options)).toEqual(["a.md"]);
  });

  it("S03-20 refuses a directory that is a symlink, or is reached through one, unless flattened", async () => {
    const project = directoryOf({ "real/k/a.md": "" });
    symlinkSync("real", join(project, "link"));
    symlinkSync("real/k", join(project, "direct"));
    for (const name of ["link/k", "direct"]) {
      const root = join(project, name);
      await expect(readTree(root, { projectRoot: project })).rejects.toMatchObject({ code: "ERR_STAX_SOURCE_SYMLINK" });
      expect(await paths(root, { projectRoot: project, symlinks: "flatten" })).toEqual(["a.md"]);
    }
  });

  it("S03-20 rejects symlinks by default, with what to do, and does not pack them", async () => {
    const root = directoryOf({ "a.md": "1" });
    symlinkSync("a.md", join(root, "b.md"));
    const { tree, diagnostics } = await readTree(root, { layer: "rules" });
    expect(tree.map(({ path }) => path)).toEqual(["a.md"]);
    expect(diagnostics).toEqual([
      expect.objectContaining({
        code: "symlink-rejected",
        severity: "error",
        layer: "rules",
        path: "b.md",
        hint: expect.stringContaining("flatten"),
      }),
    ]);
  });

  it("excludes symlinks with a warning in source snapshots (decision A10)", async () => {
    const root = directoryOf({ "a.md": "1" });
    symlinkSync("/etc", join(root, "b"));
    const reading = await readTree(root, { symlinks: "exclude" });
    expect(reading.excluded).toEqual(["b"]);
    expect(reading.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ["symlink-excluded", "warning"],
    ]);
  });

  it("S03-21 rejects two paths that are one file, but not one that has links elsewhere", async () => {
    const base = directoryOf({ "store/x": "1", "k/a.md": "2" });
    linkSync(join(base, "store/x"), join(base, "k/b.md"));
    expect(await findings(join(base, "k"))).toEqual([]);
    linkSync(join(base, "store/x"), join(base, "k/c.md"));
    expect(await findings(join(base, "k"))).toEqual(["error hard-link c.md"]);
  });

  it("A7 warns of directories without a file, the outermost once", async () => {
    const root = directoryOf({
      "a.md": "",
      "empty/": "",
      "nest/a/b/": "",
      "nest/c/": "",
      "full/x.md": "",
      "full/none/": "",
    });
    expect(await findings(root)).toEqual([
      "warning directory-empty empty",
      "warning directory-empty full/none",
      "warning directory-empty nest",
    ]);
    const none = temporaryDirectory();
    expect(await findings(none)).toEqual(["warning directory-empty ."]);
  });

  it("S03-49 can make empty top-level directories an error", async () => {
    const root = directoryOf({ "skill/": "", "other/x/": "", "good/SKILL.md": "", "good/assets/": "" });
    expect(await findings(root, { emptyTopLevel: "error" })).toEqual([
      "warning directory-empty good/assets",
      "error directory-empty other",
      "error directory-empty skill",
    ]);
  });

  it("S03-81 warns of names that differ in case only; an error when the artifact must be portable", async () => {
    const root = directoryOf({ "A.md": "1", "a.md": "2", "Dir/x": "1", "dir/x": "2", "dir/y": "" });
    expect(await findings(root)).toEqual(["warning path-case a.md", "warning path-case dir"]);
    expect(await findings(root, { portable: true })).toEqual(["error path-case a.md", "error path-case dir"]);
    expect(await paths(root)).toHaveLength(5);
  });

  it("S03-72 S03-73 names the limit, the size and how to raise it", async () => {
    const root = directoryOf({ a: Buffer.alloc(3 << 20), b: "" });
    const { diagnostics } = await readTree(root, { layer: "rules", maxSize: 2 << 20 });
    expect(diagnostics).toEqual([
      {
        code: "layer-too-large",
        severity: "error",
        layer: "rules",
        path: ".",
        message: "holds 3.0 MiB, more than the 2.0 MiB a rules layer may hold",
        hint: "leave files out with .staxignore, or raise the limit: --max-layer-size rules=3MiB",
      },
    ]);
    expect(await findings(root, { maxSize: 3 << 20 })).toEqual([]);
  });

  it("S03-74 warns of a single file over 10 MiB", async () => {
    const root = directoryOf({ "big.bin": "", "just.bin": "" });
    truncateSync(join(root, "big.bin"), (10 << 20) + 1);
    truncateSync(join(root, "just.bin"), 10 << 20);
    expect(await findings(root)).toEqual(["warning file-large big.bin"]);
  });

  it("S03-75 warns of a layer over the size it is told", async () => {
    const root = directoryOf({ "big.bin": "" });
    truncateSync(join(root, "big.bin"), (100 << 20) + 1);
    expect(await findings(root, { warnSize: 100 << 20 })).toEqual([
      "warning layer-large .",
      "warning file-large big.bin",
    ]);
    expect(await findings(root, { warnSize: 101 << 20 })).toEqual(["warning file-large big.bin"]);
  });

  it("S03-78 names a file whose name is not UTF-8, byte by byte", async () => {
    const root = directoryOf({ "ok\ufffd.md": "a name may hold U+FFFD" });
    writeFileSync(Buffer.from(`${root}/b\xff.md`, "latin1") as unknown as string, ""); // Node takes Buffer paths; the type of this overload does not
    const { tree, diagnostics } = await readTree(root);
    expect(tree.map(({ path }) => path)).toEqual(["ok\ufffd.md"]);
    expect(diagnostics.map(({ code, path }) => [code, path])).toEqual([["path-invalid", "b\\xff.md"]]);
  });

  it("names files relative to the project", async () => {
    const root = directoryOf({ "knowledge/sub/.env": "", "knowledge/a.md": "" });
    expect(await findings(join(root, "knowledge"), { projectRoot: root })).toEqual([
      "error file-secret knowledge/sub/.env",
    ]);
  });

  it("reports everything at once", async () => {
    const root = directoryOf({ ".env": "", "a\nb": "", "x/id_rsa": "", "ok.md": "" });
    symlinkSync("ok.md", join(root, "link"));
    expect(await findings(root)).toHaveLength(4);
  });

  it.skipIf(process.getuid?.() === 0)(
    "reports a directory that cannot be read (root can read everything)",
    async () => {
      const root = directoryOf({ "a/x": "", b: "" });
      chmodSync(join(root, "a"), 0);
      expect(await findings(root)).toEqual(["error file-unreadable a"]);
      chmodSync(join(root, "a"), 0o755);
    },
  );

  it("stops when it is told to", async () => {
    const root = directoryOf({ "a/x": "" });
    await expect(readTree(root, { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
  });
});

describe("readTree with symlinks: flatten", () => {
  const flatten = (projectRoot: string): ReadTreeOptions => ({ projectRoot, symlinks: "flatten" });

  it("S03-25 S03-28 S03-29 packs the bytes they lead to, as if they were real files", async () => {
    const project = directoryOf({
      "shared/f.md": "F",
      "shared/d/g.md": "G",
      "k/a.md": "A",
      "real/a.md": "A",
      "real/f.md": "F",
      "real/d/g.md": "G",
    });
    symlinkSync("../shared/f.md", join(project, "k/f.md"));
    symlinkSync("../shared/d", join(project, "k/d"));
    const reading = await readTree(join(project, "k"), flatten(project));
    expect(reading.tree.map(({ path }) => path)).toEqual(["a.md", "d/g.md", "f.md"]);
    expect(await textOf(reading.tree[1])).toBe("G");
    expect((await packed(reading.tree)).digest).toBe(await digestOf(join(project, "real")));
  });

  it("S03-30 tells which were flattened, and where they lead", async () => {
    const project = directoryOf({ "shared/f.md": "F", "k/a.md": "" });
    symlinkSync("../shared/f.md", join(project, "k/f.md"));
    symlinkSync("f.md", join(project, "k/g.md"));
    const { flattened, diagnostics } = await readTree(join(project, "k"), flatten(project));
    expect(flattened).toEqual([
      { path: "f.md", target: "shared/f.md" },
      { path: "g.md", target: "shared/f.md" },
    ]);
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ["symlink-flattened", "info"],
      ["symlink-flattened", "info"],
    ]);
  });

  const refused = async (code: string, link: string, files: Record<string, string> = {}, name = "link") => {
    const base = directoryOf({ "project/k/a.md": "", "outside/x": "", ...files });
    const project = join(base, "project");
    symlinkSync(link, join(project, "k", name));
    const { tree, diagnostics } = await readTree(join(project, "k"), flatten(project));
    expect(tree.map(({ path }) => path)).toEqual(["a.md"]);
    expect(
      diagnostics.filter(({ severity }) => severity === "error").map((finding) => [finding.code, finding.path]),
    ).toEqual([[code, `k/${name}`]]);
  };

  it("S03-24 refuses a target outside the project", () => refused("symlink-outside", "/etc/hostname"));
  it("S03-24 refuses a target outside the project through ..", () => refused("symlink-outside", "../../outside/x"));
  it("S03-24 refuses a directory outside the project", () => refused("symlink-outside", "../../outside"));
  it("S03-24 refuses a sibling whose name begins like the project's", () =>
    refused("symlink-outside", "../../project-2/x", { "project-2/x": "" }));
  it("S03-24 refuses a target in .git", () =>
    refused("symlink-outside", "../.git/config", { "project/.git/config": "" }));
  it("S03-26 refuses a symlink that leads nowhere", () => refused("symlink-dangling", "nowhere"));
  it("S03-27 refuses a symlink to itself", () => refused("symlink-cycle", "link"));
  it("S03-27 refuses a symlink to its own directory", () => refused("symlink-cycle", "."));
  it("S03-22 refuses a symlink to a device", () => refused("symlink-outside", "/dev/null"));
  it("S17-02 refuses a harmless name for a secret", () =>
    refused("file-secret", "../.env", { "project/.env": "T=1" }, "notes.md"));

  it("S17-02 refuses a harmless name for a directory of secrets", () =>
    refused("file-secret", "../.ssh", { "project/.ssh/config": "x" }, "notes"));

  it("S03-36 refuses a layer that is a symlink into .git", async () => {
    const project = directoryOf({ ".git/config": "" });
    symlinkSync(".git", join(project, "k"));
    await expect(readTree(join(project, "k"), flatten(project))).rejects.toMatchObject({
      code: "ERR_STAX_SOURCE_OUTSIDE",
    });
  });

  it("S03-24 refuses a chain of symlinks that leaves the project in between", async () => {
    const base = directoryOf({ "project/k/a.md": "", "outside/x": "" });
    symlinkSync("../hop", join(base, "project/k/link"));
    symlinkSync("../outside/x", join(base, "project/hop"));
    expect(await findings(join(base, "project/k"), flatten(join(base, "project")))).toEqual([
      "error symlink-outside k/link",
    ]);
  });

  it("S03-27 refuses symlinks in a circle, a → b → a", async () => {
    const root = directoryOf({ "a.md": "" });
    symlinkSync("two", join(root, "one"));
    symlinkSync("one", join(root, "two"));
    expect(await findings(root, flatten(root))).toEqual(["error symlink-cycle one", "error symlink-cycle two"]);
  });

  it("S03-27 refuses a directory above the layer, which would hold the layer again", async () => {
    const project = directoryOf({ "k/a.md": "", "x.md": "" });
    symlinkSync("..", join(project, "k/up"));
    const found = await findings(join(project, "k"), flatten(project));
    expect(found.filter((finding) => finding.startsWith("error"))).toEqual(["error symlink-cycle k/up/k"]);
  });

  it("S03-27 refuses directories that lead to each other", async () => {
    const root = directoryOf({ "a/x.md": "", "b/y.md": "" });
    symlinkSync("../b", join(root, "a/to-b"));
    symlinkSync("../a", join(root, "b/to-a"));
    const found = await findings(root, flatten(root));
    expect(found.filter((finding) => finding.startsWith("error"))).toEqual([
      "error symlink-cycle a/to-b/to-a",
      "error symlink-cycle b/to-a/to-b",
    ]);
  });

  it("does not take two symlinks to one file for a hard link", async () => {
    const root = directoryOf({ "a.md": "A" });
    symlinkSync("a.md", join(root, "b.md"));
    symlinkSync("a.md", join(root, "c.md"));
    expect(await paths(root, flatten(root))).toEqual(["a.md", "b.md", "c.md"]);
  });
});

describe("an entry of readTree", () => {
  const content = (size: number) => Buffer.alloc(size, "x");
  const opened = async (entry: FileEntry | undefined): Promise<number> => {
    let size = 0;
    if (entry !== undefined) for await (const piece of entry.open()) size += piece.length;
    return size;
  };

  it("gives readEntry the whole of a large file, though its pieces are lent", async () => {
    const noise = Buffer.from(Array.from({ length: 1_500_000 }, (_, i) => Math.imul(i, 2654435761) >> 13));
    const { tree } = await readTree(directoryOf({ a: noise }));
    expect(tree[0] !== undefined && noise.equals(await readEntry(tree[0], 1 << 30))).toBe(true);
  });

  it.each([
    ["small", 1000],
    ["large", 600_000],
  ])("reads a %s file, as often as it is opened", async (_, size) => {
    const { tree } = await readTree(directoryOf({ a: content(size) }));
    expect(await opened(tree[0])).toBe(size);
    expect(await opened(tree[0])).toBe(size);
  });

  it.each([
    ["small", 1000],
    ["large", 600_000],
  ] as const)("S03-23 refuses a %s file that changed since it was seen", async (_, size) => {
    const changes: readonly ((file: string, root: string) => void)[] = [
      (file) => writeFileSync(file, content(size + 1)),
      (file) => truncateSync(file, 10),
      (file) => utimesSync(file, 1, 1),
      (file) => rmSync(file),
      (file) => { rmSync(file); writeFileSync(file, content(size)); }, // biome-ignore format: one line
      (file) => { rmSync(file); mkdirSync(file); }, // biome-ignore format: one line
      (file, root) => { renameSync(file, join(root, "moved")); symlinkSync("moved", file); }, // biome-ignore format: one line
      (file) => { rmSync(file); symlinkSync("/etc/hostname", file); }, // biome-ignore format: one line
    ];
    for (const [i, change] of changes.entries()) {
      const root = directoryOf({ a: content(size) });
      // Long ago: the clock of a file system may stand still between two writes of a test.
      utimesSync(join(root, "a"), 1000, 1000);
      const { tree } = await readTree(root);
      change(join(root, "a"), root);
      await expect(packed(tree), `change ${i}`).rejects.toMatchObject({ code: "ERR_STAX_SOURCE_CHANGED" });
    }
  });

  it.each([
    ["small", 1000],
    ["large", 600_000],
  ] as const)(
    "S03-23 does not follow a directory swapped for a symlink, even to the same file (%s)",
    async (_, size) => {
      const base = directoryOf({ "k/d/a": content(size), "elsewhere/": "" });
      const { tree } = await readTree(join(base, "k"));
      // The very same inode, so that only the place tells.
      renameSync(join(base, "k/d"), join(base, "elsewhere/d"));
      symlinkSync("../elsewhere/d", join(base, "k/d"));
      await expect(opened(tree[0])).rejects.toMatchObject({ code: "ERR_STAX_SOURCE_CHANGED" });
    },
  );

  it("refuses a large file that grows while it is read", async () => {
    const root = directoryOf({ a: content(2_000_000) });
    const { tree } = await readTree(root);
    const reading = async () => {
      for await (const _ of tree[0]?.open() ?? []) writeFileSync(join(root, "a"), "more", { flag: "a" });
    };
    await expect(reading()).rejects.toThrow(LayersError);
  });
});

describe("sensitiveFile", () => {
  it.each([
    ...[
      ".env",
      "a/.env.production",
      ".ENV",
      ".envrc",
      "auth.json",
      "x/credentials",
      "credentials.json",
      ".npmrc",
      ".netrc",
      ".pypirc",
    ],
    ...[
      "id_rsa",
      "keys/id_ed25519",
      "server.pem",
      "a.key",
      "cert.p12",
      ".git-credentials",
      ".aws/config",
      ".ssh/known_hosts",
      ".docker/config.json",
    ],
    ...["secrets.yaml", "service-account-prod.json", "client_secret_1.json", ".kube/config", "x.kdbx"],
  ])("S17-02 takes %s for a secret", (path) => {
    expect(sensitiveFile(path)).toMatchObject({ code: "file-secret", severity: "error" });
  });

  it.each([
    ...[
      ".env.example",
      ".env.sample",
      ".env.template",
      "environment.md",
      "id_rsa.pub",
      "auth.md",
      "credentials.md",
      "keys.md",
      "npmrc.md",
    ],
    ...[
      "secrets.md",
      "secret-handling/SKILL.md",
      "authentication.json",
      "monkey.json",
      "turkey.md",
      "docker/config.json",
      "keyboard.js",
    ],
  ])("S17-02 lets %s pass", (path) => {
    expect(sensitiveFile(path)).toBeUndefined();
  });

  it("S17-03 leaves local overrides out, with a warning, unless they are allowed", async () => {
    const root = directoryOf({
      "CLAUDE.local.md": "",
      ".claude/settings.local.json": "",
      "AGENTS.override.md": "",
      "a.md": "",
    });
    const reading = await readTree(root);
    expect(reading.tree.map(({ path }) => path)).toEqual(["a.md"]);
    expect(reading.excluded).toEqual([".claude/settings.local.json", "AGENTS.override.md", "CLAUDE.local.md"]);
    expect(reading.diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual(
      Array(3).fill("warning file-local-override"),
    );
    expect(await paths(root, { allowSensitive: ["*.local.*", "AGENTS.override.md"] })).toHaveLength(4);
  });

  it("S17-02 judges a layer by the directories it lies in too", async () => {
    const root = directoryOf({ ".aws/config": "", "k/a.md": "" });
    expect(await findings(join(root, ".aws"), { projectRoot: root })).toEqual(["error file-secret .aws/config"]);
  });

  it("S17-02 packs a secret only where its path is allowed by name", async () => {
    const root = directoryOf({ "fixtures/server.pem": "public test key", "other/server.pem": "", "a.md": "" });
    expect(await paths(root, { allowSensitive: ["/fixtures/"] })).toEqual(["a.md", "fixtures/server.pem"]);
    expect(await findings(root, { allowSensitive: ["/fixtures/"] })).toEqual(["error file-secret other/server.pem"]);
  });
});
