import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { TestWorkspace, testNodes } from "./workspace.fixture.ts";

describe.each(testNodes)("an evaluator with a cache on %s", (node) => {
  const workspaces: TestWorkspace[] = [];
  let workspace: TestWorkspace;
  let cacheDirectory: string;
  beforeEach(() => {
    workspace = new TestWorkspace({ "stax.config.json": "{}", ".env": "SECRET=1", "key.pem": "" });
    workspaces.push(workspace);
    cacheDirectory = join(workspace.root, "cache/stripped");
  });
  afterAll(async () => {
    for (const each of workspaces) await each.dispose();
  });

  const source = `import { base } from "./base.ts";\ninterface T { readonly a: number }\nconst t: T = { a: 1 };\nexport default { ...t, ...base } satisfies object;\n`;
  const entries = () => readdirSync(cacheDirectory).map((name) => join(cacheDirectory, name));

  async function exported(path: string): Promise<unknown> {
    return (await workspace.evaluator({ node, cacheDirectory }).evaluate(path)).value;
  }

  it("gives the same, and keeps one private file for each source", async () => {
    workspace.write("base.ts", "export const base: object = { b: 2 };");
    const path = workspace.definition(source);
    expect(await exported(path)).toEqual({ a: 1, b: 2 });
    expect(entries()).toHaveLength(2);
    for (const entry of entries()) expect(statSync(entry).mode & 0o777).toBe(0o600);
    expect(await exported(path)).toEqual({ a: 1, b: 2 });
    workspace.write("base.ts", "export const base: object = { b: 3 };");
    expect(await exported(path)).toEqual({ a: 1, b: 3 });
    expect(entries()).toHaveLength(3);
  });

  it.skipIf(!existsSync("/proc/self"))("costs nothing where no cache can be made, as below /proc", async () => {
    cacheDirectory = "/proc/stax-none/stripped";
    expect(await exported(workspace.definition(source.replace("...base", "b: 1").replace(/^.*\n/, "")))).toEqual({
      a: 1,
      b: 1,
    });
  });

  it("takes what it kept, and drops what was damaged", async () => {
    const path = workspace.definition("export default { a: 1 as number };");
    await exported(path);
    const [entry = ""] = entries();
    const kept = readFileSync(entry, "utf8");
    writeFileSync(entry, kept.replace("a: 1", "a: 2"));
    expect(await exported(path)).toEqual({ a: 1 });
    expect(readFileSync(entry, "utf8")).toBe(kept);
  });

  it("does without where it cannot write", async () => {
    cacheDirectory = workspace.write("occupied", "a file");
    expect(await exported(workspace.definition("export default { a: 1 as number };"))).toEqual({ a: 1 });
  });

  it("places errors as it does without", async () => {
    await expect(exported(workspace.definition("const a = 1;\nenum B { c }\nexport default a;"))).rejects.toMatchObject(
      {
        code: "ERR_STAX_DEFINITION_SYNTAX",
        diagnostics: [{ line: 2 }],
      },
    );
    await expect(exported(workspace.definition("type T = 1;\nthrow new Error('x' as string);"))).rejects.toMatchObject({
      code: "ERR_STAX_DEFINITION_THREW",
      diagnostics: [{ line: 2, column: 7 }],
    });
  });

  it("hands out no file that a definition may not read, asked on the pipe", async () => {
    const outside = new TestWorkspace({ "secret.ts": "export const secret = 1;" });
    workspaces.push(outside);
    workspace.write(".env.ts", "export const secret = 1;");
    for (const path of [
      join(outside.root, "secret.ts"),
      join(workspace.root, ".env.ts"),
      join(workspace.root, ".env"),
      "/etc/hostname",
    ]) {
      const asking = `import fs from "node:fs"; const buffer = Buffer.alloc(1000);
        fs.writeSync(3, JSON.stringify({ strip: ${JSON.stringify(path)} }) + "\\n");
        export default { answer: buffer.toString("utf8", 0, fs.readSync(3, buffer)) };`;
      expect(await exported(workspace.definition(asking))).toEqual({ answer: '{"answer":null}\n' });
    }
  });
});
