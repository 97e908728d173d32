// Starts real registries on loopback with configurations of their own, and stops them by their process.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { programOf } from "./tools.fixture.ts";

/** Server is a registry that runs. */
export interface Server extends AsyncDisposable {
  /** Host and port as a reference names them. */
  readonly host: string;
}

/** Certificates are a CA of our own and a server's certificate for localhost; paths of PEM files. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface DockerRegistryOptions {
  /** Where it keeps configuration and data. */
  readonly directory: string;
  /** Data of another one, in place of its own. */
  readonly data?: string;
  readonly tls?: Certificates;
  readonly htpasswd?: Readonly<Record<string, string>>;
  readonly tokens?: { readonly realm: string; readonly certificate: string };
  readonly readOnly?: boolean;
  /** Blobs are served from this origin (307). */
  readonly redirect?: string;
}

let count = 0;

/** startDockerRegistry starts Debian's docker-registry. */
export async function startDockerRegistry(options: DockerRegistryOptions): Promise<Server> {
  const { tls } = options;
  const home = join(options.directory, `registry-${count++}`);
  mkdirSync(home, { recursive: true });
  const port = await freePort();
  const config = join(home, "config.json");
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(configOf(options, home, port)));
  const child = spawn(programOf("docker-registry"), ["serve", config], { stdio: "ignore" });
  return running(child, `${tls === undefined ? "127.0.0.1" : "localhost"}:${port}`, port);
}

function configOf(options: DockerRegistryOptions, home: string, port: number): object {
  const { data = join(home, "data"), tls, htpasswd, tokens, readOnly, redirect } = options;
  const maintenance = { uploadpurging: { enabled: false }, ...(readOnly === true && { readonly: { enabled: true } }) };
  return {
    version: 0.1,
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: data }, delete: { enabled: true }, maintenance },
    http: { addr: `127.0.0.1:${port}`, ...(tls !== undefined && { tls: { certificate: tls.cert, key: tls.key } }) },
    ...(htpasswd !== undefined && { auth: { htpasswd: { realm: "stax-test", path: writeHtpasswd(home, htpasswd) } } }),
    ...(tokens !== undefined && {
      auth: {
        token: {
          realm: tokens.realm,
          service: "stax-registry",
          issuer: "stax-token",
          rootcertbundle: tokens.certificate,
        },
      },
    }),
    ...(redirect !== undefined && { middleware: { storage: [{ name: "redirect", options: { baseurl: redirect } }] } }),
  };
}

function writeHtpasswd(home: string, users: Readonly<Record<string, string>>): string {
  const path = join(home, "htpasswd");
  const lines = Object.entries(users).map(([name, password]) =>
    execFileSync(programOf("htpasswd"), ["-Bbn", name, password], { encoding: "utf8" }).trim(),
  );
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

/** startOlareg starts a registry with the referrers API. */
export async function startOlareg(directory: string): Promise<Server> {
  const port = await freePort();
  const args = [
    "serve",
    "--dir",
    directory,
    "--addr",
    "127.0.0.1",
    "--port",
    String(port),
    "--store-type",
    "mem",
    "--api-delete",
  ];
  return running(spawn(programOf("olareg"), args, { stdio: "ignore" }), `127.0.0.1:${port}`, port);
}

/** makeCertificates makes a CA and a certificate for localhost. */
export function makeCertificates(directory: string): Certificates {
  const openssl = (...args: string[]) => execFileSync(programOf("openssl"), args, { cwd: directory, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=stax test CA");
  openssl("req", ...key, "-keyout", "srv.key", "-out", "srv.csr", "-subj", "/CN=localhost");
  writeFileSync(join(directory, "ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1");
  openssl(
    "x509",
    "-req",
    "-in",
    "srv.csr",
    "-CA",
    "ca.crt",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-days",
    "2",
    "-out",
    "srv.crt",
    "-extfile",
    "ext",
  );
  const path = (name: string) => join(directory, name);
  return { ca: path("ca.crt"), cert: path("srv.crt"), key: path("srv.key") };
}

/**
 * freePort is a port that nobody listens at. Below those that the system gives out, so that no connection and no other server takes it
 * before it is used; at random, so that tests that run at once rarely try the same.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(12_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error("there is no free port between 12000 and 32000");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

async function running(child: ChildProcess, host: string, port: number): Promise<Server> {
  const ended = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${child.spawnfile} ended with ${code}`)));
  });
  ended.catch(() => undefined);
  await Promise.race([ended, listening(port)]);
  return {
    host,
    [Symbol.asyncDispose]: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      if (child.kill("SIGKILL")) await gone;
    },
  };
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nothing listens at port ${port}`);
}
