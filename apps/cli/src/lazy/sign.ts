// Loaded when it is called: see validate-project.ts.
export { attachSignature, findSignature, loadKey, signWithKey } from "@stax/sign";
