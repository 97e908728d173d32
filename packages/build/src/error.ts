import { type ErrorCategory, printable, StaxError, type StaxErrorOptions } from "@stax/errors";
import { loadErrorCategories, loadErrorCodes } from "./load/error-codes.ts";

/** errorCodes are the errors of `@stax/build`: what each means and what to do. */
export const errorCodes = { ...loadErrorCodes } as const;

/** BuildErrorCode names an error of this package, without the `ERR_STAX_` prefix. */
export type BuildErrorCode = keyof typeof errorCodes;

const categories: { readonly [Code in BuildErrorCode]: ErrorCategory } = { ...loadErrorCategories };

/** BuildError is every failure of this library: `schema` for a definition's mistakes, `build` for the file system's. */
export class BuildError extends StaxError<BuildErrorCode> {
  readonly category: ErrorCategory;

  constructor(code: BuildErrorCode, message: string, options: StaxErrorOptions = {}) {
    super(code, printable(message), options);
    this.category = categories[code];
  }
}
