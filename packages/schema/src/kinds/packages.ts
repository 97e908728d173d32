import * as z from "zod";
import { specVersionSchema } from "../name.ts";
import { jsonKind } from "./kind.ts";

const resolvedPackage = z.looseObject({
  ref: z.string().min(1),
  digest: z.string().regex(/^sha256:[a-f0-9]{64}$/, "must be a sha256 digest"),
  kind: z.literal("package"),
});

export const packagesSchema = z.looseObject({
  specVersion: specVersionSchema.default("1.0.0"),
  packages: z.array(resolvedPackage),
});

/** ResolvedPackage is one package that took part in a build, by digest. */
export interface ResolvedPackage extends z.output<typeof resolvedPackage> {}
/** Packages is the compiled layer: the resolved graph in precedence order, transitive packages first. */
export interface Packages extends z.output<typeof packagesSchema> {}

/** The packages an artifact builds on, resolved to digests, lowest precedence first. */
export const packages = jsonKind<Packages, z.input<typeof packagesSchema>, readonly ["agent", "package"]>({
  mediaType: "application/vnd.stax.packages.v1+json",
  description: "The packages an artifact builds on, resolved to digests, lowest precedence first",
  title: "packages.json",
  source: "generated",
  allowedIn: ["agent", "package"],
  maxSize: 1024 * 1024,
  schema: packagesSchema,
  items: ({ packages }) => packages.map(({ ref, digest }) => `${ref}@${digest}`),
});
