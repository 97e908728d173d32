import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { digestOf, packManifest, RegistryClient } from "@stax/oci";
import { createFaultyRegistry, withoutReferrers } from "@stax/registry/faults";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attachSignature, parseKey, signaturePredicateType, signWithKey } from "./index.ts";
import { kinds, newKey } from "./keys.fixture.ts";

const run = promisify(execFile);
const program = process.env.STAX_COSIGN_PROGRAM ?? "cosign";
const { stdout: about } = spawnSync(program, ["version"], { encoding: "utf8" });
const major = Number(/GitVersion:\s+v?(\d+)/.exec(about ?? "")?.[1] ?? 0);
const isThere = major > 0;
const manifest = '{"schemaVersion":2}';
const emptyRoot = {
  mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
  tlogs: [],
  certificateAuthorities: [],
  ctlogs: [],
  timestampAuthorities: [],
};

const title = isThere
  ? "cosign"
  : "cosign (skipped: it is not installed; Debian 13 has it, or go install it and name it with STAX_COSIGN_PROGRAM)";

describe.skipIf(!isThere)(title, () => {
  let directory = "";
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "stax-cosign-"));
    await writeFile(join(directory, "root.json"), JSON.stringify(emptyRoot));
    await writeFile(join(directory, "manifest.json"), manifest);
    await writeFile(join(directory, "other.json"), "{}");
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const cosign = (line: readonly string[]) =>
    run(program, [...line], { cwd: directory, env: { PATH: process.env.PATH, HOME: directory } });
  /** No network: an empty root of trust, and no log. */
  const offline = ["--new-bundle-format", "--insecure-ignore-tlog", "--trusted-root", "root.json"];

  it.each(kinds)("S05-37 accepts a signature by %s for the manifest, and for nothing else", async (kind) => {
    const { pem, publicPem } = newKey(kind);
    const bundle = signWithKey({ digest: digestOf(Buffer.from(manifest)) }, parseKey(pem));
    await writeFile(join(directory, "bundle.json"), bundle);
    await writeFile(join(directory, "key.pub"), publicPem);
    await writeFile(join(directory, "wrong.pub"), newKey(kind).publicPem);
    const verify = (key: string, file: string) =>
      cosign([
        ...["verify-blob-attestation", "--key", key, "--bundle", "bundle.json", ...offline],
        ...["--type", signaturePredicateType, file],
      ]);
    expect((await verify("key.pub", "manifest.json")).stderr).toContain("Verified OK");
    await expect(verify("key.pub", "other.json")).rejects.toThrow();
    await expect(verify("wrong.pub", "manifest.json")).rejects.toThrow();
  });

  it.each([
    ["with the referrers API", []],
    ["without it", withoutReferrers()],
  ])("S05-37 finds and accepts a signature that is attached in a registry %s", async (_what, faults) => {
    await using registry = await createFaultyRegistry({ faults });
    using client = new RegistryClient();
    const repository = client.repository({ registry: registry.host, repository: "team/notes" });
    const subject = await packManifest(repository, { artifactType: "application/vnd.example.notes" });
    const { pem, publicPem } = newKey();
    await attachSignature(repository, subject, signWithKey(subject, parseKey(pem)));
    await writeFile(join(directory, "attached.pub"), publicPem);
    await writeFile(join(directory, "unattached.pub"), newKey().publicPem);
    const verify = (key: string) =>
      cosign([
        ...["verify-attestation", "--key", key, "--allow-http-registry", ...offline],
        ...["--type", signaturePredicateType, `${registry.host}/team/notes@${subject.digest}`],
      ]);
    expect((await verify("attached.pub")).stderr).toContain(
      "signatures were verified against the specified public key",
    );
    await expect(verify("unattached.pub")).rejects.toThrow();
  });

  it.skipIf(major < 3)(
    "S05-37 verifies what is attached by cosign verify (skipped: cosign 2 reads no bundles there)",
    async () => {
      await using registry = await createFaultyRegistry();
      using client = new RegistryClient();
      const repository = client.repository({ registry: registry.host, repository: "team/notes" });
      const subject = await packManifest(repository, { artifactType: "application/vnd.example.notes" });
      const { pem, publicPem } = newKey();
      await attachSignature(repository, subject, signWithKey(subject, parseKey(pem)));
      await repository.tag(subject, "1.0");
      await writeFile(join(directory, "three.pub"), publicPem);
      await writeFile(join(directory, "four.pub"), newKey().publicPem);
      const verify = (key: string) =>
        cosign([
          ...["verify", "--key", key, "--insecure-ignore-tlog", "--trusted-root", "root.json", "--allow-http-registry"],
          `${registry.host}/team/notes:1.0`,
        ]);
      const { stderr } = await verify("three.pub");
      expect(stderr).toContain("signatures were verified against the specified public key");
      await expect(verify("four.pub")).rejects.toThrow();
    },
  );
});
