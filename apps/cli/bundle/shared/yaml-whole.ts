// All of the library, for yaml.ts to load when it is called.
export * from "yaml";
