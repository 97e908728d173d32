import { describe, expect, it } from "vitest";
import { sourceFiles, workspacePackages } from "../workspace.ts";
import { errorCodeOwners, findingCodes } from "./errors-page.ts";

// Where a finding's code is written out: as a field, or as the first argument of what reports it.
const reported = /\b(?:code: |(?:finding|problem|report|warn)\(\s*)"([a-z0-9]+(?:-[a-z0-9]+)+)"/g;

describe("the findings", () => {
  it("are all listed in a package's diagnosticCodes, from which docs/errors.md is made", async () => {
    const listed = await findingCodes();
    const unlisted = workspacePackages()
      .filter(({ folder }) => folder !== "packages/toolchain")
      .flatMap(sourceFiles)
      .filter(({ isTest }) => !isTest)
      .flatMap(({ path, text }) => [...text.matchAll(reported)].map(([, code = ""]) => ({ code, path })))
      .filter(({ code }) => !listed.has(code));
    expect(unlisted).toEqual([]);
  });
});

describe("the errors", () => {
  it("each belong to one package, so that a code has one meaning", async () => {
    const shared = [...(await errorCodeOwners())].filter(([, owners]) => owners.length > 1);
    expect(shared).toEqual([]);
  });
});
