import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  checkLock,
  droppedSigners,
  emptyLock,
  formatDifference,
  formatLock,
  type Lock,
  lockDigest,
  lockFileName,
  lockOf,
  nodesOf,
  parseLock,
  type ResolveOptions,
  type RootPackages,
  readLock,
  resolvePackages,
  writeLock,
} from "../index.ts";
import { declared, TestRegistry } from "../registry.fixture.ts";

const ref = (name: string, version = "1.0.0") => `ghcr.io/acme/${name}:${version}`;
const root = (...packages: readonly string[]): RootPackages => ({ name: "agent", packages: declared(...packages) });
const hex = (char: string) => `sha256:${char.repeat(64)}`;

async function graphOf(registry: TestRegistry, packages: readonly string[], options: ResolveOptions = {}) {
  return resolvePackages([root(...packages)], { open: registry.open, ...options });
}

/** x in three versions, and a, which builds on x. */
async function sample(): Promise<TestRegistry> {
  const registry = new TestRegistry();
  for (const version of ["1.0.0", "1.1.0", "2.0.0"]) await registry.publish(ref("x", version));
  await registry.publish(ref("a"), { packages: [ref("x")] });
  return registry;
}

const errorOf = (
  task: () => unknown,
): { readonly message: string; readonly diagnostics: readonly object[]; readonly hint?: string } => {
  try {
    task();
  } catch (error) {
    if (error instanceof Error && "diagnostics" in error) return error as ReturnType<typeof errorOf>; // what a StaxError has
  }
  throw new Error("it did not fail");
};

describe("lockOf", () => {
  it("S05-31 S05-33 writes digests, dependencies in declaration order, requests and repositories, sorted by key", async () => {
    const registry = await sample();
    const team = {
      path: "./packages/team",
      name: "team",
      version: "0.1.0",
      packages: declared("ghcr.io/acme/x:^1.0.0"),
    };
    const graph = await graphOf(registry, ["./packages/team", ref("a")], { local: [team] });
    const digests = Object.fromEntries(nodesOf(graph.roots).map(({ key, digest }) => [key, digest]));
    expect(formatLock(lockOf(graph))).toBe(`{
  "lockVersion": 1,
  "packages": {
    "./packages/team": {
      "dependencies": [
        "ghcr.io/acme/x:1.1.0"
      ]
    },
    "ghcr.io/acme/a:1.0.0": {
      "dependencies": [
        "ghcr.io/acme/x:1.0.0"
      ],
      "digest": "${digests[ref("a")]}",
      "requested": [
        "ghcr.io/acme/a:1.0.0"
      ],
      "resolved": "ghcr.io/acme/a"
    },
    "ghcr.io/acme/x:1.0.0": {
      "dependencies": [],
      "digest": "${digests[ref("x")]}",
      "requested": [
        "ghcr.io/acme/x:1.0.0"
      ],
      "resolved": "ghcr.io/acme/x"
    },
    "ghcr.io/acme/x:1.1.0": {
      "dependencies": [],
      "digest": "${digests[ref("x", "1.1.0")]}",
      "requested": [
        "ghcr.io/acme/x:^1.0.0"
      ],
      "resolved": "ghcr.io/acme/x"
    }
  },
  "specVersion": "1.0.0"
}
`);
  });

  it("S05-16 pins a range: a newer version that is published later changes nothing", async () => {
    const registry = await sample();
    const lock = lockOf(await graphOf(registry, ["ghcr.io/acme/x:^1.0.0"]));
    await registry.publish(ref("x", "1.2.0"));
    const again = await graphOf(registry, ["ghcr.io/acme/x:^1.0.0"], { lock });
    expect(lockOf(again)).toEqual(lock);
    const updated = await graphOf(registry, ["ghcr.io/acme/x:^1.0.0"], { lock, update: true });
    expect(Object.keys(lockOf(updated, { complete: true }).packages)).toEqual([ref("x", "1.2.0")]);
  });

  it("keeps a locked version that a changed range still takes", async () => {
    const registry = await sample();
    const lock = lockOf(await graphOf(registry, ["ghcr.io/acme/x:~1.0.0"]));
    const graph = await graphOf(registry, ["ghcr.io/acme/x:^1.0.0"], { lock });
    expect(nodesOf(graph.roots).map(({ key }) => key)).toEqual([ref("x")]);
    expect(registry.requests.filter((request) => request.startsWith("tags"))).toHaveLength(1);
  });

  it("pins a range of a published package by what the lock says of that package", async () => {
    const registry = await sample();
    await registry.publish(ref("b"), { packages: ["ghcr.io/acme/x:^1.0.0"] });
    const lock = lockOf(await graphOf(registry, [ref("b")]));
    await registry.publish(ref("x", "1.2.0"));
    const mixed = await graphOf(registry, [ref("b"), ref("x", "1.2.0")], { lock });
    expect(lockOf(mixed).packages[ref("b")]?.dependencies).toEqual([ref("x", "1.1.0")]);
  });

  it("updates only what it is told to", async () => {
    const registry = await sample();
    await registry.publish(ref("y"));
    const packages = ["ghcr.io/acme/x:^1.0.0", "ghcr.io/acme/y:^1.0.0"];
    const lock = lockOf(await graphOf(registry, packages));
    await registry.publish(ref("x", "1.2.0"));
    await registry.publish(ref("y", "1.2.0"));
    for (const name of ["x", "ghcr.io/acme/x", ref("x", "1.1.0")]) {
      const graph = await graphOf(registry, packages, { lock, update: [name] });
      expect(nodesOf(graph.roots).map(({ key }) => key)).toEqual([ref("x", "1.2.0"), ref("y")]);
    }
  });

  it("warns where something unverified takes the place of a package whose signer the lock knows", async () => {
    const registry = new TestRegistry();
    await registry.publish(ref("x"));
    await registry.publish(ref("y"));
    const roots = [{ name: "agent", packages: declared("ghcr.io/acme/x:^1.0.0", ref("y")) }];
    const before = lockOf(await resolvePackages(roots, { open: registry.open }));
    const signer = { identity: "release@acme.example" };
    const packages = Object.fromEntries(
      Object.entries(before.packages).map(([key, entry]) => [key, { ...entry, signer }]),
    );
    const lock = { ...before, packages };
    const same = await resolvePackages(roots, { open: registry.open, lock });
    expect(droppedSigners(lock, same)).toEqual([]);
    await registry.publish(ref("x", "1.1.0"));
    await registry.publish(ref("y"), { layers: { secrets: { secrets: [{ key: "A", required: true }] } } });
    const after = await resolvePackages(roots, { open: registry.open, lock, update: true });
    expect(droppedSigners(lock, after).map(({ message }) => message)).toEqual([
      expect.stringMatching(/x:1\.0\.0 is signed by release@acme\.example, .* who signed .*x:1\.1\.0 sha256:/),
      expect.stringMatching(/y:1\.0\.0 is signed by release@acme\.example, .* who signed .*y:1\.0\.0 sha256:/),
    ]);
    expect(Object.values(lockOf(after, { previous: lock }).packages).flatMap((entry) => entry.signer ?? [])).toEqual(
      [],
    );
  });
  it("warns of no signer that is gone with its package", async () => {
    const registry = await sample();
    const roots = (...packages: readonly string[]) => [{ name: "agent", packages: declared(...packages) }];
    const both = lockOf(await resolvePackages(roots(ref("x"), ref("x", "2.0.0")), { open: registry.open }));
    const packages = Object.fromEntries(
      Object.entries(both.packages).map(([key, entry]) =>
        key === ref("x") ? [key, { ...entry, signer: { identity: "release@acme.example" } }] : [key, entry],
      ),
    );
    const after = await resolvePackages(roots(ref("x", "2.0.0")), { open: registry.open });
    expect(droppedSigners({ ...both, packages }, after)).toEqual([]);
  });
  it("keeps entries of other definitions until the whole workspace is locked, and signers while the digest stays", async () => {
    const registry = await sample();
    const { packages } = lockOf(await graphOf(registry, [ref("a")]));
    const signer = { identity: "release@acme.example", issuer: "https://issuer.example" };
    const previous: Lock = {
      ...emptyLock,
      packages: {
        ...packages,
        [ref("x")]: { ...packages[ref("x")], dependencies: [], requested: ["ghcr.io/acme/x:~1.0.0"], signer },
        [ref("old")]: { digest: hex("1") as `sha256:${string}`, dependencies: [] },
      },
    };
    const graph = await graphOf(registry, [ref("x")], { lock: previous });
    const part = lockOf(graph, { previous });
    expect(Object.keys(part.packages)).toEqual([ref("a"), ref("old"), ref("x")]);
    expect(part.packages[ref("x")]).toMatchObject({ requested: [ref("x"), "ghcr.io/acme/x:~1.0.0"], signer });
    const whole = lockOf(graph, { previous, complete: true });
    expect(Object.keys(whole.packages)).toEqual([ref("x")]);
    expect(whole.packages[ref("x")]).toMatchObject({ requested: [ref("x")], signer });
    const moved = lockOf(
      { roots: [{ ...graph.roots[0], name: "agent", requests: [], dependencies: [] }] },
      { previous, complete: true },
    );
    expect(moved.packages).toEqual({});
  });

  it("S05-33 is a fixed point, whatever the graph: locking with a lock gives the lock again, read from content or trusted", async () => {
    const edges = fc.array(fc.tuple(fc.nat(11), fc.nat(11), fc.constantFrom("1.0.0", "^1.0.0", "latest", "1.1.0")), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(edges, fc.uniqueArray(fc.nat(11), { minLength: 1, maxLength: 4 }), async (list, direct) => {
        const registry = new TestRegistry();
        for (const version of ["1.0.0", "1.1.0"])
          for (let from = 0; from < 12; from++) {
            const packages = list.flatMap(([a, b, selector]) =>
              Math.min(a, b) === from && a !== b ? [`ghcr.io/acme/p${Math.max(a, b)}:${selector}`] : [],
            );
            await registry.publish(ref(`p${from}`, version), { packages: [...new Set(packages)] });
          }
        const declarations = direct.map((of) => `ghcr.io/acme/p${of}:^1.0.0`);
        const first = await graphOf(registry, declarations);
        const lock = lockOf(first, { complete: true });
        const { lock: read } = parseLock(Buffer.from(formatLock(lock)));
        expect(read).toEqual(lock);
        for (const options of [{ lock }, { lock, trustLock: true }, { lock, frozen: true, complete: true }]) {
          const again = await graphOf(registry, declarations, options);
          expect(lockOf(again, { complete: true })).toEqual(lock);
          expect(again.roots.map(lockDigest)).toEqual(first.roots.map(lockDigest));
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("formatLock", () => {
  it("S05-33 gives the same bytes whatever the order of keys", () => {
    const entry = (digest: string) => ({ digest: digest as `sha256:${string}`, dependencies: [] });
    const packages = { [ref("b")]: entry(hex("1")), [ref("a")]: entry(hex("2")) };
    const reversed = Object.fromEntries(Object.entries(packages).toReversed());
    expect(formatLock({ ...emptyLock, packages })).toBe(formatLock({ ...emptyLock, packages: reversed }));
  });
  it("puts one value on a line, so that branches that add different packages merge", async () => {
    const registry = await sample();
    const text = formatLock(lockOf(await graphOf(registry, [ref("a"), ref("x", "2.0.0")])));
    for (const line of text.split("\n"))
      expect(line.match(/"(?:digest|dependencies|requested|resolved)"/g) ?? []).toHaveLength(
        line.includes('":') && /digest|dependencies|requested|resolved/.test(line) ? 1 : 0,
      );
  });
});

describe("branches of git that add different packages", () => {
  it("merge without a conflict, and what comes out is a lock", async () => {
    const registry = await sample();
    for (const name of ["b", "m", "n", "y", "z"]) await registry.publish(ref(name));
    const text = async (...packages: readonly string[]) => formatLock(lockOf(await graphOf(registry, packages)));
    const directory = mkdtempSync(join(tmpdir(), "stax-resolver-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const write = async (name: string, ...packages: readonly string[]) => {
      const path = join(directory, name);
      writeFileSync(path, await text(...packages));
      return path;
    };
    const common = [ref("a"), ref("m"), ref("z")];
    const base = await write("base", ...common);
    const ours = await write("ours", ...common, ref("b"));
    const theirs = await write("theirs", ...common, ref("n"), ref("y"));
    execFileSync("git", ["merge-file", ours, base, theirs]);
    expect(readFileSync(ours, "utf8")).toBe(await text(...common, ref("b"), ref("n"), ref("y")));
  });
});

describe("lockDigest", () => {
  it("covers what a definition reaches and nothing else in the workspace", async () => {
    const registry = await sample();
    const alone = await graphOf(registry, [ref("a")]);
    const other = { name: "other", packages: declared("ghcr.io/acme/x:~1.0.0", ref("x", "2.0.0")) };
    const both = await resolvePackages([root(ref("a")), other], { open: registry.open });
    const [agent, second] = both.roots.map(lockDigest);
    expect(agent).toBe(alone.roots.map(lockDigest)[0]);
    expect(agent).toMatch(/^sha256:[a-f0-9]{64}$/);
    expect(second).not.toBe(agent);
  });
  it("is absent without packages", async () => {
    expect((await resolvePackages([root()])).roots.map(lockDigest)).toEqual([undefined]);
  });
});

describe("parseLock", () => {
  const parse = (value: unknown) =>
    parseLock(Buffer.from(typeof value === "string" ? value : JSON.stringify(value, null, 2)));
  const entry = { digest: hex("a"), dependencies: [] };
  const lock = (packages: object) => ({ lockVersion: 1, specVersion: "1.0.0", packages });

  it("S05-31 reads the lock of the specification, which knows neither requests nor repositories", () => {
    const { lock: read, diagnostics } = parse(
      lock({ [ref("a")]: { ...entry, dependencies: [ref("b")] }, [ref("b")]: entry }),
    );
    expect(Object.keys(read.packages)).toEqual([ref("a"), ref("b")]);
    expect(diagnostics).toEqual([]);
  });
  it("reads what is written with CRLF", () => {
    expect(
      parse(JSON.stringify(lock({ [ref("a")]: entry }), null, 2).replaceAll("\n", "\r\n")).lock.packages,
    ).toHaveProperty([ref("a")]);
  });
  it.each([
    ["no JSON", "{ not json", "stax.lock:1:3"],
    ["a key twice", `{"lockVersion":1,"packages":{"${ref("a")}":{},\n"${ref("a")}":{}}}`, "stax.lock:2:1"],
    [
      "a conflict of git",
      `{\n<<<<<<< HEAD\n  "lockVersion": 1\n`,
      "stax.lock:2:1 holds the marks of a git merge conflict",
    ],
    ["a newer version", { ...lock({}), lockVersion: 2 }, "stax.lock:2:18 is of version 2"],
    ["no version", { packages: {} }, "stax.lock must be 1"],
    [
      "a digest that is none",
      lock({ [ref("a")]: { ...entry, digest: "sha256:abc" } }),
      "stax.lock:6:17 must be sha256:<64 hex digits>",
    ],
    ["a package without a digest", lock({ [ref("a")]: { dependencies: [] } }), "stax.lock:5:29 has no digest"],
    ["another digest than the key's", lock({ [`${ref("a")}@${hex("b")}`]: entry }), "has another digest than its key"],
    [
      "another repository than the key's",
      lock({ [ref("a")]: { ...entry, resolved: "evil.example/a" } }),
      "is said to come from evil.example/a",
    ],
    ["a package of the workspace with a digest", lock({ "./team": entry }), "is a package of the workspace"],
    ["a key that floats", lock({ "ghcr.io/acme/a:^1.0.0": entry }), "is neither an exact reference nor a path"],
    [
      "a dependency without an entry",
      lock({ [ref("a")]: { ...entry, dependencies: [ref("gone")] } }),
      `stax.lock:8:9 "${ref("gone")}" has no entry`,
    ],
  ])("refuses %s, with line and column", (_, value, message) => {
    const error = errorOf(() => parse(value));
    expect(error).toMatchObject({ code: "ERR_STAX_LOCK_INVALID", category: "resolve" });
    expect(error.message).toContain(message);
    expect(error.hint).toMatch(/stax lock|update stax/);
  });
  it("reports every finding, each with its place", () => {
    const { diagnostics } = errorOf(() =>
      parse(lock({ "bad key": entry, [ref("a")]: { ...entry, dependencies: [ref("b")] } })),
    );
    expect(diagnostics).toMatchObject([
      { code: "lock-key-invalid", path: "stax.lock", line: 5 },
      { code: "lock-dependency-missing", path: "stax.lock", line: 12 },
    ]);
  });
  it("keeps calm about fields that it does not know", () => {
    const { diagnostics } = parse({ ...lock({}), future: true });
    expect(diagnostics).toMatchObject([{ code: "unknown-field", severity: "warning", line: 5 }]);
  });
  it("is the way back of formatLock", () => {
    expect(parse(formatLock(emptyLock)).lock).toEqual(emptyLock);
  });
  it("takes __proto__ for nothing but a key", () => {
    const { lock: read } = parse('{"lockVersion":1,"packages":{"__proto__":{"dependencies":[],"digest":"x"}}}');
    expect(read.packages["digest"]).toBeUndefined();
  });
});

describe("writeLock", () => {
  const workspace = (): string => {
    const directory = mkdtempSync(join(tmpdir(), "stax-resolver-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    return directory;
  };
  it("S05-31 S05-33 writes the file whole, and leaves alone what says the same", async () => {
    const directory = workspace();
    const lock = lockOf(await graphOf(await sample(), [ref("a")]));
    expect(readLock(directory)).toBeUndefined();
    expect(writeLock(directory, lock)).toBe(true);
    expect(readLock(directory)?.lock).toEqual(lock);
    expect(writeLock(directory, lock)).toBe(false);
    const path = join(directory, lockFileName);
    writeFileSync(path, readFileSync(path, "utf8").replaceAll("\n", "\r\n"));
    expect(writeLock(directory, lock)).toBe(false);
    expect(writeLock(directory, emptyLock)).toBe(true);
    expect(readdirSync(directory)).toEqual([lockFileName]);
  });
  it("leaves nothing behind where it cannot write, and names a damaged file", () => {
    const directory = workspace();
    mkdirSync(join(directory, lockFileName));
    expect(() => writeLock(directory, emptyLock)).toThrow(
      expect.objectContaining({ code: "ERR_STAX_LOCK_IO", category: "build" }),
    );
    expect(readdirSync(directory)).toEqual([lockFileName]);
    const other = workspace();
    writeFileSync(join(other, lockFileName), "[]");
    expect(() => readLock(other)).toThrow(expect.objectContaining({ code: "ERR_STAX_LOCK_INVALID" }));
  });
});

describe("checkLock", () => {
  it("S05-32 names exactly what is missing, what is too much and what differs", async () => {
    const registry = await sample();
    const graph = await graphOf(registry, [ref("a"), "ghcr.io/acme/x:^2.0.0"]);
    const { packages } = lockOf(graph);
    const { [ref("x", "2.0.0")]: _, ...rest } = packages;
    const lock: Lock = {
      ...emptyLock,
      packages: {
        ...rest,
        [ref("a")]: { ...rest[ref("a")], dependencies: [] },
        [ref("x")]: { ...rest[ref("x")], dependencies: [], digest: hex("0") as `sha256:${string}` },
        [ref("old")]: { dependencies: [], digest: hex("1") as `sha256:${string}` },
      },
    };
    const difference = checkLock(lock, graph, { complete: true });
    expect(formatDifference(difference)).toEqual([
      `+ ${ref("x", "2.0.0")}`,
      `- ${ref("old")}`,
      `~ ${ref("a")}: dependencies none → ${ref("x")}`,
      `~ ${ref("x")}: digest ${hex("0")} → ${packages[ref("x")]?.digest}`,
    ]);
    expect(checkLock(lock, graph).removed).toEqual([]);
    expect(checkLock(lockOf(graph), graph, { complete: true }).upToDate).toBe(true);
    expect(checkLock(undefined, graph).added).toHaveLength(3);
  });
});

describe("resolvePackages with a lock that must not change", () => {
  const frozen = { frozen: true, complete: true } as const;

  it("S05-32 needs no request where the lock is up to date", async () => {
    const registry = await sample();
    const lock = lockOf(await graphOf(registry, [ref("a"), "ghcr.io/acme/x:^2.0.0"]));
    registry.requests.length = 0;
    const graph = await graphOf(registry, [ref("a"), "ghcr.io/acme/x:^2.0.0"], { lock, ...frozen });
    expect(lockOf(graph)).toEqual(lock);
    expect(registry.requests).toEqual([]);
  });
  it("S05-32 fails with the difference and exit code 4, and asks nobody", async () => {
    const registry = await sample();
    const lock = lockOf(await graphOf(registry, [ref("a")]));
    registry.requests.length = 0;
    await expect(
      graphOf(registry, [ref("x"), ref("new"), "ghcr.io/acme/x:^2.0.0"], { lock, ...frozen }),
    ).rejects.toMatchObject({
      code: "ERR_STAX_LOCK_OUTDATED",
      category: "resolve",
      message: `stax.lock is out of date: + ${ref("new")}; + ghcr.io/acme/x:^2.0.0; - ${ref("a")}`,
      diagnostics: [{ code: "lock-outdated", message: `+ ${ref("new")}` }, {}, {}],
      details: { difference: { added: [ref("new"), "ghcr.io/acme/x:^2.0.0"], removed: [ref("a")] } },
    });
    expect(registry.requests).toEqual([]);
  });
  it("S05-32 sees what a package of the workspace builds on now", async () => {
    const registry = await sample();
    const team = (...packages: readonly string[]) => [
      { path: "./team", name: "team", version: "1.0.0", packages: declared(...packages) },
    ];
    const lock = lockOf(await graphOf(registry, ["./team", ref("x")], { local: team() }));
    await expect(
      graphOf(registry, ["./team", ref("x")], { local: team(ref("x")), lock, ...frozen }),
    ).rejects.toMatchObject({
      message: `stax.lock is out of date: ~ ./team: dependencies none → ${ref("x")}`,
    });
  });
  it("S05-32 leaves alone what other definitions of the workspace have locked, unless all are there", async () => {
    const registry = await sample();
    const lock = lockOf(await graphOf(registry, [ref("a"), ref("x", "2.0.0")]));
    await graphOf(registry, [ref("a")], { lock, frozen: true });
    await expect(graphOf(registry, [ref("a")], { lock, ...frozen })).rejects.toMatchObject({
      message: `stax.lock is out of date: - ${ref("x", "2.0.0")}`,
    });
  });
  it("says where there is no lock, and needs none without packages of a registry", async () => {
    const registry = await sample();
    await expect(graphOf(registry, [ref("a")], frozen)).rejects.toMatchObject({
      code: "ERR_STAX_LOCK_MISSING",
      category: "resolve",
    });
    const local = [{ path: "./team", name: "team", version: "1.0.0", packages: [] }];
    expect(nodesOf((await graphOf(registry, ["./team"], { ...frozen, local })).roots)).toHaveLength(1);
  });
});

describe("resolvePackages with a lock", () => {
  it("reports a tag that has moved, or is gone, when it is told to look", async () => {
    const registry = await sample();
    const lock = lockOf(await graphOf(registry, [ref("a"), ref("x", "2.0.0")]));
    const current = await registry.publish(ref("x"), { config: { description: "other content" } });
    await registry.store("ghcr.io/acme/x").untag("2.0.0");
    const quiet = await graphOf(registry, [ref("a"), ref("x", "2.0.0")], { lock, trustLock: true });
    expect(quiet.moved).toEqual([]);
    const graph = await graphOf(registry, [ref("a"), ref("x", "2.0.0")], { lock, trustLock: true, checkTags: true });
    expect(graph.moved).toEqual([
      { key: ref("x"), locked: lock.packages[ref("x")]?.digest, current },
      { key: ref("x", "2.0.0"), locked: lock.packages[ref("x", "2.0.0")]?.digest },
    ]);
    expect(graph.diagnostics.map(({ code, severity }) => [code, severity])).toEqual(
      expect.arrayContaining([
        ["tag-moved", "warning"],
        ["tag-gone", "warning"],
      ]),
    );
    expect(lockOf(graph)).toEqual(lock);
  });
  it("reports a tag that has moved when it is resolved anew", async () => {
    const registry = await sample();
    const lock = lockOf(await graphOf(registry, [ref("x")]));
    const current = await registry.publish(ref("x"), { config: { description: "other content" } });
    const graph = await graphOf(registry, [ref("x")], { lock, update: true });
    expect(graph.moved).toEqual([{ key: ref("x"), locked: lock.packages[ref("x")]?.digest, current }]);
  });
  it("says that what is locked is gone, and what to do", async () => {
    const registry = await sample();
    const lock: Lock = {
      ...emptyLock,
      packages: { [ref("x")]: { digest: hex("9") as `sha256:${string}`, dependencies: [] } },
    };
    await expect(graphOf(registry, [ref("x")], { lock })).rejects.toMatchObject({
      code: "ERR_STAX_DEPENDENCY_NOT_FOUND",
      message: `stax.lock pins ${ref("x")} to ${hex("9")}, which is no longer there`,
      hint: expect.stringContaining(`stax update ${ref("x")}`),
    });
  });
  it("fetches what is new and nothing else where the lock is trusted", async () => {
    const registry = await sample();
    const lock = lockOf(await graphOf(registry, [ref("a")]));
    registry.requests.length = 0;
    const graph = await graphOf(registry, [ref("a"), ref("x", "2.0.0")], { lock, trustLock: true });
    expect(registry.requests.map((request) => request.split(" ")[0])).toEqual(["manifest", "blob"]);
    const opened = await nodesOf(graph.roots)
      .find(({ key }) => key === ref("a"))
      ?.open?.();
    expect(opened?.config.name).toBe("a");
  });
});
