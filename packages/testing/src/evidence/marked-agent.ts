import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Adapter,
  apply,
  type Loss,
  type MaterializeOptions,
  materialize,
  plan,
  Root,
  type Scope,
} from "@stax/materialize";
import type { AdapterConfig, Layers } from "@stax/schema";
import { endpointOf } from "../clients/client.ts";
import type { Ports } from "../clients/run.ts";
import { parseLayers } from "../write-layers.ts";

const stdioServer = join(import.meta.dirname, "../clients/loopback/stdio-server.ts");

/** markedLayers is an artifact with a marker in everything, see `aspects`; its servers run, the one over HTTP on the port of `ports`. */
export const markedLayers = (ports: Ports): Promise<Layers> =>
  parseLayers({
    prompt: "MARK-PROMPT is your task.\n",
    persona: {
      name: "maya",
      displayName: "Maya MARK-PERSONA",
      role: "MARK-PERSONA engineer",
      personality: { traits: ["kind"] },
    },
    surfaces: Object.fromEntries(
      ["instructions", "tools", "user", "heartbeat"].map((name) => [
        `${name}.md`,
        `MARK-SURFACE-${name.toUpperCase()} holds.\n`,
      ]),
    ),
    rules: {
      "always.md": "MARK-RULE-ALWAYS holds.\n",
      "glob.md": '---\nscope: glob\nglobs: ["src/**/*.go"]\n---\nMARK-RULE-GLOB holds.\n',
      "auto.md": "---\nscope: auto\ndescription: when releasing\n---\nMARK-RULE-AUTO holds.\n",
      "manual.md": "---\nscope: manual\n---\nMARK-RULE-MANUAL holds.\n",
    },
    skills: {
      "marked-skill/SKILL.md":
        '---\nname: marked-skill\ndescription: "MARK-SKILL-DESCRIPTION: use it, always"\n---\nMARK-SKILL-BODY, see references/detail.md.\n',
      "marked-skill/references/detail.md": "MARK-SKILL-FILE\n",
    },
    mcp: {
      marked: { command: process.execPath, args: [stdioServer, "MARK-MCP-STDIO"], secrets: ["MARK_ENV"] },
      "marked-web": {
        url: `${endpointOf(ports.marker)}/MARK-MCP-HTTP`,
        transport: "http",
        headers: { Authorization: "Bearer ${MARK_HEADER}" },
        secrets: ["MARK_HEADER"],
      },
    },
    secrets: ["MARK_ENV", "MARK_HEADER"],
    subagents: {
      "marked-agent": {
        description: "MARK-AGENT-DESCRIPTION: ask it",
        instructions: "MARK-AGENT-BODY is your task.\n",
      },
    },
    instructionTree: {
      "_root/instructions.md": "MARK-TREE-ROOT holds.\n",
      "src/instructions.md": "MARK-TREE-NESTED holds.\n",
    },
    knowledge: { "marked-knowledge.md": "MARK-KNOWLEDGE\n" },
    memory: { "notes.md": "MARK-MEMORY\n" },
  });

/** surfaceLayers has the surfaces that would speak for what is in `markedLayers`. */
export const surfaceLayers = (): Promise<Layers> =>
  parseLayers({
    surfaces: Object.fromEntries(
      ["persona", "identity", "bootstrap"].map((name) => [`${name}.md`, `MARK-SURFACE-${name.toUpperCase()} holds.\n`]),
    ),
  });

/** markedEnv is what the environment of a client holds for the servers. */
export const markedEnv = { MARK_ENV: "mark-env-value", MARK_HEADER: "mark-header-value" } as const;

/** Marked is a project and a home, into one of which a marked artifact was materialized. */
export interface Marked {
  readonly project: string;
  readonly home: string;
  /** Every file that was written, as text. */
  readonly files: Readonly<Record<string, string>>;
  readonly losses: readonly Loss[];
  remove(): void;
}

/** materializeMarked writes layers for one adapter into a scratch project that git knows, which has a file to work on, or into a scratch home. */
export async function materializeMarked(
  adapter: Adapter,
  layers: Layers,
  scope: Scope,
  config: AdapterConfig = adapter.configure(),
  options: MaterializeOptions = {},
): Promise<Marked> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "stax-marked-")));
  const [project, home] = [join(base, "project"), join(base, "home")];
  for (const directory of [home, join(project, ".git/objects"), join(project, ".git/refs"), join(project, "src")])
    mkdirSync(directory, { recursive: true });
  writeFileSync(join(project, ".git/HEAD"), "ref: refs/heads/main\n");
  writeFileSync(join(project, "src/main.go"), "package main\n");
  writeFileSync(join(project, "denied.txt"), "MARK-DENIED\n");
  const agent = { specVersion: "1.0.0", kind: "agent", name: "marked", version: "1.0.0", adapter: config } as const;
  const made = materialize(layers, agent, [adapter], {
    scope,
    manualRules: ["manual.md"],
    ...options,
  });
  const directory = scope === "user" ? home : project;
  const before = new Set(filesBelow(directory));
  const root = Root.at(directory);
  await apply(await plan(made.composed, [], root), root, { record: false });
  const paths = filesBelow(directory).filter((path) => !before.has(path));
  return {
    project,
    home,
    files: Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(directory, path), "utf8")])),
    losses: made.renderings.flatMap((rendering) => rendering.losses),
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
}

const filesBelow = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(directory, path)).isFile(),
  );
