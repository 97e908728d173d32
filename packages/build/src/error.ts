import { type ErrorCategory, printable, StaxError, type StaxErrorOptions } from "@stax/errors";
import { loadDiagnosticCodes, loadErrorCategories, loadErrorCodes } from "./load/error-codes.ts";

/** errorCodes are the errors of `@stax/build`: what each means and what to do. */
export const errorCodes = {
  ...loadErrorCodes,
  INVALID: "A definition, or something it names, has errors. The findings list every one; mend them and build again.",
  CREATED_INVALID:
    "The creation time is no RFC 3339 timestamp (or SOURCE_DATE_EPOCH no number of seconds). Correct it.",
  BUILD_TAG_INVALID: "A tag holds characters that tags cannot have, or is longer than 128. Choose another with --tag.",
  PERSONA_UNKNOWN: "There is no persona of this name. The hint lists those there are.",
  PERSONAS_NONE: "All personas were asked for, but there are none. Put one file for each into personas/.",
  PACKAGE_CYCLE: "Packages build on each other in a circle. Remove one of the references that the message names.",
  SCAFFOLD_EXISTS: "A file that would be written is there already. Choose another directory.",
  SCAFFOLD_NAME:
    "The name for a new project is not valid, and none can be made of the directory's. Give one with --name.",
} as const;

/** diagnosticCodes are the findings of `@stax/build`. */
export const diagnosticCodes = {
  ...loadDiagnosticCodes,
  "path-missing": "A declared path does not exist. Create it, or correct the path.",
  "path-invalid": "A declared path holds a NUL character.",
  "path-outside-root": "A declared path, or what a link leads to, lies outside the project. Keep it inside.",
  "path-outside-allowed": "Something outside the project is packaged because --allow-outside-root was given.",
  "path-symlink":
    "A declared path goes through a symbolic link. Name the real path, or flatten where the layer permits it.",
  "path-not-file": "A declared path leads to a directory where a file is expected.",
  "path-not-directory": "A declared path leads to a file where a directory is expected.",
  "layer-too-large": "A layer is larger than its limit. Raise the limit if you mean it.",
  "persona-base-complete":
    "A base persona (a file that starts with _) is complete by itself. Rename it if it should be built.",
  "persona-duplicate": "Two persona files have one name. Give each its own.",
  "definition-duplicate":
    "Two definitions of the workspace have one name and version. Rename one, or list it in .staxignore.",
  "package-floating": "A package reference floats (a range or latest). Name an exact version or a digest.",
  "package-foreign": "A plugin or marketplace that is used as a package cannot be read.",
  "package-missing": "A package path holds no package definition. Add a package.ts.",
  "bundle-renamed":
    "Two packages that are merged at build have different rules under one path. One is packed under another name.",
  "bundle-path-clash":
    "Of packages that are merged at build, one has a file where another has a directory. Disable one of them in overrides.",
  "package-kind": "A package path leads to something that is no package.",
  "subagent-not-markdown": "The instructions of a subagent are no .md file.",
  "template-empty": "An expression of the prompt becomes empty: it means nothing, or a persona has no such value.",
  "adapter-unknown": "A definition names an adapter that there is none of. Correct the name.",
  "adapter-options-invalid": "An adapter refuses the options that a definition gives it. The message says which.",
  "credential-in-text":
    "A text of the artifact holds what looks like a credential of a well-known provider. Remove it, and revoke it if it was ever shared.",
  "memory-secret": "A memory file holds what looks like a secret. Remove it.",
  "tag-invalid": "Version and persona make a tag that no registry takes. Shorten one.",
} as const;

/** BuildErrorCode names an error of this package, without the `ERR_STAX_` prefix. */
export type BuildErrorCode = keyof typeof errorCodes;

const categories: { readonly [Code in BuildErrorCode]: ErrorCategory } = {
  ...loadErrorCategories,
  INVALID: "schema",
  CREATED_INVALID: "usage",
  BUILD_TAG_INVALID: "build",
  PERSONA_UNKNOWN: "usage",
  PERSONAS_NONE: "usage",
  PACKAGE_CYCLE: "resolve",
  SCAFFOLD_EXISTS: "build",
  SCAFFOLD_NAME: "usage",
};

/** BuildError is every failure of this library: `schema` for a definition's mistakes, `build` for the file system's. */
export class BuildError extends StaxError<BuildErrorCode> {
  readonly category: ErrorCategory;

  constructor(code: BuildErrorCode, message: string, options: StaxErrorOptions = {}) {
    super(code, printable(message), options);
    this.category = categories[code];
  }
}
