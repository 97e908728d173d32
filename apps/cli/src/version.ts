declare const STAX_VERSION: string | undefined;

/** version of this installation; the bundle has the number of its package.json, sources have `0.0.0-dev`. */
export const version: string = typeof STAX_VERSION === "string" ? STAX_VERSION : "0.0.0-dev";
