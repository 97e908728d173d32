import * as z from "zod";

const layer = z.object({ name: z.string(), mediaType: z.string(), digest: z.string(), size: z.number() });
/** data is what `stax build --json` prints. */
export const data = z.object({
  artifacts: z.array(
    z.object({
      kind: z.string(),
      name: z.string(),
      version: z.string(),
      persona: z.string().optional(),
      tag: z.string(),
      reference: z.string(),
      digest: z.string(),
      /** Of the manifest. */
      size: z.number(),
      layers: z.array(layer),
      /** With --bundle: the packages that were merged in, lowest precedence first. */
      bundled: z.array(z.string()),
    }),
  ),
  layout: z.string(),
  /** With --index: one for each agent that has personas. */
  indexes: z.array(
    z.object({ name: z.string(), tag: z.string(), reference: z.string(), digest: z.string(), personas: z.number() }),
  ),
});
