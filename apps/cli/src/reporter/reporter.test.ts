import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createJsonReporter, createPlainReporter, createTtyReporter, jsonText, type ReporterOptions } from "./index.ts";

function streams(given: Partial<ReporterOptions> = {}): {
  out: () => string;
  err: () => string;
  options: ReporterOptions;
} {
  const pieces: { out: string[]; err: string[] } = { out: [], err: [] };
  const options: ReporterOptions = {
    stdout: { write: (piece) => pieces.out.push(piece) },
    stderr: { write: (piece) => pieces.err.push(piece) },
    quiet: false,
    verbose: false,
    color: false,
    redact: (line) => line.replaceAll("hunter2hunter2", "[PASSWORD]"),
    ...given,
  };
  return { out: () => pieces.out.join(""), err: () => pieces.err.join(""), options };
}

const warning = { code: "w", severity: "warning", message: "look\u001b[31m here\u202e" } as const;
const failure = {
  code: "ERR_STAX_X",
  category: "build",
  message: "no hunter2hunter2",
  hint: "try\u0007 again",
  causes: ["because"],
};

describe("createPlainReporter", () => {
  it("writes the result alone to stdout, and the rest to stderr with what is invisible escaped", () => {
    const { out, err, options } = streams();
    const reporter = createPlainReporter(options);
    reporter.event({ message: "working" });
    reporter.diagnostic(warning);
    reporter.diagnostic(warning);
    reporter.result({}, () => "done with hunter2hunter2");
    expect(out()).toBe("done with [PASSWORD]\n");
    expect(err()).toBe("warning: look\\u{1b}[31m here\\u{202e} [w]\n");
  });

  it("says nothing but errors when quiet, and steps and causes when verbose", () => {
    const quiet = streams({ quiet: true });
    createPlainReporter(quiet.options).diagnostic(warning);
    createPlainReporter(quiet.options).error(failure);
    expect(quiet.err()).toBe("error: no [PASSWORD] [ERR_STAX_X]\nhint: try\\u{7} again\n");
    const verbose = streams({ verbose: true });
    createPlainReporter(verbose.options).event({ message: "working" });
    createPlainReporter(verbose.options).error(failure);
    expect(verbose.err()).toContain("working\n");
    expect(verbose.err()).toContain("cause: because\n");
  });
});

describe("createTtyReporter", () => {
  it("draws progress on stderr and takes it away before anything else", () => {
    const { out, err, options } = streams({ color: true });
    const reporter = createTtyReporter({ ...options, columns: 20 });
    reporter.event({ message: "a step with a very long name", done: 1, total: 2 });
    reporter.diagnostic(warning);
    reporter.result({}, () => "done");
    reporter.close();
    expect(err().startsWith("\r\u001b[2Ka step with a very ")).toBe(true);
    expect(err()).toContain("\r\u001b[2K\u001b[33mwarning:\u001b[39m look\\u{1b}");
    expect(out()).toBe("done\n");
  });
});

const transfer = {
  active: [
    { name: "sha256:aaaaaaaaaaaa", done: 512, total: 1024 },
    { name: "sha256:bbbbbbbbbbbb", done: 0, total: 0 },
  ],
  objects: { done: 3, total: 9 },
  bytes: { done: 2048, total: 8192 },
  rate: 1024,
};

describe("a transfer", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is a bar for each blob and a line for all at a terminal, and leaves nothing behind", () => {
    vi.useFakeTimers();
    const { out, err, options } = streams();
    const reporter = createTtyReporter({ ...options, columns: 200 });
    reporter.event({ message: "copied", transfer });
    const [blob = "", empty = "", all = ""] = err().split("\n");
    expect(blob).toMatch(/^\r\u001b\[2Ksha256:aaaaaaaaaaaa \[={10} {10}\] /);
    expect(empty).toMatch(/^sha256:bbbbbbbbbbbb \[={20}\] /);
    expect(all).toBe("3/9 objects, 2.0 KiB of 8.0 KiB, 1.0 KiB/s");
    const drawn = err().length;
    vi.advanceTimersByTime(100);
    reporter.event({ message: "copied", transfer: { ...transfer, active: [] } });
    expect(err().slice(drawn)).toMatch(/^\r\u001b\[2K(?:\u001b\[1A\u001b\[2K){2}3\/9 objects/);
    reporter.result({}, () => "done");
    reporter.close();
    expect(err().endsWith("\r\u001b[2K")).toBe(true);
    expect(out()).toBe("done\n");
  });

  it("draws no line wider than the terminal", () => {
    const { err, options } = streams();
    createTtyReporter({ ...options, columns: 24 }).event({ message: "", transfer });
    for (const line of err().replace("\r\u001b[2K", "").split("\n")) expect(line.length).toBeLessThan(24);
  });

  it("is a plain line every five seconds elsewhere, and none when quiet or quick", () => {
    vi.useFakeTimers();
    const [plain, quiet] = [streams(), streams({ quiet: true })];
    const reporters = [createPlainReporter(plain.options), createPlainReporter(quiet.options)];
    for (let second = 0; second < 12; second++) {
      for (const reporter of reporters) reporter.event({ message: "", transfer });
      vi.advanceTimersByTime(1000);
    }
    expect(plain.err()).toMatch(/^(?:3\/9 objects[^\u001b\n]*\n){2}$/);
    expect(quiet.err()).toBe("");
  });
});

describe("createJsonReporter", () => {
  it("writes one document with the findings, redacted, to stdout and nothing to stderr", () => {
    const { out, err, options } = streams();
    const reporter = createJsonReporter(options);
    reporter.event({ message: "working" });
    reporter.diagnostic(warning);
    reporter.result({ value: "hunter2hunter2" }, () => "text");
    expect(JSON.parse(out())).toEqual({ ok: true, data: { value: "[PASSWORD]" }, diagnostics: [warning] });
    expect(err()).toBe("");
  });

  it("writes errors in their form", () => {
    const { out, options } = streams();
    createJsonReporter(options).error({ ...failure, hint: undefined });
    expect(JSON.parse(out())).toEqual({
      ok: false,
      error: { code: "ERR_STAX_X", category: "build", message: "no [PASSWORD]", hint: null, details: {} },
      diagnostics: [],
    });
  });
});

describe("jsonText", () => {
  it("says the same as JSON and holds nothing that a terminal acts on or nobody can see", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: "binary" }), (value, text) => {
        const written = jsonText({ value, text });
        expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify({ value, text })));
        expect(written).not.toMatch(
          /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/u,
        );
      }),
    );
  });
});
