import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BuildError } from "../error.ts";
import type { Evaluator } from "./index.ts";
import { TestWorkspace, testNodes } from "./workspace.fixture.ts";

describe.each(testNodes)("createEvaluator on %s", (node) => {
  let workspace: TestWorkspace;
  let evaluator: Evaluator;

  beforeAll(() => {
    workspace = new TestWorkspace({ "stax.config.json": "{}" });
    evaluator = workspace.evaluator({ node });
  });
  afterAll(() => workspace.dispose());

  async function exported(source: string, extension?: string): Promise<unknown> {
    return (await evaluator.evaluate(workspace.definition(source, extension))).value;
  }

  async function errorOf(source: string, extension = "ts", by: Evaluator = evaluator): Promise<BuildError> {
    const path = extension.startsWith("/") ? extension : workspace.definition(source, extension);
    const error = await by.evaluate(path).then(
      ({ value }) => new Error(`no error, but ${JSON.stringify(value)}`),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof BuildError)) throw error;
    return error;
  }

  describe("what a definition exports", () => {
    it("is plain data, whatever it was made of", async () => {
      const value = await exported(`
        import { defineAgent } from "stax";
        const shared = { model: "m" };
        interface Extra { readonly "x-a": number }
        export default defineAgent({ name: "a", list: [1, "two", null, true, [shared, shared]], gone: undefined, nested: { ...shared }, "x-a": 1.5 } as unknown as Parameters<typeof defineAgent>[0] & Extra);`);
      expect(value).toEqual({
        name: "a",
        list: [1, "two", null, true, [{ model: "m" }, { model: "m" }]],
        nested: { model: "m" },
        "x-a": 1.5,
      });
      expect(Object.keys(value as object)).not.toContain("gone");
    });

    it.each([
      ["export default Promise.resolve({ name: 'a' })"],
      ["const name: string = await Promise.resolve('a'); export default { name }"],
      ["const definition = { name: 'a' } satisfies object; export { definition as default }"],
    ])("is awaited, renamed, typed: %s", async (source) => {
      expect(await exported(source)).toEqual({ name: "a" });
    });

    it("keeps a key named __proto__ as a key", async () => {
      const value = await exported(`export default JSON.parse('{"__proto__": {"polluted": true}}')`);
      expect(Object.keys(value as object)).toEqual(["__proto__"]);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    });

    it("may come from .js, .mjs and .mts", async () => {
      expect(await exported("export default { a: 1 }", "js")).toEqual({ a: 1 });
      expect(await exported("export default { a: 1 }", "mjs")).toEqual({ a: 1 });
      expect(await exported("const a: number = 1; export default { a }", "mts")).toEqual({ a: 1 });
    });

    it.each([
      ["() => 1", "a function", "a.b"],
      ["new Date(0)", "a Date", "a.b"],
      ["new Map()", "a Map", "a.b"],
      ["new (class Thing {})()", "an instance of Thing", "a.b"],
      ["10n", "a BigInt", "a.b"],
      ["NaN", "NaN", "a.b"],
      ["-Infinity", "-Infinity", "a.b"],
      ["Symbol('s')", "a symbol", "a.b"],
      ["[1, undefined]", "undefined", "a.b[1]"],
      ["[1, , 2]", "undefined", "a.b[1]"],
      ["{ [Symbol('s')]: 1 }", "a symbol as a key", "a.b"],
      ["'\\ud800'", "a lone surrogate", "a.b"],
      ["(() => { const o: Record<string, unknown> = {}; o.self = o; return o; })()", "a cycle", "a.b.self"],
    ])("S03-44 must be JSON: %s", async (expression, what, field) => {
      const error = await errorOf(`export default {\n  a: {\n    b: ${expression},\n  },\n};\n`);
      expect(error).toMatchObject({ code: "ERR_STAX_DEFINITION_NOT_DATA", category: "schema" });
      expect(error.diagnostics).toMatchObject([
        { code: "definition-not-data", field, line: 3, path: expect.stringMatching(/^definition-\d+\.ts$/) },
      ]);
      expect(error.diagnostics[0]?.message).toContain(what);
    });

    it("X-22 names every field that is not data at once", async () => {
      const error = await errorOf("export default {\n  a: () => 1,\n  b: [new Date(), 1n],\n};");
      expect(error.diagnostics.map(({ field, line, column }) => [field, line, column])).toEqual([
        ["a", 2, 3],
        ["b[0]", 3, 7],
        ["b[1]", 3, 19],
      ]);
    });

    it("is bounded: deep, wide and large values are refused", async () => {
      expect(
        (await errorOf("let v: unknown = 1; for (let i = 0; i < 80; i++) v = [v]; export default v;")).message,
      ).toContain("nesting deeper than 64");
      expect((await errorOf("export default Array.from({ length: 2e6 }, () => 1)")).message).toContain(
        "too many values",
      );
      expect(
        await errorOf("let v: unknown[] = [1]; for (let i = 0; i < 40; i++) v = [v, v]; export default v;"),
      ).toMatchObject({ code: "ERR_STAX_DEFINITION_NOT_DATA" });
      expect(await errorOf("export default { text: 'x'.repeat(20 * 1024 * 1024) }")).toMatchObject({
        code: "ERR_STAX_DEFINITION_TOO_LARGE",
      });
    });

    it("must exist: no default export names the fix", async () => {
      const error = await errorOf("export const agent = {}, other = 1;");
      expect(error).toMatchObject({
        code: "ERR_STAX_DEFINITION_NO_DEFAULT",
        hint: expect.stringContaining("export default"),
      });
      expect(error.message).toContain("it exports agent, other");
    });

    it("must be called: a function as the default export names the fix", async () => {
      expect(await errorOf("export default () => ({})")).toMatchObject({ hint: expect.stringContaining("call it") });
    });
  });

  describe("errors of a definition", () => {
    it("S11-09 shows what was thrown and where, without a stack", async () => {
      const error = await errorOf(
        `const fail = (): never => {\n  throw new TypeError("bad thing\\n\\u001b[31m");\n};\nfail();\nexport default {};`,
      );
      expect(error).toMatchObject({ code: "ERR_STAX_DEFINITION_THREW", category: "schema" });
      expect(error.message).toMatch(/^definition-\d+\.ts:2:9: throws TypeError: bad thing\\u\{a\}\\u\{1b\}\[31m$/);
      expect(error.message).not.toMatch(/ at |file:\/\//);
    });

    it("passes on every finding of an error of stax, by its code and not by the name of its class", async () => {
      const error = await errorOf(`class j extends Error {
  name = "j";
  code = "ERR_STAX_ADAPTER_OPTIONS";
  diagnostics = [
    { message: 'unknown field "modle"', field: "modle", hint: 'did you mean "model"?' },
    { message: "expected a string", field: "scope" },
    { get message() { throw 1; } },
    null,
  ];
}
throw new j("the options of Claude Code are not valid");`);
      const prefix = "throws ERR_STAX_ADAPTER_OPTIONS: the options of Claude Code are not valid";
      expect(error.diagnostics).toEqual([
        expect.objectContaining({
          message: `${prefix}: unknown field "modle"`,
          hint: 'did you mean "model"?',
          line: 11,
        }),
        expect.objectContaining({ message: `${prefix}: scope: expected a string`, line: 11 }),
      ]);
    });

    it("names the imported file that throws", async () => {
      workspace.write("lib/broken.ts", "\nexport const x: number = JSON.parse('{');");
      const error = await errorOf(`import { x } from "./lib/broken.ts";\nexport default { x };`);
      expect(error.diagnostics[0]).toMatchObject({
        path: "lib/broken.ts",
        line: 2,
        message: expect.stringContaining("SyntaxError"),
      });
    });

    it("S11-09 never shows the value of a variable, quoted, encoded or cut off", async () => {
      const token = 'tok"en/with+odd\nsecond-line-of-it';
      const one = workspace.evaluator({ node, env: ["TOKEN"], environment: { TOKEN: token } });
      const printing = [
        `process.env.TOKEN`,
        `JSON.stringify(process.env)`,
        `encodeURIComponent(process.env.TOKEN!)`,
        `btoa(process.env.TOKEN!)`,
        `("x".repeat(1990) + process.env.TOKEN)`,
      ];
      for (const expression of printing) {
        const error = await errorOf(`throw new Error("leak " + ${expression});`, "ts", one);
        expect(error.message).toContain("throws Error: leak ");
        for (const part of ["tok", "en/with", "second-line", encodeURIComponent("en/with"), btoa(token).slice(0, 8)])
          expect(error.message).not.toContain(part);
      }
      const { warnings } = await one.evaluate(
        workspace.definition(`console.log(process.env.TOKEN); export default {}`),
      );
      expect(warnings[0]?.message).toMatch(/: \[TOKEN\]$/);
    });

    it.each([
      ["throw 'text'", "throws text"],
      ["throw { a: 1 }", 'throws {"a":1}'],
      ["throw null", "throws null"],
      ["throw undefined", "throws undefined"],
    ])("shows what is no Error: %s", async (source, shown) => {
      expect((await errorOf(source)).message).toContain(shown);
    });

    it("catches what nobody waits for", async () => {
      const wait = "await new Promise((done) => setTimeout(done, 20)); export default {};";
      expect((await errorOf(`Promise.reject(new Error("stray"));\n${wait}`)).message).toContain(
        ":1:16: throws Error: stray",
      );
      expect((await errorOf(`setTimeout(() => { throw new Error("late"); }, 1);\n${wait}`)).message).toContain(
        "throws Error: late",
      );
    });

    it.each([
      ["const a = ;\nexport default a", "ts", 1, 11, "Expression expected"],
      ["export default {\n  a: 1,,\n}", "ts", 2, 8, ""],
      ["export default {\n  a: 1,,\n}", "js", 2, 8, "Unexpected token ','"],
      ["export default {\n  a: 1,\n", "mjs", 3, 1, "Unexpected end of input"],
    ])("places a syntax error: %j in .%s", async (source, extension, line, column, message) => {
      const error = await errorOf(source, extension);
      expect(error).toMatchObject({ code: "ERR_STAX_DEFINITION_SYNTAX", diagnostics: [{ line, column }] });
      expect(error.message).toContain(message);
    });

    it.each([
      ["enum Colour { Red }"],
      ["namespace N { export const a = 1 }"],
      ["class P { constructor(readonly a: number) {} }"],
    ])("explains TypeScript that cannot be erased: %s", async (source) => {
      const error = await errorOf(`const first = 1;\n${source}\nexport default { first };`);
      expect(error).toMatchObject({
        code: "ERR_STAX_DEFINITION_SYNTAX",
        diagnostics: [{ line: 2 }],
        hint: expect.stringContaining("union of strings"),
      });
      expect(error.message).toContain("not supported: types are removed, not compiled");
    });

    it("places an import of a name that is not exported", async () => {
      workspace.write("lib/names.ts", "export const a = 1;");
      const error = await errorOf(`import { b } from "./lib/names.ts";\nexport default { b };`);
      expect(error).toMatchObject({ code: "ERR_STAX_DEFINITION_SYNTAX", diagnostics: [{ line: 1 }] });
      expect(error.message).toContain("does not provide an export named 'b'");
    });
  });

  describe("imports", () => {
    it("S04-10 may come from other files of the workspace", async () => {
      workspace.write("personas/_base.ts", "export const base: object = { tone: 'calm' };");
      workspace.write("personas/data.json", '{"role": "engineer"}');
      const source = `import { base } from "./personas/_base.ts";\nimport data from "./personas/data.json" with { type: "json" };\nexport default { ...base, ...data };`;
      expect(await exported(source)).toEqual({ tone: "calm", role: "engineer" });
    });

    it("that do not exist are named with file, line and the likely fix", async () => {
      workspace.write("lib/present.ts", "export default 1;");
      const missing = await errorOf(`import a from "./lib/present";\nexport default { a };`);
      expect(missing).toMatchObject({
        code: "ERR_STAX_DEFINITION_IMPORT",
        diagnostics: [{ line: 1, column: 15 }],
        hint: expect.stringContaining('"./lib/present.ts"'),
      });
      expect((await errorOf(`import a from "./lib/present.js";`)).hint).toContain('"./lib/present.ts"');
      expect((await errorOf(`import a from "left-pad-of-nobody";`)).message).toContain(
        'imports "left-pad-of-nobody", which does not exist',
      );
    });

    it("must stay inside the workspace, also through links (A16)", async () => {
      const other = new TestWorkspace({ "outside.ts": "export default 1;" });
      symlinkSync(join(other.root, "outside.ts"), join(workspace.root, "inside.ts"));
      for (const specifier of [
        `../${other.root.split("/").at(-1)}/outside.ts`,
        join(other.root, "outside.ts"),
        "./inside.ts",
      ]) {
        const error = await errorOf(`import a from "${specifier}";\nexport default { a };`);
        expect(error).toMatchObject({ code: "ERR_STAX_DEFINITION_IMPORT", diagnostics: [{ line: 1, column: 15 }] });
        expect(error.message).toContain(`imports "${specifier}", which lies outside the workspace`);
        const trusting = workspace.evaluator({ node, trust: true });
        expect(await errorOf(`import a from "${specifier}";`, "ts", trusting)).toMatchObject({
          code: "ERR_STAX_DEFINITION_IMPORT",
        });
      }
      rmSync(join(workspace.root, "inside.ts"));
      await other.dispose();
    });

    it("of stax come from the command's installation", async () => {
      expect(
        await exported(
          `import { defineAgent } from "stax"; import { namePattern } from "@stax/schema"; export default { a: typeof defineAgent, b: String(namePattern.source).length > 0 };`,
        ),
      ).toEqual({ a: "function", b: true });
      const error = await errorOf(`import x from "@stax/nothing";`);
      expect(error.message).toContain('imports "@stax/nothing", which the stax command does not bring along');
    });

    it("O1 of stax ignore a stranger's package, and take ours", async () => {
      const project = new TestWorkspace({
        "stax.config.json": "{}",
        "node_modules/stax/package.json": '{"name":"stax","type":"module","exports":"./index.js"}',
        "node_modules/stax/index.js": "export const defineAgent = () => ({ stranger: true });",
      });
      const source = `import { defineAgent } from "stax"; export default defineAgent({ mine: true } as never);`;
      const stranger = project.evaluator({ node });
      expect((await stranger.evaluate(project.definition(source))).value).toEqual({ mine: true });
      project.write("node_modules/stax/package.json", '{"name":"@stax/cli","type":"module","exports":"./index.js"}');
      project.write("node_modules/stax/index.js", "export const defineAgent = () => ({ ours: true });");
      const ours = project.evaluator({ node });
      expect((await ours.evaluate(project.definition(source))).value).toEqual({ ours: true });
      await project.dispose();
    });

    it("may be packages of the project", async () => {
      mkdirSync(join(workspace.root, "node_modules"), { recursive: true });
      workspace.write("node_modules/preset/package.json", '{"name":"preset","main":"index.cjs"}');
      workspace.write(
        "node_modules/preset/index.cjs",
        "const { join } = require('path'); let extra; try { extra = require('optional-thing'); } catch (error) { if (error.code !== 'MODULE_NOT_FOUND') throw error; } module.exports = { preset: join('a', 'b') };",
      );
      expect(await exported(`import preset from "preset"; export default preset;`)).toEqual({ preset: "a/b" });
    });
  });

  describe("a definition that does not end well", () => {
    it("is stopped when it takes too long, and the next one is evaluated", async () => {
      const quick = workspace.evaluator({ node, timeoutMs: 400 });
      expect(await errorOf("for (;;);", "ts", quick)).toMatchObject({ code: "ERR_STAX_DEFINITION_TIMEOUT" });
      expect(
        await errorOf("setInterval(() => {}, 10); await new Promise(() => {}); export default {}", "ts", quick),
      ).toMatchObject({ code: "ERR_STAX_DEFINITION_TIMEOUT" });
      expect((await quick.evaluate(workspace.definition("export default { alive: true }"))).value).toEqual({
        alive: true,
      });
    });

    it("is reported at once when it waits for nothing", async () => {
      const error = await errorOf("await new Promise(() => {}); export default {}");
      expect(error).toMatchObject({
        code: "ERR_STAX_DEFINITION_TIMEOUT",
        message: expect.stringContaining("never settles"),
      });
    });

    it("is placed when it calls process.exit", async () => {
      const error = await errorOf("\nprocess.exit(3);\nexport default {};");
      expect(error).toMatchObject({ code: "ERR_STAX_DEFINITION_DENIED", diagnostics: [{ line: 2 }] });
    });

    it("is reported when it ends a process that trusts it", async () => {
      const trusting = workspace.evaluator({ node, trust: true });
      expect(await errorOf("process.exit(3);", "ts", trusting)).toMatchObject({
        code: "ERR_STAX_DEFINITION_EXITED",
        message: expect.stringContaining("exit code 3"),
      });
      expect(
        await errorOf(
          "process.kill(process.pid, 'SIGTERM'); await new Promise((d) => setTimeout(d, 5000));",
          "ts",
          trusting,
        ),
      ).toMatchObject({ message: expect.stringContaining("SIGTERM") });
    });

    it("cannot answer for itself on the pipe", async () => {
      const forging = `import fs from "node:fs"; fs.writeSync(3, JSON.stringify({ value: { forged: true } }) + "\\n" + JSON.stringify({ id: "", value: {} }) + "\\nno json\\n"); export default { honest: true };`;
      expect(await exported(forging)).toEqual({ honest: true });
      expect(await exported("export default { next: true }")).toEqual({ next: true });
    });
  });

  describe("what a definition prints", () => {
    it("never reaches this process's streams, and is cut short", async () => {
      const { value, warnings } = await evaluator.evaluate(
        workspace.definition(
          `import fs from "node:fs"; console.log("hello \\u001b[2J"); process.stderr.write("y".repeat(5e6)); fs.writeSync(2, "raw"); export default { a: 1 }`,
        ),
      );
      expect(value).toEqual({ a: 1 });
      expect(warnings).toMatchObject([
        { code: "definition-output", severity: "info", path: expect.stringMatching(/^definition-/) },
      ]);
      expect(warnings[0]?.message).toMatch(/^prints 5000011 characters while it is evaluated: hello \\u\{1b\}\[2J/);
      expect(warnings[0]?.message.length).toBeLessThan(400);
    });
  });

  describe("the session", () => {
    it("evaluates several files in one process, in order, each once", async () => {
      const counting =
        "const g = globalThis as { count?: number }; g.count = (g.count ?? 0) + 1; export default { count: g.count, pid: process.pid };";
      const one = workspace.evaluator({ node });
      const files = [0, 1, 2].map(() => workspace.definition(counting));
      const values = await Promise.all(
        [...files, ...files].map(async (file) => (await one.evaluate(file)).value as { count: number; pid: number }),
      );
      expect(values.map(({ count }) => count)).toEqual([1, 2, 3, 1, 2, 3]);
      expect(new Set(values.map(({ pid }) => pid)).size).toBe(1);
    });

    it("is given up when the signal says so, and leaves no process behind", async () => {
      const controller = new AbortController();
      const one = workspace.evaluator({ node, signal: controller.signal, trust: true });
      const { value } = await one.evaluate(workspace.definition("export default { pid: process.pid }"));
      const running = one.evaluate(workspace.definition("for (;;);"));
      setTimeout(() => controller.abort(), 50);
      await expect(running).rejects.toThrow(controller.signal.reason as Error);
      await expect(one.evaluate(workspace.definition("export default {}"))).rejects.toThrow();
      await expect.poll(() => isRunning((value as { pid: number }).pid)).toBe(false);
    });

    it("warns of a variable that is named and not set", async () => {
      const one = workspace.evaluator({ node, env: ["ABSENT"], environment: {} });
      expect((await one.evaluate(workspace.definition("export default {}"))).warnings).toMatchObject([
        { code: "definition-env-unset", severity: "warning" },
      ]);
      expect((await one.evaluate(workspace.definition("export default {}"))).warnings).toEqual([]);
    });

    it("says why when the process cannot be started", async () => {
      const absent = workspace.evaluator({ node: "/nonexistent/node" });
      expect(await errorOf("export default {}", "ts", absent)).toMatchObject({
        code: "ERR_STAX_EVALUATOR_FAILED",
        category: "build",
      });
    });

    it("refuses files outside its workspace and files that are not there", async () => {
      expect(await errorOf("", "/etc/hostname")).toMatchObject({ code: "ERR_STAX_DEFINITION_OUTSIDE" });
      expect(await errorOf("", join(workspace.root, "none.ts"))).toMatchObject({
        code: "ERR_STAX_DEFINITION_UNREADABLE",
        message: "none.ts cannot be read",
      });
    });
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
