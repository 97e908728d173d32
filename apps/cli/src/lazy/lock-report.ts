// Loaded when it is called: see validate-project.ts.
export { formatDifference, lockFileName, nodesOf } from "@stax/resolver";
