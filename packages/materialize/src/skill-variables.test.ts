import { describe, expect, it } from "vitest";
import { substituteSkillVariables } from "./skill-variables.ts";

const values = { arguments: 'fix "issue 7" now', skillDir: "/s/fix", workspace: "/w" };
const run = (body: string) => substituteSkillVariables(body, values);

describe("substituteSkillVariables", () => {
  it("S07-07 replaces the four variables as text", () => {
    expect(run("$ARGUMENTS|$ARGUMENTS[0]|$ARGUMENTS[1]|${STAX_SKILL_DIR}|${STAX_WORKSPACE}")).toBe(
      'fix "issue 7" now|fix|issue 7|/s/fix|/w',
    );
  });
  it("S07-08 makes a missing argument empty", () => {
    expect(run("[$ARGUMENTS[9]]")).toBe("[]");
    expect(substituteSkillVariables("[$ARGUMENTS]", { ...values, arguments: "" })).toBe("[]");
  });
  it("S07-09 evaluates nothing, not even in what it inserts", () => {
    expect(run("$(date) `date` $HOME ${HOME}")).toBe("$(date) `date` $HOME ${HOME}");
    expect(substituteSkillVariables("$ARGUMENTS", { ...values, arguments: "${STAX_WORKSPACE} $& $1" })).toBe(
      "${STAX_WORKSPACE} $& $1",
    );
  });
  it("S07-10 keeps a variable after a backslash", () => {
    expect(run("\\$ARGUMENTS \\$ARGUMENTS[0] \\${STAX_SKILL_DIR} \\${STAX_WORKSPACE}")).toBe(
      "$ARGUMENTS $ARGUMENTS[0] ${STAX_SKILL_DIR} ${STAX_WORKSPACE}",
    );
  });
  it("takes given positional arguments instead of splitting", () => {
    expect(substituteSkillVariables("$ARGUMENTS[0]", { ...values, positional: ["a b"] })).toBe("a b");
  });
});
