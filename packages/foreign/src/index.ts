export { diagnosticCodes, errorCodes, ForeignError } from "./error.ts";
export { type Identity, identityOf, nameOf } from "./identity.ts";
export { type Foreign, type ForeignKind, type ForeignOptions, foreignKindOf, readForeign } from "./read-foreign.ts";
export { readSkillFiles, type SkillFiles } from "./read-skill-files.ts";
