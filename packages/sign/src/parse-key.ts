import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { SignError } from "./error.ts";

/** SigningKey is a private key that is fit for signing, and what others know it by. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Base64 of the SHA-256 of the public key (SubjectPublicKeyInfo, DER), as cosign names keys in bundles. */
  readonly hint: string;
}

/** ParseKeyOptions complete {@link parseKey}. */
export interface ParseKeyOptions {
  /** Of an encrypted key. */
  readonly password?: string | undefined;
  /** For messages: where the key comes from. */
  readonly name?: string | undefined;
}

const newKey = "make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out stax.key";
const blockPattern = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;
const cosignLabels = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"];

/**
 * parseKey reads a private key in PEM: PKCS#8, encrypted or not, or the older forms of openssl, for EC P-256, Ed25519 and RSA from 2048
 * bits on. Throws `KEY_INVALID`, `KEY_PASSWORD`, `KEY_UNFIT`.
 */
export function parseKey(pem: string, options: ParseKeyOptions = {}): SigningKey {
  const { name = "the key", password } = options;
  const block = privateBlock(pem, name);
  const privateKey = open(block, password, name);
  assertFit(privateKey, name);
  const publicKey = createPublicKey(privateKey);
  return { privateKey, publicKey, hint: hintOf(publicKey) };
}

/** hintOf is what a bundle calls a public key. */
export const hintOf = (publicKey: KeyObject): string =>
  createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");

/** A file may hold parameters, a certificate or the public key beside the private one. */
function privateBlock(pem: string, name: string): string {
  const blocks = [...pem.matchAll(blockPattern)].map(([text, label = ""]) => ({ text, label }));
  const found = blocks.filter(({ label }) => label.endsWith("PRIVATE KEY"));
  if (found.length > 1) throw invalid(name, `holds ${found.length} private keys`, "leave one in it");
  const [block] = found;
  if (block === undefined) throw noPrivateKey(name, blocks[0]?.label);
  if (cosignLabels.includes(block.label))
    throw invalid(
      name,
      "is in cosign's own encrypted format, which is not read here",
      "keep the key in PEM for stax (openssl genpkey), and give the same one to cosign: cosign import-key-pair --key <pem>",
    );
  if (block.label === "OPENSSH PRIVATE KEY")
    throw invalid(name, "is a key of OpenSSH", `a key for signing should be one of its own; ${newKey}`);
  return block.text;
}

function noPrivateKey(name: string, label: string | undefined): SignError {
  if (label === undefined) return invalid(name, "holds no key in PEM", newKey);
  const what = label.endsWith("PUBLIC KEY") ? "a public key" : label === "CERTIFICATE" ? "a certificate" : "no key";
  return invalid(name, `holds ${what}`, "signing needs the private key that belongs to it");
}

function open(block: string, password: string | undefined, name: string): KeyObject {
  const isEncrypted = /^-----BEGIN ENCRYPTED|^Proc-Type: *4, *ENCRYPTED/m.test(block);
  if (isEncrypted && (password === undefined || password === ""))
    throw new SignError("KEY_PASSWORD", `${name} is encrypted, and nothing says its password`, {
      hint: "put the password into the environment variable STAX_KEY_PASSWORD",
    });
  try {
    return createPrivateKey({ key: block, format: "pem", ...(isEncrypted && { passphrase: password }) });
  } catch {
    // What OpenSSL says of it is left out: it helps nobody and might quote.
    if (!isEncrypted) throw invalid(name, "is damaged, or of a kind that is not known", newKey);
    throw new SignError("KEY_PASSWORD", `${name} cannot be decrypted: the password is wrong, or the key is damaged`, {
      hint: "check the environment variable STAX_KEY_PASSWORD",
    });
  }
}

function assertFit({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject, name: string): void {
  if (type === "ed25519") return;
  if (type === "ec" && details.namedCurve === "prime256v1") return;
  if (type === "rsa" && (details.modulusLength ?? 0) >= 2048) return;
  const what =
    type === "rsa" ? `RSA of ${details.modulusLength} bits` : type === "ec" ? `EC ${details.namedCurve}` : type;
  throw new SignError("KEY_UNFIT", `${name} is ${what}; taken are EC P-256, Ed25519, and RSA from 2048 bits on`, {
    hint: newKey,
  });
}

function invalid(name: string, flaw: string, hint: string): SignError {
  return new SignError("KEY_INVALID", `${name} ${flaw}`, { hint });
}
