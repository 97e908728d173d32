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

/**
 * byDecision rows describe bytes that a runtime no longer reads, or never did. Their tests prove what is written instead, by the decision of
 * the specification that is named.
 */
export const byDecision: Readonly<Record<string, string>> = {
  "S17-05": "R2: rules are files in .claude/rules, not a part of CLAUDE.md",
  "S17-11": "R6: OpenClaw reads TOOLS.md and HEARTBEAT.md no more; the tools surface stands in AGENTS.md",
  "S17-18": "R10: Devin Desktop's layout by default, the old Windsurf's on request",
  "S17-19": "R10: Devin Desktop reads a project's servers; the warning is the old layout's",
  "S17-21": "skills lie in .agents/skills, which opencode reads with five other runtimes",
  "S18-11": "R2: rules are files in .claude/rules, not a part of CLAUDE.md",
  "S18-13": "R1: a remote server has a type; one with a transport is dropped by Claude Code",
  "S18-16": "B4: permissions are allow, deny and ask; Claude Code ignores allowedTools and denyRules",
  "S20-02": "R3: the approval policy untrusted is refused, since Codex does not start with it",
  "S20-08": "R5: secrets by env_vars, env_http_headers and bearer_token_env_var; Codex expands no ${NAME}",
  "S20-13": "R4: .codex/agents/<name>.toml with the keys that Codex knows",
  "S21-07": "R7: agents.defaults instead of agent, valid by OpenClaw's own JSON Schema",
  "S33-05": "R8: globs are one comma-separated string, which is what Cursor's parser reads",
  "S33-17": "Cursor reads .cursor/agents and nested AGENTS.md now: both are written",
  "S33-18": "Cursor keeps a user's rules in the app: no file is written, and that is said",
  "S34-10": "R9: .mcp.json for the CLI and the cloud beside .vscode/mcp.json",
  "S35-04": "R10: .devin/rules by default, .windsurf/rules in the old layout",
  "S35-07": "R10: .devin/config.json in a project; the old layout writes none there",
  "S35-10": "R10: the warning is the old layout's and the user scope's",
  "S36-12": "skills lie in .agents/skills, which opencode reads with five other runtimes",
};

/** later rows lie in a specification of a milestone but need a part of the house that is built after it. */
export const later: Readonly<Record<string, string>> = {
  ...because("needs source artifacts", "S01-22 S02-21 S03-69 S03-70 S13-07 S15-06"),
  ...because("needs signatures and attestations", "S02-22 S02-23 S02-24 S02-32 S13-23"),
  ...because("needs memory snapshots", "S03-57 S10-03 S10-05 S10-09 S10-10 S10-11"),
  ...because("needs install, which checks the machine before launch", "S06-20 S06-21 S11-08 S15-14"),
};

function because(reason: string, ids: string): Readonly<Record<string, string>> {
  return Object.fromEntries(ids.split(" ").map((id) => [id, reason]));
}

export const milestones: readonly Milestone[] = [
  milestone(
    "1",
    "From a folder of Markdown to the files a runtime reads",
    "S00 S01 S02 S03 S04 S06 S07 S08 S09 S10 S11 S12 S13 S15 S16 S17 S18 S37 S38",
    [1, 2, 3, 4, 5, 6, 13, 17, 20, 21, 22, 23, 24],
  ),
  milestone("2", "Registries", "S02 S13", [1, 2, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]),
  milestone("3", "Packages", "S05 S06 S07 S08 S11", []),
  milestone("4", "Every runtime", "S12 S15 S16 S17 S18 S19 S20 S21 S33 S34 S35 S36 S37 S38", []),
];

function milestone(name: string, title: string, specifications: string, ofX: readonly number[]): Milestone {
  const whole = new Set(specifications.split(" "));
  return {
    name,
    title,
    includes: (id) => {
      const [specification = "", number = ""] = id.split("-");
      return !(id in later) && (specification === "X" ? ofX.includes(Number(number)) : whole.has(specification));
    },
  };
}
