import type { Part, Section } from "@stax/materialize";
import { readComposed } from "./read.ts";

/** composed writes nothing: of documents that are read it tells those that are made of the canonical layers. */
export const composed: Part<"surfaces", unknown, Section> = {
  feature: "surfaces",
  fidelity: "embedded",
  write: () => [],
  read: readComposed,
};
