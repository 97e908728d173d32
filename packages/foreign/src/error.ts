import { type ErrorCategory, StaxError } from "@stax/errors";

/** errorCodes explains every error of this package. */
export const errorCodes = {
  FOREIGN_INVALID: "A manifest of a plugin or marketplace cannot be read; mend it, or ask its author to",
  FOREIGN_MISSING: "The folder is no plugin, marketplace or folder of skills that stax can read",
  PLUGIN_UNKNOWN: "A marketplace has no plugin of that name in its own folder",
} as const;

/** diagnosticCodes explains the findings of this package that have no explanation elsewhere. */
export const diagnosticCodes = {
  "plugin-left": "Something of a plugin is not carried into the package that is made of it",
  "plugin-changed": "Something of a plugin is carried in another form: a name, a version",
  "plugin-duplicate": "Two plugins of a marketplace hold different things under one name; the first is kept",
} as const;

/** ForeignError is the error of reading what others made. */
export class ForeignError extends StaxError<keyof typeof errorCodes> {
  readonly category: ErrorCategory = "build";
}
