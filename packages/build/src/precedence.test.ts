import { describe, expect, it } from "vitest";
import { type PackageNode, precedenceOf } from "./precedence.ts";

const node = (key: string, ...dependencies: PackageNode<string>[]): PackageNode<string> => ({
  key,
  value: key,
  dependencies,
});
const order = (...direct: PackageNode<string>[]) => precedenceOf(direct).map(({ key }) => key);

describe("precedenceOf", () => {
  it("puts transitive packages first, then direct ones in declaration order", () => {
    expect(order(node("a", node("b")), node("d", node("e")))).toEqual(["b", "e", "a", "d"]);
  });
  it("orders transitive packages depth-first, dependencies before dependents", () => {
    expect(order(node("a", node("b", node("c"))))).toEqual(["c", "b", "a"]);
  });
  it("counts a package that is direct and transitive as direct", () => {
    const shared = node("s", node("t"));
    expect(order(node("a", shared), shared)).toEqual(["t", "a", "s"]);
  });
  it("visits a diamond once", () => {
    const base = node("base");
    expect(order(node("x", node("l", base), node("r", base)))).toEqual(["base", "l", "r", "x"]);
  });
  it("lets the last of two equal declarations count", () => {
    expect(order(node("a"), node("b"), node("a"))).toEqual(["b", "a"]);
  });
});
