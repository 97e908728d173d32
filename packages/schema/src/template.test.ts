import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderTemplate } from "./template.ts";

const persona = {
  name: "maya",
  displayName: "Maya Chen",
  role: "Engineer",
  expertise: { primary: ["Go", "PG"] },
  years: 15,
  oncall: true,
  personality: { traits: ["kind"] },
  html: "<b>&",
};
const text = (source: string, who: object | undefined = persona) => renderTemplate(source, who).text;

describe("renderTemplate", () => {
  it("S04-17 S15-09 replaces dotted paths of the persona, with or without white space", () => {
    expect(text("{{persona.role}} {{ persona.displayName }} {{\tpersona.expertise.primary\n}}")).toBe(
      "Engineer Maya Chen Go, PG",
    );
  });
  it("S04-18 S15-09 makes missing values empty", () => {
    expect(text("[{{persona.missing}}][{{persona.role.x}}][{{persona.role}}]")).toBe("[][][Engineer]");
    expect(renderTemplate("[{{persona.role}}]", undefined).text).toBe("[]");
  });
  it.each(["constructor", "__proto__.x", "toString", "expertise.primary.length", "hasOwnProperty"])(
    "S04-19 sees own properties only: %s is empty",
    (path) => {
      expect(text(`[{{persona.${path}}}]`)).toBe("[]");
    },
  );
  it("S04-20 inserts raw text", () => {
    expect(text("{{persona.html}}")).toBe("<b>&");
  });
  it("S04-21 writes lists with commas and scalars as text", () => {
    expect(text("{{persona.expertise.primary}}/{{persona.years}}/{{persona.oncall}}")).toBe("Go, PG/15/true");
  });
  it("S04-22 keeps literal braces after a backslash", () => {
    expect(text("\\{{persona.role}} and \\\\{{persona.role}}")).toBe("{{persona.role}} and \\{{persona.role}}");
  });
  it("S04-23 closes at the first }} and never reads a value again", () => {
    expect(text("{{persona.a}}}}", { a: "}}{{persona.b}}", b: "never" })).toBe("}}{{persona.b}}}}");
  });
  it.each([
    "{{#if persona.role}}",
    "{{persona.role()}}",
    "{{persona['role']}}",
    "{{persona.role | upper}}",
    "{{{{persona.role}}",
  ])("S04-24 knows no logic: %s is empty and reported", (source) => {
    const { unresolved } = renderTemplate(source, persona);
    expect(text(source)).not.toContain("Engineer");
    expect(unresolved).toHaveLength(1);
    expect(unresolved[0]?.known).toBe(false);
  });
  it("S04-25 S04-27 makes what is no expression empty, and reports it", () => {
    expect(text("[{{unknown.x}}][{{persona}}][{{persona.}}][{{}}]")).toBe("[][][][]");
    expect(renderTemplate("{{persona}}", persona).unresolved).toEqual([
      { expression: "{{persona}}", offset: 0, known: false },
    ]);
  });
  it("makes objects empty and reports them", () => {
    expect(renderTemplate("{{persona.personality}}", persona)).toMatchObject({
      text: "",
      unresolved: [{ known: true }],
    });
  });
  it("S15-10 keeps the white space around", () => {
    expect(text("  a \n{{persona.role}}\t\r\n ")).toBe("  a \nEngineer\t\r\n ");
  });
  it("tells whether anything was there to resolve", () => {
    expect(renderTemplate("plain { { }", persona)).toEqual({
      text: "plain { { }",
      usesPersona: false,
      changed: false,
      unresolved: [],
    });
    expect(renderTemplate("{{x}}", persona)).toMatchObject({ usesPersona: false, changed: true });
  });
  it("leaves any text without braces as it is, and inserts any value as it is", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (around, value) => {
        const plain = around.replaceAll("{", "").replaceAll("\\", "");
        expect(text(`${plain}{{persona.v}}${plain}`, { v: value })).toBe(plain + value + plain);
      }),
    );
  });
});
