import { describe, expect, it } from "vitest";
import { formatConformance, milestoneTallies, talliesOf } from "./format.ts";
import { conformanceOf, idsIn, parseReport } from "./report.ts";
import { rows } from "./rows.ts";
import { byDecision, byMatrix, later, milestones, notApplicable } from "./scope.ts";

const passed = (name: string) => ({ name, status: "passed" as const });
const failed = (name: string) => ({ name, status: "failed" as const });

describe("rows", () => {
  it("are the 616 requirements, each once", () => {
    expect(rows).toHaveLength(616);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(616);
    expect(rows.filter(({ specification }) => specification === "S03")).toHaveLength(82);
    expect(rows.find(({ id }) => id === "S03-02")).toEqual({ id: "S03-02", specification: "S03", level: "MUST NOT" });
    expect(rows.at(-1)).toEqual({ id: "X-24", specification: "X", level: "SHOULD" });
  });

  it("hold every id that the scope tables name", () => {
    const ids = new Set(rows.map(({ id }) => id));
    const named = [...Object.keys(notApplicable), ...Object.keys(later), ...Object.keys(byDecision), ...byMatrix];
    expect(named.filter((id) => !ids.has(id))).toEqual([]);
  });
});

describe("idsIn", () => {
  it.each([
    ["S03-08 writes mtime 0", ["S03-08"]],
    ["copy X-01 X-02: S15-24 refuses a blob", ["X-01", "X-02", "S15-24"]],
    ["(S03-12) and again S03-12", ["S03-12"]],
    ["US03-12, S3-12, S03-123, AX-01, FOO-X-01", []],
  ])("finds the ids of a name, and no look-alikes (%#)", (name, ids) => {
    expect(idsIn(name)).toEqual(ids);
  });
});

describe("conformanceOf", () => {
  it("counts a requirement whose test passed", () => {
    const { proven, missing, total } = conformanceOf([passed("S03-08 S03-09 writes zeros")]);
    expect(proven).toEqual(["S03-08", "S03-09"]);
    expect(missing).toHaveLength(616 - 2 - 2);
    expect(total).toBe(616);
  });

  it("does not count one of which any test failed or was skipped", () => {
    const skipped = { name: "S03-11 c", status: "skipped" as const };
    const { proven } = conformanceOf([passed("S03-08 a"), failed("S03-08 b"), passed("S03-10 a"), skipped]);
    expect(proven).toEqual(["S03-10"]);
  });

  it("never counts a row that is not applicable", () => {
    const { proven, missing } = conformanceOf([passed("S00-16 x")]);
    expect([...proven, ...missing]).not.toContain("S00-16");
  });

  it("reports an id that is no requirement", () => {
    expect(conformanceOf([passed("S99-01 x"), passed("S03-83 y")]).unknown).toEqual(["S03-83", "S99-01"]);
  });
});

describe("parseReport", () => {
  it("reads vitest's JSON: full names, pending and todo as skipped", () => {
    const assertionResults = ["passed", "failed", "pending", "todo"].map((status) => ({
      fullName: `a ${status}`,
      status,
    }));
    const results = parseReport(JSON.stringify({ testResults: [{ assertionResults }] }));
    expect(results.map(({ status }) => status)).toEqual(["passed", "failed", "skipped", "skipped"]);
    expect(results[0]?.name).toBe("a passed");
  });
});

describe("formatConformance", () => {
  const conformance = conformanceOf(
    rows.filter(({ specification }) => specification === "S04").map(({ id }) => passed(id)),
  );

  it("prints each specification with what is missing", () => {
    expect(talliesOf(conformance).find(({ name }) => name === "S04")).toMatchObject({
      proven: 27,
      total: 27,
      missing: [],
    });
    expect(talliesOf(conformance).find(({ name }) => name === "S00")).toMatchObject({ proven: 0, total: 15 });
    const text = formatConformance(conformance);
    expect(text).toMatch(/^S04 Persona +27\/27$/m);
    expect(text).toContain("27 of 616 proven, 2 not applicable (S00-16, S00-17), 587 missing");
  });

  it("counts the first milestone: its specifications without what is built later", () => {
    const includes = milestones[0]?.includes ?? (() => false);
    expect(["S03-01", "X-24", "S38-10"].every(includes)).toBe(true);
    expect(["S05-01", "S19-01", "X-07", "S13-23", "S15-14"].some(includes)).toBe(false);
    expect(milestoneTallies(conformance)[0]?.proven).toBe(27);
  });
});
