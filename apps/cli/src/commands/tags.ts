import { printable } from "@stax/errors";
import { OciError, parseRepositoryName, parseTarget, type Repository, type RepositoryName } from "@stax/oci";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { placesOf } from "../registries/locate.ts";
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

/** Of the mirror where there is one that has the repository; of both together nobody has all. */
async function remoteTags(name: RepositoryName, context: Context): Promise<readonly string[]> {
  const registries = await context.registries();
  const places = await placesOf(name, context);
  for (const place of places.slice(0, -1)) {
    const found = await tagsAt(registries.repository(place), context);
    if (found.length > 0) return found;
  }
  return await registries.repository(places.at(-1) ?? name).tags({ signal: context.signal });
}

async function tagsAt(repository: Repository, { signal }: Context): Promise<readonly string[]> {
  try {
    return await repository.tags({ signal });
  } catch (error) {
    if (error instanceof OciError && error.code === "ERR_STAX_REPOSITORY_NOT_FOUND") return [];
    throw error;
  }
}

async function tagsOf(text: string, context: Context): Promise<readonly string[]> {
  if (!/^(?:oci:|oci-archive:|[./~])/.test(text)) {
    return await remoteTags(parseRepositoryName(text), context);
  }
  const target = parseTarget(text);
  if (target.kind === "registry") throw new Error(`${text} was parsed as a registry`);
  return await (await openStoreOf(target, context)).store.tags();
}
