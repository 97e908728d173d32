import { generateKeyPairSync, type KeyObject } from "node:crypto";

/** KeyPair is a new key in PEM and as an object. */
export interface KeyPair {
  readonly pem: string;
  readonly publicPem: string;
  readonly publicKey: KeyObject;
}

/** kinds are the keys that are taken. */
export const kinds = ["ec", "ed25519", "rsa"] as const;

/** newKey makes a key pair; with a password it is encrypted. */
export function newKey(kind: (typeof kinds)[number] = "ec", password?: string): KeyPair {
  const { privateKey, publicKey } = pairOf(kind);
  const cipher = password === undefined ? {} : { cipher: "aes-256-cbc", passphrase: password };
  return {
    pem: privateKey.export({ type: "pkcs8", format: "pem", ...cipher }).toString(),
    publicPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    publicKey,
  };
}

function pairOf(kind: (typeof kinds)[number]): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  if (kind === "ec") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  return kind === "rsa" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ed25519");
}
