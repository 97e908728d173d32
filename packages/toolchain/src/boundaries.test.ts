import { readFileSync } from "node:fs";
import { basename, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { arrows, packageOf, reach } from "./boundaries.ts";
import { codeOf, importsOf, withoutTexts } from "./imports.ts";
import { allFiles, type PackageManifest, root, type SourceFile, sourceFiles, workspacePackages } from "./workspace.ts";

const packages = workspacePackages();
const byName = new Map(packages.map((entry) => [entry.manifest.name, entry]));
const sources = new Map(packages.map((entry) => [entry.folder, sourceFiles(entry)]));
const rootManifest: PackageManifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const sourcesOf = (folder: string): readonly SourceFile[] => sources.get(folder) ?? [];
const isPrivate = (folder: string) => folder === "packages/toolchain";

const importedBy = (files: readonly SourceFile[]) =>
  files.flatMap(({ path, text }) =>
    importsOf(text).map(({ specifier, line }) => ({ specifier, at: `${path}:${line}` })),
  );

describe("the dependency arrows", () => {
  const held = packages.filter(({ group, folder }) => group !== "apps" && !isPrivate(folder));

  it.each(held.map(({ folder }) => folder))("%s has a place in the house", (folder) => {
    expect(folder.startsWith("adapters/") || folder in arrows).toBe(true);
  });

  it.each(held.map(({ folder }) => folder))("%s imports only what lies below it", (folder) => {
    const allowed = reach(folder);
    const files = sourcesOf(folder).filter(({ isTest }) => !isTest);
    const wrong = importedBy(files).filter(({ specifier }) => {
      const target = byName.get(packageOf(specifier) ?? "");
      return target !== undefined && !allowed.has(target.folder);
    });
    expect(wrong).toEqual([]);
  });

  it("have no cycle", () => {
    for (const folder of Object.keys(arrows))
      for (const below of reach(folder)) expect(reach(below)).not.toContain(folder);
  });

  it.each(packages.map(({ folder }) => folder))("%s reaches other packages by their names only", (folder) => {
    const outside = importedBy(sourcesOf(folder)).filter(({ specifier, at }) => {
      const file = at.slice(0, at.lastIndexOf(":"));
      return specifier.startsWith(".") && !normalize(join(file, "..", specifier)).startsWith(`${folder}/`);
    });
    expect(outside).toEqual([]);
  });
});

describe("package.json", () => {
  // An app is a bundle: what it bundles is a dev dependency of it, so that nothing is installed at its users.
  const runtimeOf = ({ dependencies, peerDependencies, devDependencies }: PackageManifest, bundled: boolean) =>
    new Set(Object.keys({ ...dependencies, ...peerDependencies, ...(bundled ? devDependencies : {}) }));

  it.each(packages.map(({ folder }) => folder))("of %s declares everything that is imported", (folder) => {
    const { manifest, group } = packages.find((entry) => entry.folder === folder) ?? {
      manifest: rootManifest,
      group: "apps",
    };
    const runtime = runtimeOf(manifest, group === "apps" || isPrivate(folder));
    const development = new Set(Object.keys({ ...manifest.devDependencies, ...rootManifest.devDependencies }));
    const missing = sourcesOf(folder).flatMap((file) =>
      importedBy([file]).filter(({ specifier }) => {
        const name = packageOf(specifier);
        if (name === undefined || name === manifest.name || runtime.has(name)) return false;
        return !(development.has(name) && (file.isTest || isPrivate(folder)));
      }),
    );
    expect(missing).toEqual([]);
  });

  it.each(packages.map(({ folder }) => folder))("of %s declares nothing that is not used", (folder) => {
    const { manifest } = packages.find((entry) => entry.folder === folder) ?? { manifest: rootManifest };
    const used = (files: readonly SourceFile[]) =>
      new Set(importedBy(files).map(({ specifier }) => packageOf(specifier)));
    const bySource = used(sourcesOf(folder).filter(({ isTest }) => !isTest));
    const entry = packages.find((candidate) => candidate.folder === folder);
    const byAny = used(entry === undefined ? [] : allFiles(entry));
    const config = ["tsup.config.ts", "package.json"].map((name) => readOptional(join(root, folder, name))).join("\n");
    const idle = Object.keys(manifest.dependencies ?? {}).filter((name) => !bySource.has(name));
    const idleInDevelopment = Object.keys(manifest.devDependencies ?? {}).filter(
      (name) => !byAny.has(name) && !byAny.has(name.replace(/^@types\//, "")) && !config.includes(`${name} `),
    );
    expect({ dependencies: idle, devDependencies: idleInDevelopment }).toEqual({
      dependencies: [],
      devDependencies: [],
    });
  });
});

const readOptional = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

interface Rule {
  readonly name: string;
  readonly holds: (file: SourceFile) => boolean;
  readonly broken: RegExp;
  /** What of a file is read: all code, or code without its strings. */
  readonly of: (text: string) => string;
}

const runtimes = [
  "claude-code|claude|codex|openclaw|cursor|github-copilot|copilot|opencode|windsurf|gemini-cli|gemini|generic",
].join("");
const inLibrary = ({ path, isTest }: SourceFile) =>
  !isTest && !path.startsWith("apps/") && !path.startsWith("packages/toolchain/");

const rules: readonly Rule[] = [
  {
    name: "no runtime's name is compared outside adapters/",
    holds: ({ path, isTest }) => !isTest && !path.startsWith("adapters/") && !path.startsWith("packages/toolchain/"),
    broken: new RegExp(
      `[!=]==?\\s*["'](?:${runtimes})["']|["'](?:${runtimes})["']\\s*[!=]==?|\\bcase\\s+["'](?:${runtimes})["']`,
    ),
    of: codeOf,
  },
  {
    name: "nothing but the command's entry ends the process",
    holds: ({ path, isTest }) => !isTest && !/^apps\/cli\/src\/(?:bin|main)[^/]*\.ts$/.test(path),
    broken: /\bprocess\.(?:exit|abort|reallyExit)\s*\(/,
    of: withoutTexts,
  },
  { name: "libraries print nothing", holds: inLibrary, broken: /\bconsole\s*\.\s*\w+\s*\(/, of: withoutTexts },
];

describe("the way from an artifact to files", () => {
  const folders = packages
    .map(({ folder }) => folder)
    .filter((folder) => /^adapters\/|\/(?:errors|schema|layers|oci|artifact|materialize)$/.test(folder));
  const running = /^(?:node:)?(?:child_process|cluster|vm|worker_threads|repl|inspector)(?:\/|$)/;
  // Text that becomes code, and modules named by data.
  const evaluating = /\beval\s*\(|\bnew\s+Function\b|\bimport\s*\(\s*(?!["'])|\bcreateRequire\b/;

  // Runs docker-credential-<name>, which the user's own configuration of Docker names and no artifact can.
  const credentialHelper = "packages/oci/src/registry/credentials/docker-credential.ts";

  it.each(folders)("S02-02 S12-15 starts no process and evaluates nothing in %s", (folder) => {
    const files = sourcesOf(folder).filter(({ isTest, path }) => !isTest && path !== credentialHelper);
    expect(files.length).toBeGreaterThan(0);
    expect(importedBy(files).filter(({ specifier }) => running.test(specifier))).toEqual([]);
    expect(files.filter(({ text }) => evaluating.test(codeOf(text))).map(({ path }) => path)).toEqual([]);
  });
});

describe("the dependencies", () => {
  it("are each named in ADR 0004 with the reason, and no other is", () => {
    const text = readFileSync(join(root, "docs/adr/0004-dependencies.md"), "utf8");
    const named = [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = ""]) => name);
    const declared = packages
      .filter(({ folder }) => !isPrivate(folder))
      .flatMap(({ group, manifest: { dependencies, devDependencies } }) =>
        Object.keys({ ...dependencies, ...(group === "apps" ? devDependencies : {}) }),
      )
      .filter((name) => !byName.has(name) && !name.startsWith("@types/") && !testsOnly.has(name));
    expect(named.sort()).toEqual([...new Set(declared)].sort());
  });
});

// What an app uses to test itself and does not bundle.
const testsOnly = new Set(["ajv"]);

describe("the sources", () => {
  const files = packages.flatMap(({ folder }) => sourcesOf(folder));

  it.each(rules)("$name", ({ holds, broken, of }) => {
    const breaking = files.filter(holds).flatMap(({ path, text }) =>
      of(text)
        .split("\n")
        .flatMap((line, index) => (broken.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
    );
    expect(breaking).toEqual([]);
  });

  it("are named in kebab-case, for what they hold", () => {
    const vague = /^(?:(?:.*-)?(?:utils?|helpers?|managers?)|common|core|types)$/;
    const names = files.map(({ path }) => ({
      path,
      name: basename(path).replace(/(?:\.(?:interop|runtime|test|fixture|bench|d))*\.ts$/, ""),
    }));
    expect(names.filter(({ name }) => vague.test(name) || !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name))).toEqual([]);
    const folders = files.flatMap(({ path }) => path.split("/").slice(3, -1));
    expect(folders.filter((name) => vague.test(name))).toEqual([]);
  });
});
