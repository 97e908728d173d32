export { adapter, generic, generic as default } from "./adapter.ts";
export { type GenericOptions, genericOptions } from "./options.ts";
