import { describe, expect, it } from "vitest";
import { type ErrorCategory, formatDiagnostic, hasErrors, isStaxError, printable, StaxError } from "./index.ts";

class SampleError extends StaxError<"SAMPLE"> {
  readonly category: ErrorCategory = "build";
}

describe("StaxError", () => {
  it("carries a stable code, a hint and the cause", () => {
    const cause = new Error("disk full");
    const error = new SampleError("SAMPLE", "cannot write a.tar", { hint: "free some space", cause });
    expect(error).toMatchObject({ code: "ERR_STAX_SAMPLE", name: "SampleError", hint: "free some space", cause });
    expect(error.message).toBe("cannot write a.tar");
  });
});

describe("StaxError in a bundle", () => {
  it("has a name that says what it is, although the names of classes are minified", () => {
    const minified = { we: class extends SampleError {} }.we;
    expect(String(new minified("SAMPLE", "cannot"))).toBe("StaxError: cannot");
  });
});

describe("isStaxError", () => {
  it("recognises an error of another copy of the library by its code", () => {
    expect(isStaxError(Object.assign(new Error("x"), { code: "ERR_STAX_OTHER", category: "build" }))).toBe(true);
  });
  it("refuses errors of Node and values that are no errors", () => {
    expect(isStaxError(Object.assign(new Error("x"), { code: "ENOENT" }))).toBe(false);
    expect(isStaxError({ code: "ERR_STAX_OTHER", category: "build" })).toBe(false);
  });
});

describe("formatDiagnostic", () => {
  it("puts file, line, column, severity, field, message, code and hint on one line", () => {
    const line = formatDiagnostic({
      code: "unknown-field",
      severity: "error",
      message: 'unknown field "promt"',
      hint: 'did you mean "prompt"?',
      path: "agent.ts",
      line: 3,
      column: 9,
      field: "promt",
    });
    expect(line).toBe('agent.ts:3:9: error: promt: unknown field "promt" [unknown-field] — did you mean "prompt"?');
  });
  it("does without a place", () => {
    expect(formatDiagnostic({ code: "c", severity: "info", message: "m" })).toBe("info: m [c]");
  });
});

describe("hasErrors", () => {
  it("is true only when one finding is an error", () => {
    expect(hasErrors([{ code: "c", severity: "warning", message: "m" }])).toBe(false);
    expect(hasErrors([{ code: "c", severity: "error", message: "m" }])).toBe(true);
  });
});

describe("printable", () => {
  it.each([
    ["\u001b[31m", "\\u{1b}[31m"],
    ["a\u202eb", "a\\u{202e}b"],
    ["\u200b\u2066\ufeff", "\\u{200b}\\u{2066}\\u{feff}"],
    ["\u{e0041}", "\\u{e0041}"],
    ["\u009b", "\\u{9b}"],
    ["\ud800", "\\u{d800}"],
  ])("shows %j escaped", (raw, shown) => {
    expect(printable(raw)).toBe(shown);
  });
  it("leaves letters, accents, CJK and emoji alone", () => {
    expect(printable("é 漢字 👍 – “x”")).toBe("é 漢字 👍 – “x”");
  });
});
