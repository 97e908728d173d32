// Loaded when it is called: see validate-project.ts.
export { resolveWorkspace } from "@stax/build";
