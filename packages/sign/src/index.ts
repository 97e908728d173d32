export { type AttachOptions, attachSignature, findSignature, type SignatureSource } from "./attach-signature.ts";
export { bundleMediaType, signaturePredicateType, signedBy, signWithKey } from "./bundle.ts";
export { diagnosticCodes, errorCodes, SignError } from "./error.ts";
export { type LoadedKey, type LoadKeyOptions, loadKey } from "./load-key.ts";
export { parseKey, type SigningKey } from "./parse-key.ts";
