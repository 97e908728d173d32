import { type KeyObject, sign, verify } from "node:crypto";
import { algorithmOf, type Descriptor, encodedOf } from "@stax/oci";
import type { SigningKey } from "./parse-key.ts";

/** bundleMediaType is that of a Sigstore bundle, version 0.3: of the blob, and of the referrer that holds it. */
export const bundleMediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** signaturePredicateType says that a statement is a signature and no more (cosign 3). */
export const signaturePredicateType = "https://sigstore.dev/cosign/sign/v1";

const statementType = "https://in-toto.io/Statement/v1";
const payloadType = "application/vnd.in-toto+json";

/**
 * signWithKey signs that `descriptor` is what the key's owner put out: a Sigstore bundle with a DSSE envelope over an in-toto statement, in
 * bytes. No network, no transparency log, no time stamp. Equal bytes for equal input with Ed25519 and RSA; ECDSA is random.
 */
export function signWithKey(descriptor: Pick<Descriptor, "digest">, key: SigningKey): Uint8Array {
  const payload = Buffer.from(JSON.stringify(statementOf(descriptor)));
  const signature = sign(hashOf(key.privateKey), preAuthenticationEncoding(payloadType, payload), key.privateKey);
  const bundle = {
    mediaType: bundleMediaType,
    verificationMaterial: { publicKey: { hint: key.hint }, tlogEntries: [], timestampVerificationData: {} },
    dsseEnvelope: {
      payload: payload.toString("base64"),
      payloadType,
      // cosign looks keys up by a keyid that is not empty, and finds none.
      signatures: [{ sig: signature.toString("base64"), keyid: "" }],
    },
  };
  return new TextEncoder().encode(JSON.stringify(bundle));
}

/**
 * signedBy tells whether a bundle holds a signature by this key for this manifest: signature, statement and subject. It asks for no log and
 * no time stamp, and what is no such bundle is `false`: it finds one's own signatures and is no policy.
 */
export function signedBy(bundle: Uint8Array, descriptor: Pick<Descriptor, "digest">, publicKey: KeyObject): boolean {
  const envelope = envelopeIn(bundle);
  if (envelope === undefined) return false;
  const { payload, signature } = envelope;
  const encoded = preAuthenticationEncoding(payloadType, payload);
  return verify(hashOf(publicKey), encoded, publicKey, signature) && states(payload, descriptor);
}

const statementOf = ({ digest }: Pick<Descriptor, "digest">): unknown => ({
  _type: statementType,
  subject: [{ digest: { [algorithmOf(digest)]: encodedOf(digest) } }],
  predicateType: signaturePredicateType,
  predicate: {},
});

/** What DSSE signs: type and payload with their lengths, so that neither can be read as part of the other. */
function preAuthenticationEncoding(type: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** Ed25519 hashes by itself. */
const hashOf = ({ asymmetricKeyType }: KeyObject): string | null => (asymmetricKeyType === "ed25519" ? null : "sha256");

interface Envelope {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

function envelopeIn(bundle: Uint8Array): Envelope | undefined {
  const envelope = fieldOf(parse(bundle), "dsseEnvelope");
  const [payload, signatures] = [fieldOf(envelope, "payload"), fieldOf(envelope, "signatures")];
  if (fieldOf(envelope, "payloadType") !== payloadType || typeof payload !== "string") return undefined;
  // A bundle of this version has one signature (Sigstore's protobuf specification).
  if (!Array.isArray(signatures) || signatures.length !== 1) return undefined;
  const signature = fieldOf(signatures[0], "sig");
  if (typeof signature !== "string") return undefined;
  return { payload: Buffer.from(payload, "base64"), signature: Buffer.from(signature, "base64") };
}

function states(payload: Uint8Array, { digest }: Pick<Descriptor, "digest">): boolean {
  const statement = parse(payload);
  const subjects = fieldOf(statement, "subject");
  return (
    fieldOf(statement, "_type") === statementType &&
    fieldOf(statement, "predicateType") === signaturePredicateType &&
    Array.isArray(subjects) &&
    subjects.some((subject) => fieldOf(fieldOf(subject, "digest"), algorithmOf(digest)) === encodedOf(digest))
  );
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
