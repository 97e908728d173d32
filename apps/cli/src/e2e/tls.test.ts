import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { createRegistry, MemoryStorage } from "@stax/registry";
import { describe, expect, it, onTestFinished } from "vitest";
import { agentFiles, write } from "./project.fixture.ts";
import { stax, staxJson, temporaryDirectory } from "./run-stax.fixture.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

/** A registry that speaks TLS with a certificate of its own making. */
async function serveTls(cwd: string): Promise<{ reference: string; certificate: string }> {
  const [key, certificate] = [join(cwd, "key.pem"), join(cwd, "cert.pem")];
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...made, "-keyout", key, "-out", certificate, ...subject], {
    stdio: "ignore",
  });
  const registry = createRegistry({ storage: new MemoryStorage() });
  const tls = { key: readFileSync(key), cert: readFileSync(certificate) };
  const server = createServer(tls, (request, response) => registry.handler(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return { reference: `127.0.0.1:${typeof address === "object" ? address?.port : ""}/acme/helper:1.2.3`, certificate };
}

describe.skipIf(!hasOpenssl)("TLS (skipped where there is no openssl to make a certificate)", () => {
  it("trusts a certificate by --ca-file and SSL_CERT_FILE, any by --insecure-skip-tls-verify, none without", async () => {
    const cwd = write(temporaryDirectory(), { ...agentFiles(), ".git/HEAD": "" });
    await stax(["build"], { cwd });
    const { reference, certificate } = await serveTls(cwd);
    // Loopback is spoken to in plain HTTP unless that is said.
    const push = ["push", reference, "--plain-http=false"];
    const refused = await staxJson(push, { cwd });
    expect(refused).toMatchObject({ code: 3, json: { error: { category: "registry" } } });
    expect((await stax([...push, "--ca-file", "cert.pem"], { cwd })).code).toBe(0);
    expect((await stax([...push], { cwd, env: { SSL_CERT_FILE: certificate } })).code).toBe(0);
    expect((await stax([...push, "--insecure-skip-tls-verify"], { cwd })).code).toBe(0);
    const missing = await stax([...push, "--ca-file", "nowhere.pem"], { cwd });
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("nowhere.pem") });
  });
});
