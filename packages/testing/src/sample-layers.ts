import { type FileTree, fileEntry, type Layers, layerKinds, type ParseContext, sortTree } from "@stax/schema";

const tree = (files: Readonly<Record<string, string | Uint8Array>>): FileTree =>
  sortTree(
    Object.entries(files).map(([path, content]) => fileEntry(path, content, { executable: path.endsWith(".sh") })),
  );

// The sample is valid; what a parse warns about (an asset among rules) is on purpose.
const context: ParseContext = {
  report: ({ severity, path, message }) => {
    if (severity === "error") throw new Error(`the sample is not valid: ${path}: ${message}`);
  },
};

const encode = (text: string) => ({ bytes: new TextEncoder().encode(text), text });

/** sampleLayers is an artifact with every layer kind and, in each, something that some runtime has no place for. */
export async function sampleLayers(): Promise<Layers> {
  return {
    prompt: encode("You review Go services.\n\nYou are {{persona.displayName}}; be {{ persona.voice.tone }}.\n"),
    persona: layerKinds.persona.schema.parse({
      name: "maya-chen",
      displayName: "Maya Chen",
      role: "Senior Backend Engineer",
      background: "Fifteen years of distributed systems.",
      personality: { traits: ["curious", "patient"], communicationStyle: "direct", verbosity: "concise" },
      voice: { tone: "friendly", avoid: ["jargon"] },
      boundaries: { willNot: ["merge without review"] },
    }),
    surfaces: await layerKinds.surfaces.parse(
      tree({
        "instructions.md": "# Working here\n\nRead the runbooks first.\n",
        "persona.md": "You speak as Maya.\n",
        "tools.md": "Use `rg`, not `grep`.\n",
        "identity.md": "Name: Maya\n",
        "user.md": "The user is on call.\n",
        "heartbeat.md": "Check the queue every hour.\n",
        "bootstrap.md": "Ask for the team's name.\n",
      }),
      context,
    ),
    rules: await layerKinds.rules.parse(
      tree({
        "always.md": "Answer in English.\n",
        "go/errors.md":
          '---\nscope: glob\nglobs: ["**/*.go", "/cmd/"]\npriority: 10\nseverity: error\ndescription: Errors in Go\n---\nWrap errors with %w.\n',
        "release.md":
          "---\nscope: auto\ndescription: when releasing\ntriggers: [release]\n---\nBump the version first.\n",
        "postmortem.md": "---\nid: postmortem\nscope: manual\ntags: [incident]\n---\nBlame nobody.\n",
        "diagram.png": new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 255]),
      }),
      context,
    ),
    skills: await layerKinds.skills.parse(
      tree({
        "fix-issue/SKILL.md":
          '---\nname: fix-issue\ndescription: "Fix an issue: reproduce, patch, test"\nallowed-tools: [Read, "Bash(git log:*)"]\nmodel: inherit\nargument-hint: "[issue]"\npriority: 5\ntags: [bugs]\n---\nFix $ARGUMENTS[0] with ${STAX_SKILL_DIR}/scripts/run.sh.\n',
        "fix-issue/scripts/run.sh": "#!/bin/sh\nexec go test ./...\n",
        "fix-issue/templates/report.md": "# Report\r\n",
        "review/SKILL.md": "---\nname: review\ndescription: Review a change\n---\nRead the diff.\n",
      }),
      context,
    ),
    mcp: layerKinds.mcp.schema.parse({
      servers: {
        github: {
          command: "github-mcp",
          args: ["--repo", "a b", "$(not a shell)"],
          env: { LOG: "debug" },
          cwd: "tools",
          secrets: ["GITHUB_TOKEN"],
          enabledTools: ["search"],
          disabledTools: ["delete_repo"],
          connectTimeoutMs: 5000,
          registryRef: { package: "io.github/github-mcp", version: "1.2.0" },
        },
        docs: {
          url: "https://docs.example.com/mcp",
          transport: "http",
          headers: { Authorization: "Bearer ${DOCS_KEY}", "X-Team": "core" },
          secrets: ["DOCS_KEY"],
          description: "The handbook",
        },
        legacy: { command: "legacy-mcp", enabled: false },
      },
    }),
    secrets: layerKinds.secrets.schema.parse({
      secrets: [
        { key: "GITHUB_TOKEN", required: true, kind: "token" },
        { key: "DOCS_KEY", required: false, exposeAs: { env: "HANDBOOK_KEY" } },
      ],
    }),
    subagents: layerKinds.subagents.schema.parse({
      agents: {
        reviewer: {
          description: 'Reviews "diffs": all of them',
          instructions: "# Reviewer\n\nRead every line.\n",
          model: "sonnet",
          invocation: "manual",
          tags: ["quality"],
          handoff: { returnMode: "report" },
          metadata: { team: "core" },
        },
      },
    }),
    instructionTree: await layerKinds.instructionTree.parse(
      tree({
        "_root/instructions.md": "Everything here is Go.\n",
        "services/api/instructions.md": "Handlers stay thin.\r\n",
      }),
      context,
    ),
    knowledge: await layerKinds.knowledge.parse(
      tree({
        "runbooks/lag.md": "# Lag\n",
        "data/ports.csv": "api,8080\n",
        "knowledge.manifest.json": '{"files":{"runbooks/lag.md":{"title":"Consumer lag","source":"wiki"}}}\n',
      }),
      context,
    ),
    memory: await layerKinds.memory.parse(
      tree({
        "decisions.md": "- 2026-01-01 Kafka\n",
        "empty.md": "",
        "memory.meta.json": '{"snapshotId":"s1","scope":{"type":"agent","id":"a"}}',
      }),
      context,
    ),
  };
}
