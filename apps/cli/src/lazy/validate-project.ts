// Loaded when it is called. A package imported as a whole, as `import("@stax/build")` does, brings everything that it has.
export { validateProject } from "@stax/build";
