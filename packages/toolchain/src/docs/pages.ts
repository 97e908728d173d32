import { adaptersPage } from "./adapters-page.ts";
import { conformancePage } from "./conformance-page.ts";
import { errorsPage } from "./errors-page.ts";
import { evidencePage } from "./evidence-page.ts";
import { layersPage } from "./layers-page.ts";
import { lossesPage } from "./losses-page.ts";
import { importSource } from "./modules.ts";

/** Page is a generated page of the docs. `path` is relative to the root. */
export interface Page {
  readonly path: string;
  readonly generate: () => string | Promise<string>;
}

/** pages are all generated pages. */
export const pages: readonly Page[] = [
  { path: "docs/layers.md", generate: layersPage },
  { path: "docs/errors.md", generate: errorsPage },
  { path: "docs/cli.md", generate: cliPage },
  { path: "docs/adapters/README.md", generate: adaptersPage },
  { path: "docs/adapters/losses.md", generate: lossesPage },
  { path: "docs/adapters/evidence.md", generate: evidencePage },
  { path: "docs/conformance.md", generate: conformancePage },
];

async function cliPage(): Promise<string> {
  const module = await importSource("apps/cli/src/cli-reference.ts");
  const cliReference = module?.["cliReference"];
  if (typeof cliReference !== "function") throw new Error("apps/cli/src/cli-reference.ts exports cliReference()");
  const text: unknown = await cliReference();
  if (typeof text !== "string") throw new Error("cliReference() gives the page as text");
  return text.endsWith("\n") ? text : `${text}\n`;
}
