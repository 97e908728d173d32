import type { Digest } from "@stax/schema";
import * as z from "zod";
import type { ConfigFormat } from "./contract.ts";

/** Origin says for whom something was written: the adapter, and the artifact's name (or whatever the caller tells artifacts apart by). */
export interface Origin {
  readonly adapter: string;
  readonly source: string;
}

/** Claim is what we own at a path: a whole file, a block in a document, keys in a configuration file, a directory we made. */
export type Claim =
  | { readonly kind: "file"; readonly digest: Digest; readonly executable: boolean; readonly mayVanish?: true }
  | { readonly kind: "block"; readonly digest: Digest; readonly created: boolean }
  | {
      readonly kind: "keys";
      readonly format: ConfigFormat;
      /** Digests of the values, by JSON Pointer (list members as in `formatPointer`). */
      readonly keys: Readonly<Record<string, Digest>>;
      /** Pointers of the objects and lists that were made to hold them. */
      readonly made: readonly string[];
      /** The file was made for them. */
      readonly created: boolean;
    }
  | { readonly kind: "directory" };

/** Owned is one entry of the record of what stax wrote. */
export interface Owned {
  readonly path: string;
  readonly claim: Claim;
  readonly by: readonly Origin[];
  /** It was there with the same bytes: never deleted, never overwritten without asking. */
  readonly adopted?: true;
}

const digest = z.templateLiteral(["sha256:", z.string().regex(/^[a-f0-9]{64}$/)]);

const claimSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("file"), digest, executable: z.boolean(), mayVanish: z.literal(true).exactOptional() }),
  z.object({ kind: z.literal("block"), digest, created: z.boolean() }),
  z.object({
    kind: z.literal("keys"),
    format: z.enum(["json", "toml"]),
    keys: z.record(z.string(), digest),
    made: z.array(z.string()),
    created: z.boolean(),
  }),
  z.object({ kind: z.literal("directory") }),
]);

/** ownedSchema is the record's form on disk. */
export const ownedSchema: z.ZodType<Owned> = z.object({
  path: z.string(),
  claim: claimSchema,
  by: z.array(z.object({ adapter: z.string(), source: z.string() })),
  adopted: z.literal(true).exactOptional(),
});
