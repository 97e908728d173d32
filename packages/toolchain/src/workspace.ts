import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** root of the repository, absolute. */
export const root = join(import.meta.dirname, "../../..");

/** PackageManifest is the part of a package.json that the checks and generators read. */
export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** WorkspacePackage is one package of the workspace. */
export interface WorkspacePackage {
  /** Relative to the root: `packages/oci`. */
  readonly folder: string;
  readonly group: "packages" | "adapters" | "apps";
  /** Of the folder: `oci`. */
  readonly name: string;
  readonly manifest: PackageManifest;
}

/** workspacePackages lists the packages of the workspace, sorted by folder. */
export function workspacePackages(): readonly WorkspacePackage[] {
  return globSync("{packages,adapters,apps}/*/package.json", { cwd: root })
    .sort()
    .map((file) => {
      const folder = dirname(file);
      const group = folder.slice(0, folder.indexOf("/")) as WorkspacePackage["group"]; // the glob names the groups
      return { folder, group, name: basename(folder), manifest: readManifest(file) };
    });
}

const readManifest = (file: string): PackageManifest => JSON.parse(readFileSync(join(root, file), "utf8"));

/** SourceFile is a TypeScript file of a package. `path` is relative to the root. */
export interface SourceFile {
  readonly path: string;
  readonly isTest: boolean;
  readonly text: string;
}

/** sourceFiles reads the TypeScript below `src/` of a package: tests are marked, fixtures and goldens left out. */
export const sourceFiles = ({ folder }: WorkspacePackage): readonly SourceFile[] => readFiles(`${folder}/src`);

/** allFiles reads all TypeScript of a package: beside the sources, what builds it, shows it and measures it. */
export const allFiles = ({ folder }: WorkspacePackage): readonly SourceFile[] => readFiles(folder);

function readFiles(folder: string): readonly SourceFile[] {
  if (!existsSync(join(root, folder))) return [];
  const exclude = (path: string) => /(?:^|\/)(?:fixtures|golden|node_modules|dist)$/.test(path);
  return globSync("**/*.ts", { cwd: join(root, folder), exclude })
    .sort()
    .map((path) => ({
      path: `${folder}/${path}`,
      isTest: /\.(?:test|fixture)\.ts$|(?:^|\/)e2e\//.test(path),
      text: readFileSync(join(root, folder, path), "utf8"),
    }));
}
