import { milestoneTallies, type Tally, talliesOf } from "../conformance/format.ts";
import { conformanceOf, idsIn, type TestResult } from "../conformance/report.ts";
import { byDecision, byMatrix, later, notApplicable } from "../conformance/scope.ts";
import { withoutComments } from "../imports.ts";
import { sourceFiles, workspacePackages } from "../workspace.ts";
import { page, table } from "./markdown.ts";

/** conformancePage is `docs/conformance.md`: the requirements whose ids the tests of the repository carry. */
export function conformancePage(): string {
  const conformance = conformanceOf(namesOfTests());
  const rows = (tallies: readonly Tally[]) =>
    tallies.map(({ name, title, proven, total, missing }) => [name, title, `${proven} / ${total}`, missing.join(" ")]);
  return page(
    "Conformance",
    "The specification is 616 numbered requirements. One is proven when a test carries its id in its name and would fail if the behaviour broke. This page lists what the tests of this repository carry; `pnpm conformance` runs them and counts only those that pass (`--json` for machines).",
    `**${conformance.proven.length} of ${conformance.total}** proven, ${conformance.notApplicable.length} not applicable.`,
    table(["milestone", "", "proven", "missing"], rows(milestoneTallies(conformance))),
    table(["specification", "", "proven", "missing"], rows(talliesOf(conformance))),
    "## Not applicable",
    table(["id", "why"], Object.entries(notApplicable)),
    "## Proven without a second operating system",
    `The tests run on Linux; what asks for another system is shown by the matrix of umasks, time zones, locales and Node versions: ${[...byMatrix].join(", ")}.`,
    "## Proven by a decision",
    "These rows describe bytes that a runtime no longer reads, or never did. Their tests prove what is written instead.",
    table(["id", "what is proven"], Object.entries(byDecision)),
    "## Left to later milestones",
    table(["why", "ids"], byReason()),
  );
}

function byReason(): readonly (readonly [string, string])[] {
  const reasons = new Map<string, string[]>();
  for (const [id, reason] of Object.entries(later)) reasons.set(reason, [...(reasons.get(reason) ?? []), id]);
  return [...reasons].map(([reason, ids]) => [reason, ids.sort().join(" ")]);
}

// Names are read from the sources, so that the page can be checked without running every test.
function namesOfTests(): readonly TestResult[] {
  return (
    workspacePackages()
      .flatMap(sourceFiles)
      // What describeAdapter declares runs in each adapter's tests.
      .filter(({ path }) => /\.test\.ts$|\/describe-adapter\.ts$/.test(path) && !path.includes("/src/conformance/"))
      .map(({ text }) => ({ name: idsIn(withoutComments(text)).join(" "), status: "passed" }))
  );
}
