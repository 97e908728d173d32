import * as z from "zod";

/** settingsSchema is what a `stax.config` file may hold. */
export const settingsSchema = z.strictObject({
  strict: z.boolean().optional(),
  portable: z.boolean().optional(),
  symlinkMode: z.enum(["reject", "flatten"]).optional(),
  maxLayerSize: z.record(z.string(), z.union([z.string(), z.number().int().positive()])).optional(),
  adapterModules: z.array(z.string().min(1)).optional(),
  mirrors: z
    .record(
      z.string(),
      z.union([z.string().min(1), z.strictObject({ location: z.string().min(1), only: z.boolean().optional() })]),
    )
    .optional(),
  concurrency: z.number().int().min(1).max(64).optional(),
  allowCapability: z.array(z.string().min(1)).optional(),
});
