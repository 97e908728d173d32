import { describe, expect, it } from "vitest";
import { precedenceOf } from "./index.ts";

interface Node {
  readonly id: string;
  readonly dependencies: readonly Node[];
}

const node = (id: string, ...dependencies: readonly Node[]): Node => ({ id, dependencies });
const order = (...direct: readonly Node[]) => precedenceOf(direct).map(({ id }) => id);

describe("precedenceOf", () => {
  it("S05-07 S05-17 puts transitive packages first, depth-first, then direct ones in declaration order", () => {
    expect(order(node("a", node("b"), node("c")), node("d"))).toEqual(["b", "c", "a", "d"]);
    expect(order(node("a", node("b")), node("d", node("e")))).toEqual(["b", "e", "a", "d"]);
  });
  it("puts what a package builds on before it", () => {
    expect(order(node("a", node("b", node("c"))))).toEqual(["c", "b", "a"]);
  });
  it("counts a package that is direct and transitive as direct", () => {
    const shared = node("s", node("t"));
    expect(order(node("a", shared), shared)).toEqual(["t", "a", "s"]);
    expect(order(shared, node("a", shared))).toEqual(["t", "s", "a"]);
  });
  it("visits a diamond once", () => {
    const base = node("base");
    expect(order(node("x", node("l", base), node("r", base)))).toEqual(["base", "l", "r", "x"]);
  });
  it("lets the last of two equal declarations count", () => {
    expect(order(node("a"), node("b"), node("a"))).toEqual(["b", "a"]);
  });
});
