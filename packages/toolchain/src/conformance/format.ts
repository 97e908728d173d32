import type { Conformance } from "./report.ts";
import { rows, titles } from "./rows.ts";
import { byDecision, byMatrix, milestones, notApplicable } from "./scope.ts";

/** Tally counts the rows of one group. */
export interface Tally {
  readonly name: string;
  readonly title: string;
  readonly proven: number;
  readonly total: number;
  readonly missing: readonly string[];
}

/** talliesOf counts per specification; rows that are not applicable are in neither number. */
export const talliesOf = (conformance: Conformance): readonly Tally[] =>
  [...titles].map(([name, title]) => tally(conformance, name, title, (id) => id.startsWith(`${name}-`)));

/** milestoneTallies counts per milestone. */
export const milestoneTallies = (conformance: Conformance): readonly Tally[] =>
  milestones.map(({ name, title, includes }) => tally(conformance, name, title, includes));

function tally(conformance: Conformance, name: string, title: string, includes: (id: string) => boolean): Tally {
  const ids = rows.map(({ id }) => id).filter((id) => includes(id) && !(id in notApplicable));
  const proven = new Set(conformance.proven);
  return {
    name,
    title,
    total: ids.length,
    proven: ids.filter((id) => proven.has(id)).length,
    missing: ids.filter((id) => !proven.has(id)),
  };
}

/** formatConformance writes a run for people: each specification, the milestones, and what is not proven. */
export function formatConformance(conformance: Conformance): string {
  const line = ({ name, title, proven, total, missing }: Tally) =>
    [`${name.padEnd(4)}${title.padEnd(28)}${`${proven}/${total}`.padStart(8)}`, ...wrapped(missing)].join("\n");
  const milestone = ({ name, title, proven, total, missing }: Tally) =>
    [`Milestone ${name} (${title}): ${proven} of ${total}`, ...wrapped(missing)].join("\n");
  const decided = conformance.proven.filter((id) => id in byDecision);
  const matrix = conformance.proven.filter((id) => byMatrix.has(id));
  return [
    ...talliesOf(conformance).map(line),
    "",
    ...milestoneTallies(conformance).map(milestone),
    "",
    `${conformance.proven.length} of ${conformance.total} proven, ${conformance.notApplicable.length} not applicable (${conformance.notApplicable.join(", ")}), ${conformance.missing.length} missing`,
    ...(matrix.length === 0 ? [] : [`Proven by the matrix of umasks, locales and Node versions: ${matrix.join(", ")}`]),
    ...(decided.length === 0 ? [] : ["Proven by a decision, since runtimes read other bytes than the row describes:"]),
    ...decided.map((id) => `      ${id} ${byDecision[id]}`),
    ...(conformance.unknown.length === 0 ? [] : [`Ids that are no requirement: ${conformance.unknown.join(", ")}`]),
  ].join("\n");
}

function wrapped(ids: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < ids.length; at += 14)
    lines.push(`      ${at === 0 ? "missing" : "       "} ${ids.slice(at, at + 14).join(" ")}`);
  return lines;
}
