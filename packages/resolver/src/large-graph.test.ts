import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ContentCache, OciError } from "@stax/oci";
import fc from "fast-check";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  formatLock,
  lockOf,
  nodesOf,
  type PackageGraph,
  packageCache,
  precedenceOf,
  type ResolveOptions,
  resolvePackages,
} from "./index.ts";
import { largeGraph, largeReference, publishLarge } from "./large-graph.fixture.ts";
import { declared, TestRegistry } from "./registry.fixture.ts";

const packages = largeGraph(1000, 20);
const direct = [...packages.keys()].filter((name) => name.startsWith("l0-")).map(largeReference);
const roots = [{ name: "agent", packages: declared(...direct) }];
let registry: TestRegistry;
beforeAll(async () => {
  registry = await publishLarge(packages);
});

const resolve = (options: ResolveOptions = {}) => resolvePackages(roots, { open: registry.open, ...options });
const summary = (graph: PackageGraph) => ({
  order: precedenceOf(graph.roots[0]?.dependencies ?? []).map(({ id }) => id),
  lock: formatLock(lockOf(graph)),
  diagnostics: graph.diagnostics,
});

/** What a plain recursion makes of the same graph. */
function expectedOrder(): readonly string[] {
  const seen = new Set<string>(direct);
  const order: string[] = [];
  const visit = (name: string): void => {
    for (const next of packages.get(name) ?? []) {
      if (seen.has(largeReference(next))) continue;
      seen.add(largeReference(next));
      visit(next);
      order.push(largeReference(next));
    }
  };
  for (const reference of direct) visit(reference.slice("ghcr.io/acme/".length, -":1.0.0".length));
  return [...order, ...direct];
}

const cacheDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "stax-resolver-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

describe("a graph of 1,000 packages, 20 levels deep, full of diamonds", () => {
  it("S05-07 S05-09 S05-10 resolves with one request for each manifest and one for each config", async () => {
    registry.requests.length = 0;
    const graph = await resolve();
    expect(nodesOf(graph.roots)).toHaveLength(1000);
    expect(precedenceOf(graph.roots[0]?.dependencies ?? []).map(({ key }) => key)).toEqual(expectedOrder());
    expect(registry.requests).toHaveLength(2000);
    expect(new Set(registry.requests).size).toBe(2000);
    expect(registry.requests.filter((request) => request.startsWith("manifest"))).toHaveLength(1000);
  });

  it("keeps to its concurrency", async () => {
    let running = 0;
    let most = 0;
    registry.before = async () => {
      most = Math.max(most, ++running);
      await new Promise((resume) => setImmediate(resume));
      running--;
    };
    await resolve({ concurrency: 5 });
    registry.before = () => undefined;
    expect(most).toBe(5);
  });

  it("needs no request with a lock that is trusted", async () => {
    const lock = lockOf(await resolve());
    expect(lockOf(await resolvePackages(roots, { lock, trustLock: true }))).toEqual(lock);
    expect(lockOf(await resolvePackages(roots, { lock, frozen: true, complete: true }))).toEqual(lock);
  });

  it("fails as the registry does when it is down half-way, and asks for nothing more", async () => {
    let answered = 0;
    registry.requests.length = 0;
    registry.before = () => {
      if (++answered > 1000)
        throw new OciError("CONNECTION_REFUSED" as "STORE_IO", "nothing listens at ghcr.io", { category: "registry" });
    };
    const error: unknown = await resolve().catch((reason: unknown) => reason);
    registry.before = () => undefined;
    expect(error).toMatchObject({ code: "ERR_STAX_DEPENDENCY_FAILED", category: "registry" });
    expect(String(error)).toMatch(/cannot read ghcr\.io\/acme\/.*, needed by agent → .*: nothing listens at ghcr\.io/);
    expect(registry.requests.length).toBeLessThan(1000 + 2 * 16);
  });
});

describe("the outcome", () => {
  it("S05-33 does not depend on which request is answered first", async () => {
    const small = largeGraph(60, 6);
    const slow = await publishLarge(small);
    const some = [...small.keys()].slice(0, 10).map(largeReference);
    const of = async (delays: readonly number[], concurrency: number) => {
      let at = 0;
      slow.before = async () => {
        for (let i = delays[at++ % delays.length] ?? 0; i > 0; i--) await new Promise((resume) => setImmediate(resume));
      };
      return summary(
        await resolvePackages([{ name: "agent", packages: declared(...some) }], { open: slow.open, concurrency }),
      );
    };
    const expected = await of([0], 1);
    const delays = fc.array(fc.nat(5), { minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(delays, fc.integer({ min: 1, max: 20 }), async (list, concurrency) => {
        expect(await of(list, concurrency)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it("names the same failure, whichever request is answered first", async () => {
    const failing = new TestRegistry();
    const at = (name: string) => `ghcr.io/acme/${name}:1.0.0`;
    await failing.publish(at("a"), { packages: [at("b"), at("c"), at("gone-1")] });
    await failing.publish(at("b"), { packages: [at("gone-2")] });
    await failing.publish(at("c"), { packages: [at("a")] });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }), async (delays) => {
        let turn = 0;
        failing.before = async () => {
          for (let i = delays[turn++ % delays.length] ?? 0; i > 0; i--)
            await new Promise((resume) => setImmediate(resume));
        };
        const options = { open: failing.open, concurrency: 4 };
        await expect(resolvePackages([{ name: "agent", packages: declared(at("a")) }], options)).rejects.toThrow(
          `there is no ${at("gone-2")}, needed by agent → ${at("a")} → ${at("b")}`,
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe("packageCache", () => {
  const some = largeGraph(60, 6);
  const someRoots = [{ name: "agent", packages: declared(...[...some.keys()].slice(0, 10).map(largeReference)) }];
  async function cached() {
    const directory = cacheDirectory();
    const cache = packageCache(directory);
    const source = await publishLarge(some);
    const options = { open: source.open, cache };
    const lock = lockOf(await resolvePackages(someRoots, options));
    source.requests.length = 0;
    return { directory, source, lock, options: { ...options, lock } };
  }
  it("spares every request that a lock leaves", async () => {
    const { source, lock, options } = await cached();
    expect(lockOf(await resolvePackages(someRoots, options))).toEqual(lock);
    expect(lockOf(await resolvePackages(someRoots, { ...options, open: undefined }))).toEqual(lock);
    expect(source.requests).toEqual([]);
  });
  it("gives nothing that differs from its digest", async () => {
    const { directory, source, lock, options } = await cached();
    const [first] = Object.values(lock.packages);
    writeFileSync(join(directory, "blobs/sha256", first?.digest?.slice("sha256:".length) ?? ""), "{}");
    expect(lockOf(await resolvePackages(someRoots, options))).toEqual(lock);
    expect(source.requests).toHaveLength(1);
  });
  it("is the content cache of @stax/oci", async () => {
    const { directory, lock } = await cached();
    const content = await ContentCache.open(directory);
    expect((await content.usage()).blobs).toBe(2 * Object.keys(lock.packages).length);
  });
  it("forgets where it cannot write", async () => {
    const source = await publishLarge(some);
    const file = join(cacheDirectory(), "file");
    writeFileSync(file, "");
    const graph = await resolvePackages(someRoots, { open: source.open, cache: packageCache(file) });
    expect(nodesOf(graph.roots)).toHaveLength(60);
  });
});
