import type { Diagnostic } from "@stax/errors";
import { describe, expect, it } from "vitest";
import { condense } from "./condense.ts";

const notes = (count: number, code = "spared-file"): Diagnostic[] =>
  Array.from({ length: count }, (_, index) => ({
    code,
    severity: "info",
    path: `${index}.md`,
    message: "is not written",
  }));

describe("condense", () => {
  it("keeps a handful of notes of one kind, and counts the rest", () => {
    const shown = condense([...notes(300), ...notes(6, "document-composed")]);
    expect(shown.filter(({ code }) => code === "spared-file").map(({ path, message }) => path ?? message)).toEqual([
      "0.md",
      "1.md",
      "2.md",
      "3.md",
      "4.md",
      "and 295 more of this kind; --verbose lists them",
    ]);
    expect(shown.filter(({ code }) => code === "document-composed")).toHaveLength(6);
  });
  it("leaves out no warning and no error", () => {
    const grave = notes(300).map(
      (note, index): Diagnostic => ({ ...note, severity: index % 2 === 0 ? "warning" : "error" }),
    );
    expect(condense(grave)).toEqual(grave);
  });
});
