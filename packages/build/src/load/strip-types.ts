import { stripTypeScriptTypes } from "node:module";

/** stripTypes blanks the types of a TypeScript module, so that everything stays where it is; other modules come back as they are. */
export function stripTypes(source: string, path: string): string {
  if (!/\.[cm]?ts$/.test(path)) return source;
  // Node warns that the function is experimental; a library prints nothing.
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}
