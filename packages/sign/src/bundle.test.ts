import { createHash, type KeyObject } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { digestOf } from "@stax/oci";
import { describe, expect, it } from "vitest";
import { parseKey, signedBy, signWithKey } from "./index.ts";
import { kinds, newKey } from "./keys.fixture.ts";

const descriptor = { digest: digestOf(Buffer.from("what is signed")) };
const other = { digest: digestOf(Buffer.from("something else")) };

/** Sigstore's own verifier, offline: no log, no certificates, one key. */
function sigstoreVerify(bundle: unknown, publicKey: KeyObject, hint: string): void {
  const root = TrustedRoot.fromJSON({
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [],
    certificateAuthorities: [],
    ctlogs: [],
    timestampAuthorities: [],
  });
  const material = toTrustMaterial(root, (asked) => {
    if (asked !== hint) throw new Error(`unknown key ${asked}`);
    return { publicKey, validFor: () => true };
  });
  const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 };
  new Verifier(material, thresholds).verify(toSignedEntity(bundleFromJSON(bundle)));
}

interface Json {
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string; keyid: string }[] };
  verificationMaterial: { publicKey: { hint: string } };
}

const jsonOf = (bundle: Uint8Array): Json => JSON.parse(Buffer.from(bundle).toString()) as Json;
const bytesOf = (bundle: Json): Uint8Array => Buffer.from(JSON.stringify(bundle));

/** What an attacker may change in a bundle. */
const changes: Record<string, (bundle: Json) => void> = {
  "the statement": ({ dsseEnvelope }) => {
    const text = Buffer.from(dsseEnvelope.payload, "base64").toString();
    const changed = text.replace(descriptor.digest.slice(7), other.digest.slice(7));
    dsseEnvelope.payload = Buffer.from(changed).toString("base64");
  },
  "the signature": ({ dsseEnvelope: { signatures } }) => {
    const [signature] = signatures;
    if (signature === undefined) throw new Error("a bundle has a signature");
    const bytes = Buffer.from(signature.sig, "base64");
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    signature.sig = bytes.toString("base64");
  },
  "the payload type": ({ dsseEnvelope }) => {
    dsseEnvelope.payloadType = "text/plain";
  },
};

describe.each(kinds)("a bundle signed with a key of the kind %s", (kind) => {
  const pair = newKey(kind);
  const key = parseKey(pair.pem);
  const bundle = signWithKey(descriptor, key);

  it("S05-37 is verified by Sigstore's verifier, which knows the key by its hint", () => {
    const der = pair.publicKey.export({ type: "spki", format: "der" });
    const hint = createHash("sha256").update(der).digest("base64");
    expect(() => sigstoreVerify(jsonOf(bundle), pair.publicKey, hint)).not.toThrow();
    expect(() => sigstoreVerify(jsonOf(bundle), newKey(kind).publicKey, hint)).toThrow();
  });

  it("S05-37 has an empty keyid, because cosign finds no key by another", () => {
    expect(jsonOf(bundle).dsseEnvelope.signatures.map(({ keyid }) => keyid)).toEqual([""]);
  });

  it.each(Object.keys(changes))("S05-37 verifies no longer once %s is changed", (name) => {
    const changed = jsonOf(bundle);
    changes[name]?.(changed);
    expect(() => sigstoreVerify(changed, pair.publicKey, key.hint)).toThrow();
    for (const claimed of [descriptor, other]) expect(signedBy(bytesOf(changed), claimed, pair.publicKey)).toBe(false);
  });

  it("is known by the key that made it and the manifest that it is of, and by no other", () => {
    expect(signedBy(bundle, descriptor, pair.publicKey)).toBe(true);
    expect(signedBy(bundle, other, pair.publicKey)).toBe(false);
    for (const foreign of kinds) expect(signedBy(bundle, descriptor, newKey(foreign).publicKey)).toBe(false);
  });
});

describe("signedBy", () => {
  const { publicKey } = newKey();

  it.each([
    "",
    "{",
    "null",
    "[]",
    "7",
    "{}",
    '{"dsseEnvelope":null}',
    '{"dsseEnvelope":{"payload":7,"signatures":{}}}',
  ])("takes %j for no signature", (text) => {
    expect(signedBy(Buffer.from(text), descriptor, publicKey)).toBe(false);
  });

  it("takes no bundle with a second signature: which one counts would be open", () => {
    const pair = newKey();
    const bundle = jsonOf(signWithKey(descriptor, parseKey(pair.pem)));
    bundle.dsseEnvelope.signatures.push({ sig: "AAAA", keyid: "" });
    expect(signedBy(bytesOf(bundle), descriptor, pair.publicKey)).toBe(false);
  });
});
