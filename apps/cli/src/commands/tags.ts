import { printable } from "@stax/errors";
import { parseRepositoryName, parseTarget } from "@stax/oci";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { openStoreOf } from "../target.ts";

const data = z.object({
  repository: z.string(),
  tags: z.array(z.string()),
  /** Tags of packages and of lists of referrers, which are not among `tags` without --all. */
  hidden: z.number(),
});

/** tags lists the tags of a repository, or of a layout or archive. */
export const tags = defineCommand({
  positionals: {
    repository: { describe: "<registry>/<repository>, or oci:<dir>, oci-archive:<file.tar>, ./<dir>", required: true },
  },
  flags: {
    all: { type: "boolean", describe: "Also the tags that keep packages (pkg-…) and lists of referrers (sha256-…)" },
  },
  examples: [["stax tags ghcr.io/acme/backend-engineer", "Every version that is published"]],
  data,
  async run({ repository, all }, context) {
    const found = await tagsOf(repository, context);
    const shown = all ? found : found.filter((tag) => !/^(?:pkg|sha256|sha512)-[a-f0-9]{64,}/.test(tag));
    return { data: { repository, tags: [...shown], hidden: found.length - shown.length } };
  },
  format: ({ tags: found }) => found.map(printable).join("\n"),
});

async function tagsOf(text: string, context: Context): Promise<readonly string[]> {
  const { signal } = context;
  if (!/^(?:oci:|oci-archive:|[./~])/.test(text)) {
    const name = parseRepositoryName(text);
    return await (await context.registries()).repository(name).tags({ signal });
  }
  const target = parseTarget(text);
  if (target.kind === "registry") throw new Error(`${text} was parsed as a registry`);
  return await (await openStoreOf(target, context)).store.tags();
}
