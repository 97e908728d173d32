import { TestRegistry } from "./registry.fixture.ts";

/** largeGraph is packages by name with what they build on: `levels` deep, each on the next level's with the same place and two others. */
export function largeGraph(count: number, levels: number): ReadonlyMap<string, readonly string[]> {
  const width = Math.floor(count / levels);
  const name = (level: number, place: number) => `l${level}-${place % width}`;
  const packages = new Map<string, readonly string[]>();
  for (let level = 0; level < levels; level++)
    for (let place = 0; place < width; place++) {
      const below = level + 1 === levels ? [] : [place, place * 7 + 1, place * 3 + 2];
      packages.set(name(level, place), [...new Set(below.map((next) => name(level + 1, next)))]);
    }
  return packages;
}

export const largeReference = (name: string): string => `ghcr.io/acme/${name}:1.0.0`;

/** publishLarge stores a graph in a registry in memory. */
export async function publishLarge(graph: ReadonlyMap<string, readonly string[]>): Promise<TestRegistry> {
  const registry = new TestRegistry();
  for (const [name, packages] of graph)
    await registry.publish(largeReference(name), { packages: packages.map(largeReference) });
  return registry;
}
