import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exitCodes } from "../exit-code.ts";
import { agent, agentFiles, write } from "./project.fixture.ts";
import { staxJson, temporaryDirectory } from "./run-stax.fixture.ts";

interface Situation {
  readonly says: string;
  readonly line: readonly string[];
  readonly code: number;
  readonly category?: string;
  /** Files of the project beside or instead of the usual ones. */
  readonly files?: Readonly<Record<string, string>>;
  /** The usual project is built before. */
  readonly built?: boolean;
  readonly prepare?: (cwd: string) => void;
}

const { success, usage, found, build, resolve, materialize, registry, bug } = exitCodes;
/** Port 1 is nobody's. */
const nobody = "127.0.0.1:1";
const adapter = (fields: object) => ({
  type: "elsewhere",
  runtime: "elsewhere",
  adapterVersion: "1.0.0",
  config: {},
  features: {},
  ...fields,
});

const blobOf = (cwd: string, media: string): string => {
  const layout = join(cwd, ".stax/artifacts");
  const [entry] = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")).manifests;
  const manifest = JSON.parse(readFileSync(join(layout, "blobs", entry.digest.replace(":", "/")), "utf8"));
  const layer = manifest.layers.find(({ mediaType }: { mediaType: string }) => mediaType.includes(media));
  return join(layout, "blobs", layer.digest.replace(":", "/"));
};

const situations: readonly Situation[] = [
  { says: "a valid definition", line: ["validate"], code: success.code },
  { says: "a build", line: ["build"], code: success.code },
  { says: "inspecting what is built", line: ["inspect", "helper"], built: true, code: success.code },
  { says: "a diff without differences", line: ["diff", "helper", ".", "--exit-code"], built: true, code: success.code },
  { says: "an unknown command", line: ["bilud"], code: usage.code, category: "usage" },
  { says: "an unknown flag", line: ["build", "--fast"], code: usage.code, category: "usage" },
  { says: "a flag without its value", line: ["build", "--persona"], code: usage.code, category: "usage" },
  { says: "an argument too many", line: ["inspect", "a", "b"], code: usage.code, category: "usage" },
  { says: "a target that is none", line: ["inspect", "UPPER"], code: usage.code, category: "usage" },
  {
    says: "a reference without a registry",
    line: ["inspect", "acme/helper:1.0.0"],
    code: usage.code,
    category: "usage",
  },
  {
    says: "a reference without a tag",
    line: ["push", "ghcr.io/acme/helper"],
    built: true,
    code: usage.code,
    category: "usage",
  },
  {
    says: "a login without a password",
    line: ["login", "ghcr.io", "--username", "ann"],
    code: usage.code,
    category: "usage",
  },
  { says: "a registry that is none", line: ["inspect", `${nobody}/a/b:1`], code: registry.code, category: "registry" },
  {
    says: "a push to where nothing listens",
    line: ["push", `${nobody}/acme/helper:1.2.3`],
    built: true,
    code: registry.code,
    category: "registry",
  },
  {
    says: "a login where nothing listens",
    line: ["login", nobody, "--username", "ann", "--password-stdin"],
    code: registry.code,
    category: "registry",
  },
  {
    says: "a cache miss without the network",
    line: ["inspect", "ghcr.io/acme/helper:1.0.0", "--offline"],
    code: registry.code,
    category: "registry",
  },
  {
    says: "a registry's directory that is a file",
    line: ["serve", "./agent.json"],
    code: build.code,
    category: "build",
  },
  {
    says: "a concurrency that is none",
    line: ["config", "--concurrency", "0"],
    code: usage.code,
    category: "usage",
  },
  {
    says: "a port that is none",
    line: ["serve", ".", "--port", "99999"],
    built: true,
    code: usage.code,
    category: "usage",
  },
  {
    says: "a time that is none",
    line: ["cache", "prune", "--max-age", "soon"],
    code: usage.code,
    category: "usage",
  },
  {
    says: "materialize without --out",
    line: ["materialize", "helper"],
    built: true,
    code: usage.code,
    category: "usage",
  },
  { says: "a schema that does not exist", line: ["schema", "agnet"], code: usage.code, category: "usage" },
  {
    says: "an invalid definition",
    line: ["validate"],
    files: { "agent.json": agent({ version: "one" }) },
    code: usage.code,
    category: "schema",
  },
  {
    says: "building an invalid definition",
    line: ["build"],
    files: { "agent.json": agent({ rules: "./nowhere" }) },
    code: usage.code,
    category: "schema",
  },
  {
    says: "a definition that is no JSON",
    line: ["validate"],
    files: { "agent.json": "{" },
    code: usage.code,
    category: "schema",
  },
  {
    says: "a config file with an unknown key",
    line: ["config"],
    files: { "stax.config.json": '{"strickt":true}' },
    code: usage.code,
    category: "schema",
  },
  {
    says: "a check that finds a difference",
    line: ["materialize", "helper", "--out", "out", "--check"],
    built: true,
    code: found.code,
  },
  {
    says: "an artifact that is not built",
    line: ["inspect", "other"],
    built: true,
    code: build.code,
    category: "build",
  },
  { says: "a layout that does not exist", line: ["inspect", "oci:./nowhere"], code: build.code, category: "build" },
  { says: "an archive that is none", line: ["inspect", "oci-archive:agent.json"], code: build.code, category: "build" },
  { says: "extracting over files", line: ["extract", "helper", "."], built: true, code: build.code, category: "build" },
  {
    says: "a project of which init would overwrite a file",
    line: ["init"],
    files: { "agent.ts": "" },
    code: build.code,
    category: "build",
  },
  {
    says: "a layer whose bytes differ from their digest",
    line: ["inspect", "helper"],
    built: true,
    prepare: (cwd) => writeFileSync(blobOf(cwd, "mcp"), "x".repeat(readFileSync(blobOf(cwd, "mcp")).length)),
    code: build.code,
    category: "build",
  },
  {
    says: "an output root that cannot be written",
    line: ["materialize", "helper", "--out", "./agent.json"],
    built: true,
    code: build.code,
    category: "build",
  },
  {
    says: "a package that is missing where the artifact is",
    line: ["materialize", "oci:./without", "--out", "out"],
    files: {
      ".git/HEAD": "",
      "team/stax.package.json": JSON.stringify({ name: "team", version: "1.0.0", description: "d", rules: "./rules/" }),
      "team/rules/a.md": "A.\n",
      "agent.json": agent({ packages: ["./team"] }),
    },
    built: true,
    code: resolve.code,
    category: "resolve",
  },
  {
    says: "an artifact that no adapter serves",
    line: ["materialize", "helper", "--out", "out"],
    files: { "agent.json": agent({ adapter: adapter({}) }) },
    built: true,
    code: materialize.code,
    category: "materialize",
  },
  {
    says: "an adapter of another major version",
    line: ["materialize", "helper", "--out", "out"],
    files: {
      "agent.json": agent({
        adapter: adapter({ type: "claude-code", runtime: "claude-code", adapterVersion: "9.0.0" }),
      }),
    },
    built: true,
    code: materialize.code,
    category: "materialize",
  },
  {
    says: "an adapter that is not installed",
    line: ["materialize", "helper", "--out", "out", "--adapter", "nope"],
    built: true,
    code: materialize.code,
    category: "materialize",
  },
  {
    says: "exact mode that cannot be met",
    line: ["materialize", "helper", "--out", "out", "--adapter", "generic", "--exact"],
    built: true,
    code: materialize.code,
    category: "materialize",
  },
  {
    says: "a file in the way",
    line: ["materialize", "helper", "--out", "."],
    files: { "CLAUDE.md": "mine" },
    built: true,
    code: build.code,
    category: "build",
  },
  {
    says: "a bug",
    line: ["adapters", "--adapter-module", "./bad.mjs"],
    files: {
      "bad.mjs": "export const adapter = { name: 'b', configure() {}, outputs: [], features() { return null.x; } };",
    },
    code: bug.code,
    category: "bug",
  },
];

describe("exit codes", () => {
  it.concurrent.for(situations)(
    "S13-25 $code: $says",
    async ({ line, code, category, files, built, prepare }, { onTestFinished }) => {
      const cwd = write(temporaryDirectory(onTestFinished), { ...agentFiles(), ...files });
      if (built) expect((await staxJson(["build"], { cwd })).json).toMatchObject({ ok: true });
      if (line.includes("oci:./without")) await staxJson(["copy", "helper", "oci:./without", "--no-packages"], { cwd });
      prepare?.(cwd);
      const finished = await staxJson(line, { cwd, stdin: "a-password-of-ann" });
      expect({ code: finished.code, category: finished.json.error?.category }).toEqual({ code, category });
      if (category !== undefined && category !== "bug") expect(finished.stdout).not.toMatch(/\\n {4}at /);
      expect(finished.stderr).toBe("");
    },
  );
});
