import { ArchiveStore, formatRepositoryName, isTag, OciError, parseTarget } from "@stax/oci";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { assertMovable, currentOf, type Destination, openRepository } from "../destination.ts";
import { targetPositional } from "../options/artifact.ts";
import { openStoreOf, openTarget } from "../target.ts";

const data = z.object({ place: z.string(), tag: z.string(), digest: z.string() });

/** tag gives an artifact one more tag where it is. */
export const tag = defineCommand({
  positionals: {
    target: targetPositional,
    tag: { describe: "The new tag, e.g. stable", required: true },
  },
  flags: { force: { type: "boolean", describe: "Move the tag if it means another artifact" } },
  examples: [
    ["stax tag ghcr.io/acme/backend-engineer:1.0.0 stable", "Nothing is uploaded but the manifest"],
    ["stax tag backend-engineer:1.0.0 stable --force", "In this workspace; the tag moves"],
  ],
  data,
  async run({ target, tag: wanted, force }, context) {
    if (!isTag(wanted))
      throw new OciError("TAG_INVALID", `"${wanted.slice(0, 150)}" is no tag`, {
        hint: "a tag has up to 128 letters, digits, _, . and -, and starts with none of . and -",
      });
    const { descriptor, reference } = await openTarget(target, context, { direct: true });
    await using place = await placeOf(target, context);
    // In layouts of ours a tag begins with the artifact's name.
    const name = place.kind === "registry" || !reference?.includes(":") ? "" : `${reference.split(":")[0]}:`;
    const full = `${name}${wanted}`;
    if (!force) assertMovable(place, full, await currentOf(place, full, context), descriptor);
    await place.store.tag(descriptor, full, { signal: context.signal });
    await place.save();
    return { data: { place: place.place, tag: full, digest: descriptor.digest } };
  },
  format: ({ place, tag: full, digest }) => `${place}: ${full}@${digest}`,
});

async function placeOf(text: string, context: Context): Promise<Destination> {
  const target = parseTarget(text);
  if (target.kind === "registry")
    return { ...(await openRepository(target.reference, context)), place: formatRepositoryName(target.reference) };
  const { store, kind } = await openStoreOf(target, context);
  const named = { store, place: store.place, tag: undefined, digest: undefined };
  if (!(store instanceof ArchiveStore))
    return {
      ...named,
      kind: kind === "archive" ? kind : "layout",
      save: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
  return {
    ...named,
    kind: "archive",
    save: () => store.save({ signal: context.signal }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
