/** notApplicable rows speak of how the specification is written, not of what software does. */
export const notApplicable: Readonly<Record<string, string>> = {
  "S00-16":
    "a rule for the authors of the specification: a deprecated field is documented with the version that removes it",
  "S00-17": "a rule for the authors of the specification: nothing deprecated goes away before a new major version",
};

/** byMatrix rows ask for a second operating system; the matrix of umasks, locales, time zones and Node versions stands in for it. */
export const byMatrix: ReadonlySet<string> = new Set(["S00-15", "S03-01", "S06-20", "S22-11"]);

/** Milestone is what one issue promises to prove. */
export interface Milestone {
  readonly name: string;
  readonly title: string;
  readonly includes: (id: string) => boolean;
}

const foundation = new Set("S00 S01 S02 S03 S04 S06 S07 S08 S09 S10 S11 S12 S13 S15 S16 S17 S18 S37 S38".split(" "));
const foundationX = new Set([1, 2, 3, 4, 5, 6, 13, 17, 20, 21, 22, 23, 24]);

/** later rows lie in a specification of the first milestone but need a part of the house that is built after it. */
export const later: Readonly<Record<string, string>> = {
  ...because("needs source artifacts", "S01-22 S02-21 S03-67 S03-68 S03-69 S03-70 S03-71 S13-07 S15-06"),
  ...because("needs profiles", "S02-20"),
  ...because("needs signatures and attestations", "S02-22 S02-23 S02-24 S02-26 S02-27 S02-32 S13-23"),
  ...because("needs a registry", "S02-31 S02-33 S13-19 S13-20 S13-24"),
  ...because("needs memory snapshots", "S03-57 S10-03 S10-05 S10-09 S10-10 S10-11"),
  ...because("needs install, which checks the machine before launch", "S06-16 S06-17 S06-20 S06-21 S11-08 S15-14"),
  ...because("needs another runtime's adapter", "S12-22 S12-29 S16-07 S16-08 S37-08 S38-07"),
  ...because(
    "needs another runtime's adapter",
    "S17-08 S17-09 S17-10 S17-11 S17-12 S17-13 S17-14 S17-15 S17-16 S17-17 S17-18 S17-19 S17-20 S17-21 S17-22",
  ),
};

function because(reason: string, ids: string): Readonly<Record<string, string>> {
  return Object.fromEntries(ids.split(" ").map((id) => [id, reason]));
}

export const milestones: readonly Milestone[] = [
  {
    name: "1",
    title: "From a folder of Markdown to the files a runtime reads",
    includes: (id) => {
      if (id in later) return false;
      const [specification = "", number = ""] = id.split("-");
      return specification === "X" ? foundationX.has(Number(number)) : foundation.has(specification);
    },
  },
];
