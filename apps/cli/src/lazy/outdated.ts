// Loaded when it is called: see validate-project.ts.
export { outdated } from "@stax/resolver";
