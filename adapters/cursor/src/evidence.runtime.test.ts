import { join } from "node:path";
import { type Client, findClient, freePorts } from "@stax/testing/clients";
import {
  expectEvidence,
  type Marked,
  markedEnv,
  markedLayers,
  materializeMarked,
  type Row,
  rowsOf,
  type Shown,
  surfaceLayers,
} from "@stax/testing/evidence";
import { describe, expect, it } from "vitest";
import { adapter } from "./index.ts";
import { type Loader, loaderOf } from "./loader.fixture.ts";
import { applicationOf } from "./mdc.ts";

const client = findClient("cursor");
type Scope = "project" | "user";

const applied = { always: "always", glob: "for files that match", auto: "by its description", manual: "by hand" };
const own = "the loader of `@cursor/sdk`";

// What the loader makes of a file: nothing where it does not take it.
function shownOf(loader: Loader, base: string, path: string, text: string): Shown | undefined {
  if (path.endsWith(".cursor/mcp.json")) {
    const env: Readonly<Record<string, string>> = markedEnv;
    const file = loader.servers.safeParse(loader.expand(JSON.parse(text), (name) => env[name]));
    return { command: `${own} takes \`${path}\`, variables replaced`, text: JSON.stringify(file.data ?? {}) };
  }
  switch (loader.kindOf(join(base, path))) {
    case "markdown":
      return { command: `${own} takes \`${path}\`, as always applied`, text };
    case "rules": {
      const rule = loader.readRule(text);
      if (rule === null) return undefined;
      const how = applied[applicationOf({ fields: rule.frontmatter, body: rule.body })];
      return { command: `${own} reads \`${path}\`, applied ${how}`, text: rule.body };
    }
    case "agents":
      return { command: `${own} reads \`${path}\``, text: JSON.stringify(loader.readAgent(text)) };
    case "skills":
      // Its parser of front matter cannot be run; a description is all that it asks for.
      return { command: `${own} takes \`${path}\``, text: /^description: .*$/m.exec(text)?.[0] ?? "" };
    case undefined:
      return undefined;
  }
}

const service = "the model is Cursor's own service, which no other endpoint can stand in for";

async function rowsIn(it: Client, scope: Scope): Promise<readonly Row[]> {
  const loader = loaderOf(it.directory);
  const layers = [await markedLayers(await freePorts()), await surfaceLayers()];
  const marked: Marked[] = [];
  try {
    for (const one of layers) marked.push(await materializeMarked(adapter, one, scope));
    const shown = marked.flatMap(({ project, home, files }) =>
      Object.entries(files).flatMap(
        ([path, text]) => shownOf(loader, scope === "user" ? home : project, path, text) ?? [],
      ),
    );
    return rowsOf({
      adapter,
      scope,
      marked,
      shown,
      unaskable: {
        "skill-body": service,
        "skill-file": service,
        ...(scope === "project" && { "knowledge-file": service }),
      },
    });
  } finally {
    for (const one of marked) one.remove();
  }
}

describe.skipIf(typeof client === "string")(
  `what Cursor's loader sees ${typeof client === "string" ? `(skipped: ${client})` : client.version}`,
  () => {
    if (typeof client === "string") return;
    it("S12-27 is everything that was written for it, or what the evidence explains", async () => {
      const rows = [...(await rowsIn(client, "project")), ...(await rowsIn(client, "user"))];
      expectEvidence("cursor", rows);
      expect(rows.filter(({ result }) => result === "seen").length).toBeGreaterThan(20);
    });
  },
);
