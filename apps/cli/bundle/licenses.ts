import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

interface Dependency {
  readonly title: string;
  readonly license: string;
  readonly text: string;
}

/** licensesOf writes the list of what others wrote and the bundle contains, with their licences, from esbuild's inputs. */
export function licensesOf(inputs: readonly string[], base: string): string {
  const roots = new Set(inputs.flatMap((input) => packageRootOf(resolve(base, input)) ?? []));
  const dependencies = [...roots].map(readDependency).sort((a, b) => (a.title < b.title ? -1 : 1));
  const head = `The stax command contains code of ${dependencies.length} packages by others, listed here with their licences.`;
  const parts = dependencies.map(
    ({ title, license, text }) => `${"-".repeat(78)}\n${title} (${license})\n\n${text.trim()}`,
  );
  return `${[head, ...parts].join("\n\n")}\n`;
}

function packageRootOf(path: string): string | undefined {
  const match = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path);
  return match?.[1]?.includes("/node_modules/@stax/") ? undefined : match?.[1];
}

function readDependency(root: string): Dependency {
  const { name, version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<
    string,
    string
  >;
  const files = readdirSync(root).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const text = files
    .sort()
    .filter((file) => existsSync(join(root, file)))
    .map((file) => readFileSync(join(root, file), "utf8"))
    .join("\n");
  if (license === undefined || text === "") throw new Error(`${root} says nothing about its licence`);
  return { title: `${name} ${version}`, license, text };
}
