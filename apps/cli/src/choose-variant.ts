import { openArtifact } from "@stax/artifact";
import { isIndexType } from "@stax/oci";
import type { Context } from "./context.ts";
import { type OpenedTarget, openTarget } from "./target.ts";

/** openVariant finds what a target names; where that is an index, a persona chooses from it, and without one the index itself is meant. */
export async function openVariant(text: string, context: Context, persona: string | undefined): Promise<OpenedTarget> {
  const opened = await openTarget(text, context, { persona });
  if (persona === undefined || !isIndexType(opened.descriptor.mediaType)) return opened;
  const { descriptor } = await openArtifact(opened.store, opened.descriptor, { persona, signal: context.signal });
  const tag = opened.reference?.replace(/-personas$/, "");
  return { ...opened, descriptor, reference: tag === undefined ? undefined : `${tag}-${persona}` };
}
