import { type Part, reportImports, type Section } from "@stax/materialize";

/** imports writes nothing: of documents that are read it says which files they import. */
export const imports: Part<"surfaces", unknown, Section> = {
  feature: "surfaces",
  fidelity: "embedded",
  write: () => [],
  read: reportImports,
};
