import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { bytesContent, type Descriptor, digestOf, LayoutStore, mediaTypes } from "@stax/oci";
import { hashSync } from "bcryptjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends, serve } from "./client.fixture.ts";

const run = promisify(execFile);

function isInstalled(tool: string): boolean {
  try {
    execFileSync(tool, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function describeWith(tool: string, body: () => void): void {
  if (isInstalled(tool)) describe(tool, body);
  else describe.skip(`${tool} (skipped: it is not installed; apt-get install ${tool})`, body);
}

/** A layout with one image under the tag `v1`; its manifest's digest. */
async function writeImage(path: string): Promise<Descriptor> {
  const store = await LayoutStore.open(path, { create: true });
  const tar = Buffer.alloc(10_240);
  const layer = await store.ingest(bytesContent(gzipSync(tar)), "application/vnd.oci.image.layer.v1.tar+gzip");
  const config = await store.ingest(
    bytesContent(
      Buffer.from(
        JSON.stringify({
          architecture: "amd64",
          os: "linux",
          config: {},
          rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
        }),
      ),
    ),
    mediaTypes.config,
  );
  const manifest = await store.ingest(
    bytesContent(
      Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] })),
    ),
    mediaTypes.manifest,
  );
  await store.tag(manifest, "v1");
  return manifest;
}

describeWith("skopeo", () => {
  let scratch: string;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "stax-skopeo-"));
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  // Its cache of where blobs are must not outlive a test.
  const skopeo = (...args: string[]) =>
    run("skopeo", ["--insecure-policy", ...args], { env: { ...process.env, HOME: scratch } });

  it.each(backends)("X-17 pushes to and pulls from %s: the digest stays, the layout is readable", async (backend) => {
    await using served = await serve(backend);
    const host = new URL(served.client.url).host;
    const source = join(scratch, `source-${backend}`.replaceAll(" ", "-"));
    const manifest = await writeImage(source);
    const remote = `docker://${host}/team/agent`;
    await skopeo("copy", "--dest-tls-verify=false", `oci:${source}:v1`, `${remote}:1.0.0`);
    await skopeo(
      "copy",
      "--src-tls-verify=false",
      "--dest-tls-verify=false",
      `${remote}:1.0.0`,
      `docker://${host}/other/name:2`,
    );
    const { stdout } = await skopeo("inspect", "--tls-verify=false", `${remote}:1.0.0`);
    expect(JSON.parse(stdout)).toMatchObject({ Digest: manifest.digest, RepoTags: ["1.0.0"] });
    const target = join(scratch, `target-${backend}`.replaceAll(" ", "-"));
    await skopeo("copy", "--src-tls-verify=false", `docker://${host}/other/name:2`, `oci:${target}:back`);
    expect((await (await LayoutStore.open(target)).resolve("back")).digest).toBe(manifest.digest);
    await skopeo("delete", "--tls-verify=false", `docker://${host}/other/name:2`);
    await expect(skopeo("inspect", "--tls-verify=false", `docker://${host}/other/name:2`)).rejects.toThrow();
  });

  it("reads what was pushed straight from the directory", async () => {
    await using served = await serve("a directory");
    const source = join(scratch, "source-direct");
    const manifest = await writeImage(source);
    await skopeo(
      "copy",
      "--dest-tls-verify=false",
      `oci:${source}:v1`,
      `docker://${new URL(served.client.url).host}/team/agent:1.0.0`,
    );
    const { stdout } = await skopeo("inspect", `oci:${join(served.root, "team/agent")}:1.0.0`);
    expect(JSON.parse(stdout)).toMatchObject({ Digest: manifest.digest });
  });

  it("authenticates with name and password", async () => {
    await using served = await serve("memory", { htpasswd: `alice:${hashSync("s3cr3t:pw", 5)}` });
    const source = join(scratch, "source-auth");
    await writeImage(source);
    const remote = `docker://${new URL(served.client.url).host}/team/agent:1.0.0`;
    const copy = (credentials: string) =>
      skopeo("copy", "--dest-tls-verify=false", `--dest-creds=${credentials}`, `oci:${source}:v1`, remote);
    await expect(copy("alice:wrong")).rejects.toThrow(/unauthorized|authentication required/i);
    await copy("alice:s3cr3t:pw");
  });
});

describeWith("curl", () => {
  it("uploads with Expect: 100-continue and continues a download", async () => {
    await using served = await serve("a directory");
    const scratch = await mkdtemp(join(tmpdir(), "stax-curl-"));
    const bytes = randomBytes(5_000_000);
    const file = join(scratch, "blob");
    await writeFile(file, bytes);
    const digest = digestOf(bytes);
    const url = `${served.client.url}/v2/team/agent/blobs`;
    const { stdout } = await run("curl", [
      ...["-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Expect: 100-continue", "--data-binary", `@${file}`],
      `${url}/uploads/?digest=${digest}`,
    ]);
    expect(stdout).toBe("201");
    const part = join(scratch, "part");
    await writeFile(part, bytes.subarray(0, 1_234_567));
    await run("curl", ["-sS", "-f", "-C", "-", "-o", part, `${url}/${digest}`]);
    const { stdout: sum } = await run("sha256sum", [part]);
    expect(`sha256:${sum.slice(0, 64)}`).toBe(digest);
    await rm(scratch, { recursive: true, force: true });
  });
});
