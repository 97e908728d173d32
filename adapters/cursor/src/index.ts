export { adapter, cursor, cursor as default } from "./adapter.ts";
export { type CursorOptions, cursorOptions } from "./options.ts";
