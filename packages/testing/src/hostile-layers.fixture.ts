import fc from "fast-check";
import type { Sources } from "./write-layers.ts";

// `$` and braces begin what the format takes for a placeholder, and refuses in servers.
const text = fc
  .oneof(
    fc.string({ unit: "grapheme", maxLength: 30 }),
    fc.constantFrom("true", "no", "1", "'a'", '"b"', "[x]", "a---b"),
  )
  .filter((value) => !/[${}]/.test(value) && !/\p{Surrogate}/u.test(value));
const nonEmpty = text.filter((value) => value.trim() !== "");
const lines = [
  "---",
  "***",
  '"""',
  "a: b",
  "# x",
  "## Rule: y",
  "@AGENTS.md",
  "1. x",
  "- y",
  "```",
  "\\",
  "\u0007",
  "é",
  "",
  "\r",
];
const body = fc
  .array(fc.constantFrom(...lines), { maxLength: 6 })
  .map((all) => `x${all.map((line) => `\n${line}`).join("")}\n`);
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/);
const variable = fc.stringMatching(/^V[A-Z0-9_]{0,8}$/);
const map = fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,6}x$/), text, { maxKeys: 3, noNullPrototype: true });
const glob = fc.oneof(
  fc.constantFrom(
    "*.ts",
    "src/**",
    "**/*.{ts,tsx}",
    "a,b/c",
    "{a,{b,c},d}/x",
    "src/[ab].c",
    '["x"]/y',
    "docs/",
    "/go.mod",
    "/cmd",
    "/*.md",
    "/**",
    "**",
    "**/*",
    "a b/c",
    "!x/y",
    "{a/b",
    "a}/b",
  ),
  text.filter((value) => value.trim() !== "").map((value) => `src/${value}`),
);

const rule = fc
  .record(
    {
      scope: fc.constantFrom("always", "glob", "auto", "manual"),
      globs: fc.array(glob, { minLength: 1, maxLength: 3 }),
      description: text,
      body,
    },
    { requiredKeys: ["scope", "globs", "body"] },
  )
  // JSON is YAML, whatever the text holds.
  .map(({ body: after, ...fields }) => `---\n${JSON.stringify(fields)}\n---\n${after}`);

const server = fc.oneof(
  fc
    .record({ command: nonEmpty, args: fc.array(text, { maxLength: 3 }), env: map, secret: variable })
    .map(({ secret, env, ...own }) => ({ ...own, env: { ...env, [secret]: `\${${secret}}` }, secrets: [secret] })),
  fc.record({ headers: map, secret: variable }).map(({ headers, secret }) => ({
    url: "https://h.example/mcp",
    transport: "http",
    headers: { ...headers, "X-Own": `\${${secret}}` },
    secrets: [secret],
  })),
);

const some = <T>(key: fc.Arbitrary<string>, value: fc.Arbitrary<T>) =>
  fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: true });

/** hostileLayers makes layers whose texts mean something to the formats of runtimes: the laws of import hold for these too. */
export const hostileLayers: fc.Arbitrary<Sources> = fc
  .record({
    rules: some(
      fc.oneof(
        name.map((id) => `${id}.md`),
        fc.constantFrom("Über uns.md", "a b/c.md", "x.md.md", ".hidden.md", "A/B.instructions.md"),
      ),
      rule,
    ),
    skills: some(name, fc.record({ description: nonEmpty, body })),
    mcp: some(name, server),
    subagents: some(name, fc.record({ description: nonEmpty, instructions: body, model: name })),
    instructions: body,
    nested: body,
  })
  .map(({ rules, skills, mcp, subagents, instructions, nested }) => ({
    rules,
    skills: Object.fromEntries(
      Object.entries(skills).map(([id, { description, body: after }]) => [
        `${id}/SKILL.md`,
        `---\n${JSON.stringify({ name: id, description })}\n---\n${after}`,
      ]),
    ),
    ...(Object.keys(mcp).length > 0 && {
      mcp,
      secrets: [...new Set(Object.values(mcp).flatMap(({ secrets }) => secrets))],
    }),
    ...(Object.keys(subagents).length > 0 && { subagents }),
    surfaces: { "instructions.md": instructions },
    instructionTree: { "a b/c/instructions.md": nested, "_root/instructions.md": "R\n" },
  }));
