import { OciError, parseRepositoryName } from "@stax/oci";
import { describe, expect, it } from "vitest";
import { resolvePackages } from "../index.ts";
import { repositoryText } from "../reference.ts";
import { declared, TestRegistry } from "../registry.fixture.ts";
import { createMirrors, placesOf } from "./mirrors.ts";

const lead = (map: Readonly<Record<string, string>>, name: string) => {
  const mirror = createMirrors(map)(parseRepositoryName(name));
  return mirror === undefined ? undefined : repositoryText(mirror.name);
};

describe("placesOf", () => {
  it("looks at the mirror, then at the origin; there alone where the map says only", () => {
    const name = parseRepositoryName("ghcr.io/acme/a");
    const places = (target: string | { location: string; only?: boolean }) =>
      placesOf(name, createMirrors({ "ghcr.io/acme/*": target })).map(repositoryText);
    expect(places("b.corp/x/*")).toEqual(["b.corp/x/a", "ghcr.io/acme/a"]);
    expect(places({ location: "b.corp/x/*" })).toEqual(["b.corp/x/a", "ghcr.io/acme/a"]);
    expect(places({ location: "b.corp/x/*", only: true })).toEqual(["b.corp/x/a"]);
    expect(placesOf(name, createMirrors()).map(repositoryText)).toEqual(["ghcr.io/acme/a"]);
  });
});

describe("placeFailure", () => {
  it("is told with the name that was asked for, when packages are resolved, and the origin is not asked", async () => {
    const registry = new TestRegistry();
    await registry.publish("ghcr.io/acme/x:1.0.0");
    registry.before = (request) => {
      if (request.includes("mirror.corp"))
        throw new OciError("CONNECTION_REFUSED", "nothing listens at mirror.corp", { category: "registry" });
    };
    for (const reference of ["ghcr.io/acme/x:1.0.0", "ghcr.io/acme/x:^1.0.0"])
      await expect(
        resolvePackages([{ name: "agent", packages: declared(reference) }], {
          open: registry.open,
          mirrors: { "ghcr.io/acme/*": "mirror.corp/acme/*" },
        }),
      ).rejects.toMatchObject({
        category: "registry",
        message: expect.stringContaining("the mirror of ghcr.io/acme/x fails: nothing listens at mirror.corp"),
      });
    expect(registry.requests.filter((request) => request.includes("ghcr.io"))).toEqual([]);
  });
});

describe("placeFailure of the origin", () => {
  it("says that the mirror had nothing, so that nobody takes the map for broken", async () => {
    const registry = new TestRegistry();
    registry.before = (request) => {
      if (request.includes("ghcr.io"))
        throw new OciError("HOST_UNKNOWN", "there is no host ghcr.io", { category: "registry" });
    };
    for (const reference of ["ghcr.io/acme/x:1.0.0", "ghcr.io/acme/x:^1.0.0"])
      await expect(
        resolvePackages([{ name: "agent", packages: declared(reference) }], {
          open: registry.open,
          mirrors: { "ghcr.io/acme/*": "mirror.corp/acme/*" },
        }),
      ).rejects.toMatchObject({
        category: "registry",
        message: expect.stringContaining("no host ghcr.io; and its mirror mirror.corp/acme/x has not got it"),
      });
  });
});

describe("createMirrors", () => {
  it.each([
    [{ "ghcr.io/acme/*": "registry.corp:5000/ghcr/*" }, "ghcr.io/acme/a/b", "registry.corp:5000/ghcr/a/b"],
    [{ "ghcr.io/acme/*": "registry.corp:5000" }, "ghcr.io/acme/a", "registry.corp:5000/acme/a"],
    [{ "ghcr.io/acme/*": "registry.corp/all" }, "ghcr.io/acme/a", "registry.corp/all/a"],
    [{ "ghcr.io": "registry.corp/ghcr" }, "ghcr.io/acme/a", "registry.corp/ghcr/acme/a"],
    [{ "ghcr.io": "registry.corp" }, "ghcr.io/acme/a", "registry.corp/acme/a"],
    [{ "ghcr.io/acme/a": "registry.corp/one" }, "ghcr.io/acme/a", "registry.corp/one"],
    [{ "ghcr.io/acme/a": "registry.corp/one" }, "ghcr.io/acme/ab", undefined],
    [{ "ghcr.io/acme/*": "registry.corp/x/*" }, "ghcr.io/acme-evil/a", undefined],
    [{ "ghcr.io/acme/*": "registry.corp/x/*" }, "ghcr.io/acme", undefined],
    [{ "ghcr.io/*": "a.corp/x/*", "ghcr.io/acme/*": "b.corp/x/*" }, "ghcr.io/acme/a", "b.corp/x/a"],
    [{ "ghcr.io/acme/*": "b.corp/x/*", "ghcr.io/*": "a.corp/x/*" }, "ghcr.io/other/a", "a.corp/x/other/a"],
    [{ "ghcr.io": "ghcr.io" }, "ghcr.io/acme/a", undefined],
  ])("reads %j: %s is at %s", (map, name, expected) => {
    expect(lead(map, name)).toBe(expected);
  });
  it.each([
    { "*": "registry.corp" },
    { "ghcr.io/*/a": "registry.corp" },
    { "ghcr.io/acme/*": "registry.corp/*/x" },
    { "ghcr.io/acme/a": "registry.corp/x/*" },
    { "https://ghcr.io/acme/*": "registry.corp" },
    { "ghcr.io/acme/*": "https://registry.corp" },
    { "ghcr.io/acme/*": "" },
    { "acme/*": "registry.corp/acme/*" },
  ])("refuses %j", (map) => {
    expect(() => createMirrors(map)).toThrow(
      expect.objectContaining({ code: "ERR_STAX_MIRROR_INVALID", category: "usage" }),
    );
  });
});
