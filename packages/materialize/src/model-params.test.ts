import { describe, expect, it } from "vitest";
import { commonModelParams, modelParamFindings } from "./model-params.ts";

const adapter = { displayName: "Toy", modelParams: commonModelParams };
const codes = (params: Record<string, unknown>) =>
  modelParamFindings(adapter, params).map(({ severity, field }) => [severity, field]);

describe("modelParamFindings", () => {
  it.each([
    ["temperature", "hot"],
    ["temperature", 5],
    ["temperature", -1],
    ["temperature", Number.NaN],
    ["top_k", 1.5],
    ["max_tokens", 0],
    ["reasoning_effort", "huge"],
    ["stop", [1]],
  ])("S12-05 S12-08 refuses %s: %j", (key, value) => {
    expect(codes({ [key]: value })).toEqual([["error", `modelParams.${key}`]]);
  });
  it("S12-05 takes values in range", () => {
    expect(codes({ temperature: 0, top_p: 1, top_k: 40, max_tokens: 1, stop: ["x"], reasoning_effort: "low" })).toEqual(
      [],
    );
  });
  it("S12-06 refuses keys with other characters than letters, digits, _ and -", () => {
    expect(codes({ "a b": 1, "x;rm": 1 })).toEqual([
      ["error", "modelParams.a b"],
      ["error", "modelParams.x;rm"],
    ]);
  });
  it("S12-07 warns about keys that it does not know", () => {
    expect(codes({ warmth: 1, constructor: 1 })).toEqual([
      ["warning", "modelParams.warmth"],
      ["warning", "modelParams.constructor"],
    ]);
  });
});
