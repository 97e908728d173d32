import type { Adapter } from "@stax/materialize";
import { describe, expect, it } from "vitest";
import { aspects } from "./aspects.ts";
import type { Marked } from "./marked-agent.ts";
import { type Asked, rowsOf } from "./observe.ts";

const no = "the toy has no place for it";
const features = Object.values(aspects).map(({ feature }) => feature);
const unsupported = Object.fromEntries(features.filter((one) => one !== "prompt").map((one) => [one, no]));
// Of an adapter, its name and what it excuses is all that is looked at.
const toy = { name: "toy", unsupported } as unknown as Adapter;

const marked: Marked = {
  project: "/nowhere/project",
  home: "/nowhere/home",
  files: { "TOY.md": `${aspects.prompt.marker} is your task.\n` },
  losses: [],
  remove: () => undefined,
};
// A promise, so that what throws is a rejection.
const ask = async (more: Partial<Asked>) =>
  rowsOf({ adapter: toy, scope: "project", marked: [marked], shown: [], ...more });
const shown = [{ command: "`toy hi`", text: `… ${aspects.prompt.marker} …` }];

describe("what a runtime sees", () => {
  it("is one row for each aspect: seen with the first command that shows it, or why it was not written", async () => {
    const rows = await ask({ shown: [...shown, { ...shown[0], command: "later" } as (typeof shown)[0]] });
    expect(rows).toHaveLength(Object.keys(aspects).length);
    expect(rows[0]).toMatchObject({ aspect: "prompt", result: "seen", command: "`toy hi`" });
    for (const { result, why } of rows.slice(1))
      expect({ result, why }).toEqual({ result: "not seen", why: `not written, and reported: ${no}` });
  });
  it("fails for what was written, is not seen and has no explanation", async () => {
    await expect(ask({})).rejects.toThrow("prompt was written, is not seen, and nothing says why");
    const [row] = await ask({ notSeen: { prompt: "because" } });
    expect(row).toMatchObject({ result: "not seen", why: "because" });
    const [other] = await ask({ unaskable: { prompt: "nobody answers" } });
    expect(other).toMatchObject({ result: "cannot be asked", why: "nobody answers" });
  });
  it("fails for an explanation of what is seen, and for a check that fails", async () => {
    await expect(ask({ shown, notSeen: { prompt: "because" } })).rejects.toThrow("is seen, and explained away");
    await expect(ask({ checked: { prompt: { command: "c", seen: false } } })).rejects.toThrow("nothing says why");
  });
  it("fails for a file that no aspect is about, and for what is neither written nor reported", () => {
    const asked = { adapter: toy, scope: "project", shown } as const;
    expect(() => rowsOf({ ...asked, marked: [{ ...marked, files: { "x.md": "no mark" } }] })).toThrow(
      "toy wrote x.md, which nothing of the evidence is about",
    );
    const silent = { ...toy, unsupported: {} };
    expect(() => rowsOf({ ...asked, adapter: silent, marked: [{ ...marked, losses: [] }] })).toThrow(
      "was not written, and no loss says so",
    );
  });
});
