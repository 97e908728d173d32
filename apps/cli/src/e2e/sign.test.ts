import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fetchBytes, fetchManifest, RegistryClient } from "@stax/oci";
import { fail, withoutReferrers } from "@stax/registry/faults";
import { describe, expect, it } from "vitest";
import { agentFiles, packageFiles, personaFiles } from "./project.fixture.ts";
import { type Bench, built, startBench } from "./registry.fixture.ts";

const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";

const newKey = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), publicKey };
};

function keyFile({ cwd }: Bench, pem: string, name = "stax.key"): string {
  writeFileSync(join(cwd, name), pem, { mode: 0o600 });
  return name;
}

/** What a signature in the registry says, read and verified without anything of ours that signs. */
async function signatureIn(host: string, name: string, digest: string, publicKey: KeyObject) {
  using client = new RegistryClient();
  const repository = client.repository({ registry: host, repository: name });
  const referrer = await fetchManifest(repository, await repository.resolve(digest));
  if (referrer.kind !== "manifest") throw new Error("a signature is no index");
  const { artifactType, subject, annotations, layers } = referrer.manifest;
  const [layer] = layers;
  if (layer === undefined) throw new Error("a signature has a layer");
  const bundle = JSON.parse(Buffer.from(await fetchBytes(repository, layer)).toString());
  const { payload, payloadType, signatures } = bundle.dsseEnvelope;
  const body = Buffer.from(payload, "base64");
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `), body]);
  const isValid = (bytes: Buffer) => verify("sha256", bytes, publicKey, Buffer.from(signatures[0].sig, "base64"));
  const tampered = Buffer.from(signed.toString().replace(/"sha256":"./, '"sha256":"x'));
  return {
    artifactType,
    subject: subject?.digest,
    annotations,
    bundleType: layer.mediaType,
    keyid: signatures[0].keyid,
    statement: JSON.parse(body.toString()),
    valid: isValid(signed),
    tampered: isValid(tampered),
  };
}

async function referrersOf(host: string, name: string, digest: string): Promise<string[]> {
  using client = new RegistryClient();
  const repository = client.repository({ registry: host, repository: name });
  return (await repository.predecessors(await repository.resolve(digest))).map((found) => found.digest);
}

describe("stax push --sign", () => {
  it("S05-37 signs a release whose manifest pins its packages by stax.lock, and the signature is over that manifest", async () => {
    const bench = await built({ ...packageFiles, ...agentFiles({ packages: ["./team"] }) });
    const { json, host } = bench;
    const { pem, publicKey } = newKey();
    const reference = `${host}/acme/helper:1.2.3`;
    const pushed = await json(["push", reference, "--sign", "--key", keyFile(bench, pem)]);
    expect({ code: pushed.code, stderr: pushed.stderr }).toEqual({ code: 0, stderr: "" });
    const { digest } = pushed.json.data.artifacts[0];
    const [signature, ...further] = pushed.json.data.signatures;
    expect(further).toEqual([]);
    expect(signature).toMatchObject({ subject: digest, kept: false });
    const annotations = (await json(["inspect", reference])).json.data.annotations;
    expect(annotations["dev.stax.lock.digest"]).toMatch(/^sha256:[a-f0-9]{64}$/);
    const listed = (await json(["referrers", reference])).json.data.referrers;
    expect(listed).toMatchObject([{ artifactType: bundleType, digest: signature.digest }]);
    expect(await signatureIn(host, "acme/helper", signature.digest, publicKey)).toEqual({
      artifactType: bundleType,
      bundleType,
      subject: digest,
      annotations: {
        "dev.sigstore.bundle.content": "dsse-envelope",
        "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1",
        "org.opencontainers.image.created": expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
      keyid: "",
      statement: {
        _type: "https://in-toto.io/Statement/v1",
        subject: [{ digest: { sha256: digest.slice(7) } }],
        predicateType: "https://sigstore.dev/cosign/sign/v1",
        predicate: {},
      },
      valid: true,
      tampered: false,
    });
  });

  it("S05-37 signs with a key from the environment, tells nothing of it, and signs once with each key", async () => {
    const { run, json, host } = await built();
    const [ours, other] = [newKey().pem, newKey().pem];
    const line = ["push", `${host}/acme/helper:1.2.3`, "--sign", "--key", "env://RELEASE"];
    const first = await json(line, { env: { RELEASE: ours } });
    const again = await json(line, { env: { RELEASE: ours } });
    expect(again.json.data.signatures).toEqual([{ ...first.json.data.signatures[0], kept: true }]);
    const second = await run([...line, "--verbose"], { env: { RELEASE: other } });
    expect(second.code).toBe(0);
    expect(second.stdout).toContain(" signed: sha256:");
    for (const text of other.split("\n").filter((part) => part !== "" && !part.startsWith("-----")))
      expect(second.stdout + second.stderr).not.toContain(text);
    const listed = (await json(["referrers", `${host}/acme/helper:1.2.3`])).json.data.referrers;
    expect(listed).toHaveLength(2);
  });

  it("S05-37 signs every persona and the index over them, and copy and push --referrers take signatures along", async () => {
    const bench = await built({ ...agentFiles(), ...personaFiles }, "--all-personas", "--index");
    const { run, json, host } = bench;
    const key = keyFile(bench, newKey().pem);
    const line = ["push", `${host}/acme/helper:1.2.3`, "--all-personas", "--index", "--sign", "--key", key];
    const { data } = (await json(line)).json;
    const digestsOf = (list: { digest: string }[]) => list.map(({ digest }) => digest);
    expect(data.signatures.map(({ subject }: { subject: string }) => subject)).toEqual(digestsOf(data.artifacts));
    const alone = ["push", `${host}/alone/helper:1`, "--from", "helper:1.2.3-personas", "--sign", "--key", key];
    expect((await json(alone)).json.data.signatures).toHaveLength(3);
    for (const { subject, digest } of data.signatures)
      expect(await referrersOf(host, "acme/helper", subject)).toEqual([digest]);
    const [{ subject, digest }] = data.signatures;
    await run(["copy", `${host}/acme/helper:1.2.3-ann`, "oci:./kept:1"]);
    await run(["push", `${host}/mirror/helper:1`, "--from", "oci:./kept:1", "--referrers"]);
    expect(await referrersOf(host, "mirror/helper", subject)).toEqual([digest]);
  });

  it("S05-37 puts the signature under the fallback tag where a registry has no referrers API, and finds it there", async () => {
    const bench = await startBench(agentFiles(), { faults: withoutReferrers() });
    const { run, json, host } = bench;
    await run(["build"]);
    const line = ["push", `${host}/acme/helper:1.2.3`, "--sign", "--key", keyFile(bench, newKey().pem)];
    const { artifacts, signatures } = (await json(line)).json.data;
    const { tags } = (await json(["tags", `${host}/acme/helper`, "--all"])).json.data;
    expect(tags).toContain(artifacts[0].digest.replace(":", "-"));
    expect(await referrersOf(host, "acme/helper", artifacts[0].digest)).toEqual([signatures[0].digest]);
    expect((await json(line)).json.data.signatures).toEqual([{ ...signatures[0], kept: true }]);
  });

  it("S05-37 says what is pushed and not signed where the registry fails in between, and the same command signs it", async () => {
    const byDigest = { kind: "manifest", method: "PUT", url: /\/manifests\/sha256:/ } as const;
    // The artifact itself goes first.
    const faults = [{ when: byDigest, action: fail(403, "DENIED"), skip: 1, times: 1 }];
    const bench = await startBench(agentFiles(), { faults });
    const { run, json, host } = bench;
    await run(["build"]);
    const line = ["push", `${host}/acme/helper:1.2.3`, "--sign", "--key", keyFile(bench, newKey().pem)];
    const refused = await run(line);
    expect(refused).toMatchObject({ code: 3, stdout: "" });
    expect(refused.stderr).toContain(`${host}/acme/helper:1.2.3 is pushed, but not all of it is signed`);
    expect((await json(line)).json.data.signatures).toMatchObject([{ kept: false }]);
  });

  it("refuses keys that are none before anything leaves, with what to do", async () => {
    const bench = await built();
    const { json, run, host, log, cwd } = bench;
    const reference = `${host}/acme/helper:1.2.3`;
    const { pem } = newKey();
    keyFile(bench, createPublicKey(pem).export({ type: "spki", format: "pem" }).toString(), "public.pem");
    const cases: [string[], string, string][] = [
      [["--sign"], "FLAG_VALUE", "openssl genpkey"],
      [["--key", "stax.key"], "FLAG_VALUE", ""],
      [["--sign", "--key", "nowhere.pem"], "KEY_NOT_FOUND", "env://NAME"],
      [["--sign", "--key", "env://NOWHERE"], "KEY_NOT_FOUND", "PEM"],
      [["--sign", "--key", "public.pem"], "KEY_INVALID", "private key"],
    ];
    log();
    for (const [flags, code, hint] of cases) {
      const refused = await json(["push", reference, ...flags]);
      expect(refused).toMatchObject({ code: 1, json: { error: { code: `ERR_STAX_${code}`, category: "usage" } } });
      expect(refused.json.error?.hint ?? "").toContain(hint);
    }
    expect(log()).toEqual([]);
    keyFile(bench, pem);
    chmodSync(join(cwd, "stax.key"), 0o644);
    const warned = await run(["push", reference, "--sign", "--key", "stax.key"]);
    expect(warned).toMatchObject({ code: 0, stderr: expect.stringContaining("[key-readable-by-all]") });
  });
});
