import { fileEntry } from "@stax/schema";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { ModelOptions } from "./adapter-contract.ts";
import type { JsonObject, Output, Part } from "./contract.ts";
import { config, defineAdapter, document, files } from "./define-adapter.ts";
import { promptSection } from "./parts/root-document.ts";
import { render } from "./render.ts";
import { promptOf, rulesOf } from "./sample.fixture.ts";

interface ToyOptions extends ModelOptions {
  readonly scope?: "project" | "user" | undefined;
  readonly level?: number | undefined;
  readonly writeRules?: boolean | undefined;
}
const options: z.ZodType<ToyOptions> = z.object({
  model: z.string().optional(),
  modelParams: z.record(z.string(), z.unknown()).optional(),
  scope: z.enum(["project", "user"]).optional(),
  level: z.number().optional(),
  writeRules: z.boolean().optional(),
});
const excuses = {
  persona: "none",
  surfaces: "none",
  skills: "none",
  mcp: "none",
  subagents: "none",
  instructionTree: "none",
  knowledge: "none",
  memory: "none",
  secrets: "none",
  toolPermissions: "none",
} as const;
const ruleFiles: Part<"rules", unknown, ReturnType<typeof fileEntry>> = {
  feature: "rules",
  fidelity: "translated",
  keeps: ["scope", "body"],
  write: ({ rules }) =>
    (rules?.rules ?? []).map(({ id, body }) => ({ items: [id], out: fileEntry(`rules/${id}`, body) })),
};
const level: Part<"modelConfig", ToyOptions, JsonObject> = {
  feature: "modelConfig",
  fidelity: "native",
  write: (_, context) => [{ items: [], out: { level: context.options.level ?? 0 } }],
};
const toy = defineAdapter({
  name: "toy",
  displayName: "Toy",
  adapterVersion: "1.0.0",
  options,
  outputs: [
    document("TOY.md", [promptSection]),
    files("rules/*.md", ruleFiles, { when: "writeRules" }),
    config("json", { project: "toy.json" }, [level]),
  ],
  unsupported: excuses,
});

describe("defineAdapter", () => {
  it("does not compile when a feature is neither answered nor excused", () => {
    const { persona: _, ...incomplete } = excuses;
    const contract = {
      name: "t",
      displayName: "T",
      adapterVersion: "1.0.0",
      options,
      outputs: [document("T.md", [promptSection])],
    } as const;
    // @ts-expect-error rules and modelConfig are answered by no output here, and persona is not excused either
    defineAdapter({ ...contract, unsupported: incomplete });
    // @ts-expect-error persona is still missing
    defineAdapter({ ...contract, unsupported: { ...incomplete, rules: "none", modelConfig: "none" } });
    defineAdapter({ ...contract, unsupported: { ...excuses, rules: "none", modelConfig: "none" } });
  });
  it("does not compile when a part needs other options than the schema gives", () => {
    const other: Part<"modelConfig", { readonly color: string } & ModelOptions, JsonObject> = {
      feature: "modelConfig",
      fidelity: "native",
      write: (_, context) => [{ items: [], out: { c: context.options.color } }],
    };
    const outputs: readonly Output<"modelConfig", ToyOptions>[] = [
      // @ts-expect-error the options of this part are not those of the adapter
      config("json", "x.json", [other]),
    ];
    expect(outputs).toHaveLength(1);
  });
  it("S12-28 takes a bare function from options to a config as well", () => {
    const custom = defineAdapter((given: { readonly url: string }) => ({
      type: "hosted",
      runtime: "hosted",
      adapterVersion: "1.0.0",
      config: { url: given.url },
      features: { prompt: "native" },
    }));
    expect(custom({ url: "https://x.example" })).toMatchObject({
      type: "hosted",
      config: { url: "https://x.example" },
    });
  });
});

describe("configure", () => {
  it("S12-01 compiles options, features and targets", () => {
    expect(toy.configure({ model: "m", level: 2 })).toEqual({
      type: "toy",
      runtime: "toy",
      adapterVersion: "1.0.0",
      model: "m",
      config: { level: 2 },
      features: {
        prompt: "native",
        persona: "unsupported",
        surfaces: "unsupported",
        rules: "translated",
        skills: "unsupported",
        mcp: "unsupported",
        subagents: "unsupported",
        instructionTree: "unsupported",
        knowledge: "unsupported",
        memory: "unsupported",
        toolPermissions: "unsupported",
        modelConfig: "native",
        secrets: "consumer-only",
        exactMode: true,
      },
      targets: [
        { kind: "file", path: "TOY.md", scope: "project", exact: false },
        { kind: "directory", path: "rules/", scope: "project", exact: true },
        { kind: "setting", path: "toy.json", scope: "project", exact: false },
      ],
    });
  });
  it("derives the feature map from what options leave switched on, by scope", () => {
    expect(toy.configure({ writeRules: false }).features.rules).toBe("unsupported");
    expect(toy.configure({ scope: "user" }).features.modelConfig).toBe("unsupported");
  });
  it("S12-16 refuses options that do not fit, all at once, with a suggestion", () => {
    const wrong = { level: "x", modle: "m" } as unknown as ToyOptions; // what an author without types can write
    expect(() => toy.configure(wrong)).toThrow(
      expect.objectContaining({
        code: "ERR_STAX_ADAPTER_OPTIONS",
        diagnostics: [
          expect.objectContaining({ field: "modle", hint: 'did you mean "model"?' }),
          expect.objectContaining({ field: "level" }),
        ],
      }),
    );
  });
});

describe("render", () => {
  it("S12-27 reports what no part carries, and fields that a part does not keep", async () => {
    const rules = await rulesOf({
      "a.md": "---\nscope: glob\nglobs: ['*.ts']\npriority: 5\ntags: [x]\n---\nbody\n",
      "b.md": "plain\n",
    });
    const { losses } = render({ rules, prompt: promptOf("p") }, toy, toy.configure({ model: "m" }));
    expect(losses.map(({ feature, item, field, fidelity }) => [feature, item, field, fidelity])).toEqual([
      ["rules", "a.md", "globs", "lost"],
      ["rules", "a.md", "priority", "lost"],
      ["rules", "a.md", "tags", "lost"],
      ["modelConfig", "model", undefined, "lost"],
    ]);
  });
  it("S12-23 S00-13 reports each item of an unsupported feature with the adapter's reason", async () => {
    const { losses, features } = render(
      {
        subagents: {
          specVersion: "1.0.0",
          agents: { a: { description: "d", instructions: "i" }, b: { description: "d", instructions: "i" } },
        },
      },
      toy,
      toy.configure(),
    );
    expect(losses).toMatchObject([
      { code: "item-lost", severity: "warning", feature: "subagents", item: "a", reason: "none", layer: "subagents" },
      { item: "b" },
    ]);
    expect(features.subagents).toBe("unsupported");
  });
  it("says what an option switched off, without calling it a loss of the runtime", async () => {
    const rules = await rulesOf({ "a.md": "x\n" });
    const { losses, fragments } = render({ rules }, toy, toy.configure({ writeRules: false }));
    expect(losses).toMatchObject([
      { code: "output-off", severity: "info", item: "a.md", reason: expect.stringContaining("writeRules") },
    ]);
    expect(fragments.filter(({ path }) => path.startsWith("rules/"))).toEqual([]);
  });
  it("S12-03 S00-07 S00-08 keeps unknown options of a compiled config out of the way, with a warning", () => {
    const compiled = { ...toy.configure(), config: { future: true } };
    const { notices } = render({}, toy, compiled);
    expect(notices).toMatchObject([{ severity: "warning", code: "unknown-field", field: "future" }]);
  });
  it("S12-16 refuses options of a compiled config that do not fit", () => {
    expect(() => render({}, toy, { ...toy.configure(), config: { level: "high" } })).toThrow(
      expect.objectContaining({ code: "ERR_STAX_ADAPTER_OPTIONS" }),
    );
  });
  it("does not let an adapter write outside its own claim", async () => {
    const rules = await rulesOf({ "deep/a.md": "x\n" });
    expect(() => render({ rules }, toy, toy.configure())).toThrow("outside its claim");
  });
  it("S18-17 omits configuration values that look like credentials, and never shows them", () => {
    const token = `ghp_${"a".repeat(36)}`;
    const leaky: Part<"modelConfig", unknown, JsonObject> = {
      feature: "modelConfig",
      fidelity: "native",
      write: () => [{ items: [], out: { token, ok: 1 } }],
    };
    const adapter = defineAdapter({
      name: "leaky",
      displayName: "Leaky",
      adapterVersion: "1.0.0",
      options,
      outputs: [config("json", "x.json", [leaky])],
      unsupported: { ...excuses, prompt: "none", rules: "none" },
    });
    const { fragments, notices } = render({}, adapter, adapter.configure());
    expect(fragments).toMatchObject([{ value: { ok: 1 } }]);
    expect(notices).toMatchObject([{ code: "secret-value", severity: "error" }]);
    expect(JSON.stringify([fragments, notices])).not.toContain(token);
  });
});
