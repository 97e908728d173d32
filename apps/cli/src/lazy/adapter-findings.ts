// Loaded when it is called: see validate-project.ts.
export { adapterFindings } from "@stax/materialize";
