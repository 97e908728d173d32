import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Random is a generator of numbers in [0, 1) that gives the same sequence everywhere. */
export type Random = () => number;

/** random makes a generator (mulberry32) from a seed. */
export function random(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const words =
  "a agent all and are as at berth build by can change check container each error event file for from has if in index into is it its key layer list may name no not of on one or order out path query read rule run same server set ship so state step table test than that the them then this time to two type under use value version was what when where which who will with write".split(
    " ",
  );

/** prose writes Markdown-like text of about `size` bytes: it compresses as documentation does. */
export function prose(size: number, next: Random): string {
  const lines: string[] = [];
  let length = 0;
  while (length < size) {
    const line = Array.from({ length: 6 + Math.floor(next() * 12) }, () =>
      next() < 0.12 ? Math.floor(next() * 2 ** 32).toString(36) : words[Math.floor(next() ** 1.6 * words.length)],
    ).join(" ");
    lines.push(next() < 0.05 ? `\n## ${line}\n` : line);
    length += line.length + 1;
  }
  return `${lines.join("\n").slice(0, size - 1)}\n`;
}

/** noise is `size` bytes that do not compress. */
export function noise(size: number, next: Random): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 4 <= size; at += 4) view.setUint32(at, next() * 2 ** 32);
  return bytes;
}

/** writeKnowledge writes `count` files of `total` bytes together, one in five of them noise, 40 to a directory. */
export function writeKnowledge(directory: string, count: number, total: number): void {
  const next = random(count);
  const size = Math.round(total / count);
  for (let index = 0; index < count; index += 1) {
    const isNoise = index % 5 === 4;
    const file = join(
      directory,
      `part-${Math.floor(index / 40)}`,
      `${String(index).padStart(5, "0")}.${isNoise ? "bin" : "md"}`,
    );
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, isNoise ? noise(size, next) : prose(size, next));
  }
}

/** RuleText is a rule before it takes the form that a tool wants: what it says, and for which files. */
export interface RuleText {
  readonly id: string;
  /** Absent: for all. */
  readonly glob?: string;
  readonly body: string;
}

/** rulesOf makes rules as teams have them: short, most of them scoped by glob. */
export function rulesOf(count: number): readonly RuleText[] {
  const next = random(count);
  return Array.from({ length: count }, (_, index) => ({
    id: `rule-${String(index).padStart(4, "0")}`,
    ...(index % 4 !== 0 && { glob: `src/part-${index}/**` }),
    body: `# Rule ${index}\n\n${prose(1500, next)}`,
  }));
}

/** writeSkills writes skills of five files each: the instructions, two references, a script and a template. All tools read them alike. */
export function writeSkills(directory: string, count: number): void {
  const next = random(count);
  for (let index = 0; index < count; index += 1) {
    const name = `skill-${String(index).padStart(3, "0")}`;
    const files = {
      "SKILL.md": `---\nname: ${name}\ndescription: "What to do in case ${index}"\n---\n# Case ${index}\n\n${prose(3000, next)}`,
      "references/background.md": prose(4000, next),
      "references/examples.md": prose(2000, next),
      "scripts/check.sh": `#!/bin/sh\nexit ${index % 2}\n`,
      "assets/template.md": prose(500, next),
    };
    for (const [path, text] of Object.entries(files)) {
      const at = join(directory, name, path);
      mkdirSync(dirname(at), { recursive: true });
      writeFileSync(at, text, { mode: path.endsWith(".sh") ? 0o755 : 0o644 });
    }
  }
}

/** writeRules writes rules in our form. */
export function writeRules(directory: string, count: number): void {
  mkdirSync(directory, { recursive: true });
  for (const { id, glob, body } of rulesOf(count)) {
    const scope = glob === undefined ? "scope: always" : `scope: glob\nglobs: ["${glob}"]`;
    writeFileSync(join(directory, `${id}.md`), `---\nid: ${id}\n${scope}\n---\n${body}`);
  }
}

/** writeProject writes a definition beside the layers; data only, so that nothing but the work is measured. */
export function writeProject(directory: string, layers: Readonly<Record<string, string>>): void {
  mkdirSync(directory, { recursive: true });
  const adapter = { type: "claude-code", runtime: "claude-code", adapterVersion: "1.0.0", config: {}, features: {} };
  const definition = { name: "bench", version: "1.0.0", description: "Data of a benchmark", adapter, ...layers };
  writeFileSync(join(directory, "agent.json"), `${JSON.stringify(definition, null, 2)}\n`);
}
