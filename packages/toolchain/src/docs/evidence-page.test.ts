import { describe, expect, it } from "vitest";
import { evidencePage, formatEvidence, parseEvidence } from "./evidence-page.ts";
import { published } from "./modules.ts";

const row = { aspect: "prompt", title: "prompt", scope: "project", result: "seen", command: "`x -p hi`" } as const;
const of = (...rows: readonly object[]) =>
  JSON.stringify({ runtime: "x", client: { package: "x", version: "1.0.0" }, rows });

describe("the page of evidence", () => {
  it("speaks of every adapter", () => {
    const text = evidencePage();
    for (const { group, name } of published()) if (group === "adapters") expect(text).toContain(`\n## ${name}\n`);
  });
  it("has nothing that is not seen, or cannot be asked, without an explanation", () => {
    const { command: _, ...bare } = row;
    for (const result of ["not seen", "cannot be asked"])
      expect(() => parseEvidence(of({ ...bare, result }))).toThrow(`nothing says why prompt is ${result}`);
    expect(() => parseEvidence(of(bare))).toThrow("nothing says why prompt is seen");
    expect(() => parseEvidence(JSON.stringify({ runtime: "x", rows: [] }))).toThrow("no client was asked");
    expect(parseEvidence(of({ ...bare, result: "not seen", why: "because" })).rows).toHaveLength(1);
  });
  it("says what both scopes show in one line, and tells them apart where they differ", () => {
    const user = { ...row, scope: "user" } as const;
    const same = formatEvidence([parseEvidence(of(row, user)), parseEvidence(of(row))]);
    expect(same).toContain("| prompt | project, user | seen | `x -p hi` |");
    expect(same).toContain("| prompt | seen | seen |");
    const { command: _, ...bare } = user;
    const differing = formatEvidence([
      parseEvidence(of(row, { ...bare, result: "not seen", why: "because" })),
      parseEvidence(of(row)),
    ]);
    expect(differing).toContain("| prompt | seen · not seen | seen |");
    expect(differing).toContain("| prompt | user | not seen | because |");
  });
});
