import * as z from "zod";

const target = z.looseObject({
  kind: z.enum(["file", "directory", "setting", "api", "bundle", "object"]),
  path: z.string().min(1, "must not be empty"),
  description: z.string().optional(),
  scope: z.enum(["user", "project", "workspace", "local", "remote", "account", "organization"]).optional(),
  exact: z.boolean().optional(),
  mediaType: z.string().optional(),
});

/** genericOptions is what `generic({ … })` takes: what there is to know about a consumer that has no adapter of its own. */
export const genericOptions = z.object({
  model: z.string().min(1, "must not be empty").optional(),
  modelParams: z.record(z.string(), z.unknown()).optional(),
  /** The consumer's name; "generic" by default. */
  runtime: z.string().min(1, "must not be empty").optional(),
  importMode: z.enum(["filesystem", "api", "bundle", "object-map"]).optional(),
  fidelity: z.enum(["byte-exact", "schema-exact", "best-effort", "unsupported"]).optional(),
  /** The consumer's own configuration; a schema or an API reference belongs here. */
  config: z.record(z.string(), z.unknown()).optional(),
  targets: z.array(target).optional(),
});

/** GenericOptions is what the adapter works with. */
export interface GenericOptions extends z.output<typeof genericOptions> {}
