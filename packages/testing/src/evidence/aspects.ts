import type { Feature } from "@stax/materialize";

/** Aspect is something of an artifact that a runtime may see. */
export interface Aspect {
  readonly title: string;
  readonly feature: Feature;
  /** The item of the layer, as losses name it. */
  readonly item?: string;
  /** What is searched for in what the runtime sees. */
  readonly marker: string;
  /** What stands in the files instead, where the runtime makes the marker of it. */
  readonly written?: string;
}

const surface = (name: string): Aspect => ({
  title: `surface ${name}`,
  feature: "surfaces",
  item: name,
  marker: `MARK-SURFACE-${name.toUpperCase()}`,
});
const rule = (scope: string): Aspect => ({
  title: `rule, scope ${scope}`,
  feature: "rules",
  item: `${scope}.md`,
  marker: `MARK-RULE-${scope.toUpperCase()}`,
});

/** aspects are what is asked of every runtime, in the order of the evidence. */
export const aspects = {
  prompt: { title: "prompt", feature: "prompt", marker: "MARK-PROMPT" },
  persona: { title: "persona", feature: "persona", marker: "MARK-PERSONA" },
  "surface-instructions": surface("instructions"),
  "surface-persona": surface("persona"),
  "surface-tools": surface("tools"),
  "surface-identity": surface("identity"),
  "surface-user": surface("user"),
  "surface-heartbeat": surface("heartbeat"),
  "surface-bootstrap": surface("bootstrap"),
  "rule-always": rule("always"),
  "rule-glob": rule("glob"),
  "rule-auto": rule("auto"),
  "rule-manual": { ...rule("manual"), title: "rule, scope manual, when chosen" },
  "skill-description": {
    title: "skill: name and description",
    feature: "skills",
    item: "marked-skill",
    marker: "MARK-SKILL-DESCRIPTION",
  },
  "skill-body": { title: "skill: text, when used", feature: "skills", item: "marked-skill", marker: "MARK-SKILL-BODY" },
  "skill-file": {
    title: "skill: file beside it, when read",
    feature: "skills",
    item: "marked-skill",
    marker: "MARK-SKILL-FILE",
  },
  "mcp-stdio": { title: "MCP server over stdio", feature: "mcp", item: "marked", marker: "MARK-MCP-STDIO" },
  "mcp-secret-env": {
    title: "MCP server over stdio: a secret of the environment",
    feature: "mcp",
    item: "marked",
    marker: "mark-env-value",
    written: "MARK_ENV",
  },
  "mcp-http": { title: "MCP server over HTTP", feature: "mcp", item: "marked-web", marker: "MARK-MCP-HTTP" },
  "mcp-secret-header": {
    title: "MCP server over HTTP: a secret in a header",
    feature: "mcp",
    item: "marked-web",
    marker: "mark-header-value",
    written: "MARK_HEADER",
  },
  "subagent-description": {
    title: "subagent: name and description",
    feature: "subagents",
    item: "marked-agent",
    marker: "MARK-AGENT-DESCRIPTION",
  },
  "subagent-instructions": {
    title: "subagent: instructions, when it runs",
    feature: "subagents",
    item: "marked-agent",
    marker: "MARK-AGENT-BODY",
  },
  "tree-root": {
    title: "instruction tree: root",
    feature: "instructionTree",
    item: "_root",
    marker: "MARK-TREE-ROOT",
  },
  "tree-nested": {
    title: "instruction tree: a directory, when worked in",
    feature: "instructionTree",
    item: "src",
    marker: "MARK-TREE-NESTED",
  },
  "knowledge-pointer": {
    title: "knowledge: pointer",
    feature: "knowledge",
    item: "marked-knowledge.md",
    marker: "knowledge/marked-knowledge.md",
  },
  "knowledge-file": {
    title: "knowledge: file, when read",
    feature: "knowledge",
    item: "marked-knowledge.md",
    marker: "MARK-KNOWLEDGE",
  },
  memory: { title: "memory", feature: "memory", item: "notes.md", marker: "MARK-MEMORY" },
  model: { title: "model", feature: "modelConfig", marker: "mark-model" },
  permissions: { title: "permissions of tools", feature: "toolPermissions", marker: "MARK-PERMISSION" },
} as const satisfies Readonly<Record<string, Aspect>>;

/** AspectName is one of them. */
export type AspectName = keyof typeof aspects;
