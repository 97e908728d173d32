// Loaded when it is called: see validate-project.ts.
export { treeOf, why } from "@stax/resolver";
