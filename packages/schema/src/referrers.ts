import * as z from "zod";
import { memoryMetaSchema } from "./kinds/memory.ts";
import { nonEmpty, specVersionSchema } from "./name.ts";

const timestamp = z.iso.datetime({ offset: true, error: "must be an RFC 3339 timestamp" });
const document = { specVersion: specVersionSchema.default("1.0.0") };

/** Config blobs of the referrers that stax standardises, by the last part of their artifactType. Unknown fields are kept. */
export const referrerConfigSchemas = {
  signature: z.looseObject({ ...document, signer: nonEmpty, signedAt: timestamp, algorithm: nonEmpty }),
  evaluation: z.looseObject({
    ...document,
    evaluationId: nonEmpty,
    suite: nonEmpty,
    runAt: timestamp,
    version: z.string().optional(),
    summary: z.record(z.string(), z.unknown()).optional(),
  }),
  approval: z.looseObject({
    ...document,
    approvalId: nonEmpty,
    approver: nonEmpty,
    decision: z.enum(["approved", "rejected", "conditional"], "must be approved, rejected or conditional"),
    approvedAt: timestamp,
    reason: z.string().optional(),
    scope: z.looseObject({ environment: z.string().optional() }).optional(),
    expiresAt: timestamp.optional(),
  }),
  "memory-snapshot": memoryMetaSchema.extend({
    ...document,
    sourceArtifact: z.string().regex(/@sha256:[a-f0-9]{64}$|^sha256:[a-f0-9]{64}$/, "must name the artifact by digest"),
    createdAt: timestamp,
  }),
} as const;
