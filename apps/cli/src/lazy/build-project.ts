// Loaded when it is called: see validate-project.ts.
export { buildProject } from "@stax/build";
