import { type ErrorCategory, StaxError } from "@stax/errors";

/** errorCodes lists every code of {@link ArtifactError} with its meaning and what to do. */
export const errorCodes = {
  NOT_AN_ARTIFACT: "The manifest is no stax artifact (its artifactType is not one of stax); name another reference.",
  ARTIFACT_CONFIG_INVALID: "The config blob of an artifact breaks the format; its author must build it again.",
  SPEC_VERSION_UNSUPPORTED: "The artifact is of a newer major version of the format; update stax.",
  LAYER_DUPLICATE: "An artifact has two layers of the same stax media type; its author must build it again.",
  LAYER_INVALID: "The content of a layer breaks the format; the findings say where. Its author must build it again.",
  PERSONA_MISSING: "The index has no artifact of this persona; the hint lists those it has.",
  PERSONA_NEEDED: "The index holds several artifacts; choose one with --persona.",
  EXTRACT_EXISTS: "The directory to extract to holds something already; choose a new or an empty one.",
  EXTRACT_FAILED: "The file system refused to write extracted files; the message says where and why.",
} as const;

const categories: Partial<Record<keyof typeof errorCodes, ErrorCategory>> = {
  SPEC_VERSION_UNSUPPORTED: "materialize",
  PERSONA_MISSING: "usage",
  PERSONA_NEEDED: "usage",
};

/** ArtifactError is a stax artifact that cannot be read as one. Malformed content is a build error wherever it came from (exit 2). */
export class ArtifactError extends StaxError<keyof typeof errorCodes> {
  get category(): ErrorCategory {
    return categories[this.code.slice("ERR_STAX_".length) as keyof typeof errorCodes] ?? "build"; // the code is one of the table by construction
  }
}

/** diagnosticCodes lists the findings of this package. */
export const diagnosticCodes = {
  "layer-unknown": "An artifact has a layer that this version does not know; it is skipped.",
  "layer-misplaced": "An artifact has a layer that its kind may not carry; it is skipped.",
  "spec-version-newer": "An artifact is of a newer minor version of the format; what is new in it is ignored.",
} as const;
