/** Level of a requirement, in the words of RFC 2119. */
export type Level = "MUST" | "MUST NOT" | "SHOULD" | "SHOULD NOT" | "MAY";

/** Row is one requirement of the specification: `S03-12`, `X-04`. */
export interface Row {
  readonly id: string;
  readonly specification: string;
  readonly level: Level;
}

const levels: Readonly<Record<string, Level>> = { M: "MUST", N: "MUST NOT", S: "SHOULD", T: "SHOULD NOT", Y: "MAY" };

// One letter a row, in the order of the rows' numbers, which run from 01 without gaps.
const table: readonly (readonly [specification: string, title: string, levels: string])[] = [
  ["S00", "Compatibility", "MMSMSNMSTSMMSSSMN"],
  ["S01", "Agent manifest", "MMMMMNSSMMMMMMMMMMMMMSMTMMMNMMSMS"],
  ["S02", "OCI artifact format", "MMMNMSMMSMMMMMMYSSMSSSSSNSSMYSNSM"],
  ["S03", "Layers", "MNNMMMNMMMMMMMMMNNSMMMNMMMMMMSMMMMMNYMMMMMMMMMMMMSSMSYMMSSMSMMMSMMNTMSSSMMSMMMMMMM"],
  ["S04", "Persona", "MMSYMMMMMYMSMNSMMMNSSMMNMMM"],
  ["S05", "Packages", "YMMMMMMMMMMNMMSTMMMMMMMMMMMSSMSSMSMSS"],
  ["S06", "MCP", "SMMMNMSSSMMNYMNMSNSSMMMMS"],
  ["S07", "Skills", "MSMMYSMMNMMSSSS"],
  ["S08", "Rules", "MMMMMMSSMS"],
  ["S09", "Knowledge", "MNMMSMSYSM"],
  ["S10", "Memory", "MSSMNNSSSST"],
  ["S11", "Secrets", "MMMMMNMMNMS"],
  ["S12", "Adapters", "MSMSMMMSSMSMMSNMSMSMMSMMSMTMSYSSS"],
  ["S13", "Command line", "MMMMMMMMMMMMSMSMNMMMMMMMMMSSS"],
  ["S15", "Materialization", "SMMSMSSMMSSMTMNMMMMSSSMM"],
  ["S16", "Surfaces", "MSMMMSSMY"],
  ["S17", "Runtime file contracts", "SNTSSMNSSNMSNSNSNSMNSNSS"],
  ["S18", "Adapter claude-code", "SSNSSYSSSSSMSNMSNMSSSSN"],
  ["S19", "Adapter openclaw", "MNSSSMMSNMY"],
  ["S20", "Adapter codex", "SSSSSSSSMSSNSSSM"],
  ["S21", "Profile openclaw", "SMMNNNSSNS"],
  ["S22", "Workspace sources", "SMMSMMMMMSSSS"],
  ["S33", "Adapter cursor", "SSMSSSMMMSNMMSSNSS"],
  ["S34", "Adapter github-copilot", "SSSSSSMYYSSMMSNMS"],
  ["S35", "Adapter windsurf", "SSMSSMSSSMMYMSNS"],
  ["S36", "Adapter opencode", "SSSSSMMMMSSMYSSNS"],
  ["S37", "Subagents", "MMMNMMSTYMS"],
  ["S38", "Instruction trees", "MMSMMSSYMM"],
  ["X", "Distribution and security", "MMMMMMMMSMSSMMSSSSSSSSSS"],
];

/** titles of the specifications, in order. */
export const titles: ReadonlyMap<string, string> = new Map(
  table.map(([specification, title]) => [specification, title]),
);

/** rows are all requirements of the specification, in order. */
export const rows: readonly Row[] = table.flatMap(([specification, , letters]) =>
  [...letters].map((letter, index) => ({
    id: `${specification}-${String(index + 1).padStart(2, "0")}`,
    specification,
    level: levels[letter] ?? "MUST",
  })),
);
