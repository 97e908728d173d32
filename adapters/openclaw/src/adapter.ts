import { commonModelParams, defineAdapter, document, files, type JsonObject } from "@stax/materialize";
import { knowledgeFiles, memoryFiles, skillFiles, surfaceFile } from "./named-files.ts";
import { openclawOptions } from "./options.ts";
import { lastWithRetiredFiles, readers } from "./read.ts";
import { heartbeat, instructions, pointer, prompt, rules, tools } from "./root-document.ts";
import { runtimeFiles } from "./runtime-files.ts";
import { exactSurface, identity, soul } from "./soul.ts";
import { unwritten } from "./unwritten.ts";
import { inWorkspace, placed, placedWhenOld } from "./workspace.ts";

const retired = ["TOOLS.md", "HEARTBEAT.md"].flatMap((path) => [path, inWorkspace({}, "user", path)]);
const inProfile = "lives in openclaw.json, which agents never write: use a profile";

// Seen in OpenClaw 2026.9.6.
const cut = "keeps 9,000 characters of its start and 3,000 of its end, and reads no file beyond 2 MiB";

/** adapter is the file contract of an OpenClaw workspace, as of 2026.9.6. */
export const adapter = defineAdapter({
  name: "openclaw",
  displayName: "OpenClaw",
  adapterVersion: "1.0.0",
  runtimeVersionRange: ">=2026.8.0 <2027",
  options: openclawOptions,
  outputs: [
    document(placed("AGENTS.md"), [instructions, prompt, rules, tools, pointer, heartbeat, unwritten], {
      description: "operating instructions; the bytes of the instructions surface where nothing is beside it",
    }),
    document(placed("SOUL.md"), [exactSurface("persona"), soul], {
      description: "the persona surface, else a synthesis of the persona",
    }),
    document(placed("IDENTITY.md"), [exactSurface("identity"), identity], {
      description: "the identity surface, else the persona's name",
    }),
    files(placed("USER.md"), surfaceFile("user", "USER.md"), { description: "the user surface" }),
    files(placed("BOOTSTRAP.md"), surfaceFile("bootstrap", "BOOTSTRAP.md"), {
      when: "writeBootstrap",
      mayVanish: true,
      description: "the bootstrap surface; OpenClaw deletes it once it is used",
    }),
    files(placedWhenOld("TOOLS.md"), surfaceFile("tools", "TOOLS.md"), {
      description: "the tools surface, for an OpenClaw before 2026.8",
    }),
    files(placedWhenOld("HEARTBEAT.md"), surfaceFile("heartbeat", "HEARTBEAT.md"), {
      description: "the heartbeat surface, for an OpenClaw before 2026.8",
    }),
    files(placed("skills/**"), skillFiles, { when: "writeSkills", description: "skills, as authored" }),
    files(placed("memory/**"), memoryFiles, { when: "writeMemory", description: "seed memory, as authored" }),
    files(placed(".agents/knowledge/**"), knowledgeFiles, { description: "knowledge" }),
  ],
  unsupported: {
    mcp: `the server ${inProfile}`,
    subagents: `the agent ${inProfile}`,
    instructionTree: "a workspace has one AGENTS.md; OpenClaw reads no tree of them",
    toolPermissions: `what tools may do ${inProfile}`,
    modelConfig: `the model ${inProfile}`,
    secrets: "secrets stay in the environment of OpenClaw",
  },
  modelParams: commonModelParams,
  budgets: [
    { paths: "*.md", unit: "characters", limit: 20_000, effect: cut },
    { paths: "*.md", unit: "characters", limit: 60_000, effect: "cuts these files together", total: true },
    { paths: "USER.md", unit: "characters", limit: 4_000, effect: "cuts it" },
    { paths: ".openclaw/workspace/*.md", unit: "characters", limit: 20_000, effect: cut },
    {
      paths: ".openclaw/workspace/*.md",
      unit: "characters",
      limit: 60_000,
      effect: "cuts these files together",
      total: true,
    },
    { paths: ".openclaw/workspace/USER.md", unit: "characters", limit: 4_000, effect: "cuts it" },
  ],
  notices: [
    {
      paths: "**/BOOTSTRAP.md",
      code: "one-time-file",
      message: "OpenClaw reads it in a brand-new workspace only, and deletes it",
    },
  ],
  runtimeFiles,
  import: {
    signs: ["SOUL.md", "IDENTITY.md", "HEARTBEAT.md", ".openclaw/**"],
    directories: [".openclaw"],
    layouts: [{ runtimeVersion: lastWithRetiredFiles }],
    optionsFor: (paths): JsonObject =>
      retired.some((path) => paths.has(path)) ? { runtimeVersion: lastWithRetiredFiles } : {},
    readers,
  },
  alsoReads: [
    { path: "MEMORY.md", scope: "project", message: "OpenClaw adds it to the prompt of the private main session" },
    {
      path: "TOOLS.md",
      scope: "project",
      message: "OpenClaw reads it no more; openclaw doctor --fix moves it into AGENTS.md",
    },
    { path: "HEARTBEAT.md", scope: "project", message: "OpenClaw reads it no more; openclaw doctor --fix imports it" },
  ],
});

/** openclaw compiles options for OpenClaw: `adapter: openclaw({ strictMissingSurfaces: true })`. */
export const openclaw = adapter.configure;
