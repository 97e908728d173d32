import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { root } from "../workspace.ts";
import { adaptersPage } from "./adapters-page.ts";
import { fieldsOf } from "./fields.ts";
import { bytes, code, table } from "./markdown.ts";
import { pages } from "./pages.ts";

describe("the generated pages", () => {
  it.each(pages)("$path is fresh (else run `pnpm docs`)", async ({ path, generate }) => {
    const file = join(root, path);
    expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(await generate());
  });
});

describe("adaptersPage", () => {
  it("S12-04 S12-32 lists the model parameters of each adapter with their ranges, and its options", async () => {
    const text = await adaptersPage();
    for (const name of ["claude-code", "generic"]) {
      const section = text.split(`\n## ${name}\n`)[1]?.split("\n## ")[0] ?? "";
      expect(section).toMatch(/### Model parameters[\s\S]*\| `temperature` \| number \| 0 to 2 \|/);
      expect(section).toMatch(/### Options[\s\S]*\| `model` \| string \|/);
    }
  });
});

describe("fieldsOf", () => {
  it("names nested fields, values of maps and items of lists by their paths", () => {
    const schema = z.object({
      kind: z.enum(["a", "b"]).default("a"),
      servers: z.record(z.string(), z.object({ url: z.string() })),
      list: z.array(z.object({ id: z.number() })).optional(),
    });
    expect(fieldsOf(schema)).toEqual([
      { path: "kind", type: "a | b", required: false, default: '"a"' },
      { path: "servers", type: "map of object", required: true, default: "" },
      { path: "servers.<name>.url", type: "string", required: true, default: "" },
      { path: "list", type: "list of object", required: false, default: "" },
      { path: "list[].id", type: "number", required: true, default: "" },
    ]);
  });
});

describe("markdown", () => {
  it("escapes what would end a cell", () => {
    expect(table(["a"], [["x | y"], ["two\nlines"]])).toBe("| a |\n| --- |\n| x \\| y |\n| two lines |");
  });
  it("writes code and sizes", () => {
    expect([code("x"), code(""), bytes(1024 * 1024), bytes(4096 * 1024 * 1024)]).toEqual(["`x`", "", "1 MiB", "4 GiB"]);
  });
});
