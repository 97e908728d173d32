import { randomUUID } from "node:crypto";
import { chmod, open, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { withLock } from "../../file-lock.ts";
import { inStore, makeDirectories } from "../../file-system.ts";
import { isJsonObject, type JsonObject } from "../../strict-json.ts";
import { isDockerHub } from "../http/endpoint.ts";
import { readAuthsFile } from "./auths-file.ts";
import { basicOf, type Credential } from "./credential.ts";
import { dockerHubKey, isSameRegistry } from "./registry-key.ts";

/** configDirectory is where our own files are: `STAX_CONFIG_DIR`, or `~/.stax`. */
export function configDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env.STAX_CONFIG_DIR || join(env.HOME || homedir(), ".stax");
}

/**
 * AuthStore is our own file of credentials, `auth.json` in Docker's shape: readable by its owner only (0600 in a directory 0700),
 * replaced at once, changed under a lock.
 */
export class AuthStore {
  readonly path: string;
  readonly #shared: boolean;

  /** `shared`: its directory holds other things, too, and keeps the permissions that it has. */
  constructor(path: string = join(configDirectory(), "auth.json"), options: { readonly shared?: boolean } = {}) {
    this.path = path;
    this.#shared = options.shared ?? false;
  }

  /** save stores the credential of a registry, in place of an older one. Throws `STORE_IO`, `CREDENTIALS_INVALID`. */
  async save(
    registry: string,
    credential: Credential,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    const key = isDockerHub(registry) ? dockerHubKey : registry;
    await this.#change((auths) => ({ ...without(auths, registry), [key]: entryOf(credential) }), options);
  }

  /** remove forgets the credential of a registry; false where there was none. */
  async remove(registry: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<boolean> {
    const file = await readAuthsFile(this.path);
    if (file === undefined) return false;
    let removed = false;
    await this.#change((auths) => {
      const rest = without(auths, registry);
      removed = Object.keys(rest).length < Object.keys(auths).length;
      return rest;
    }, options);
    return removed;
  }

  async #change(
    change: (auths: JsonObject) => JsonObject,
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    const directory = dirname(this.path);
    await prepare(directory, this.#shared);
    const lock = { path: join(directory, ".auth.lock"), staging: directory };
    await withLock(
      lock,
      async () => {
        const content = (await readAuthsFile(this.path))?.content ?? {};
        const auths = isJsonObject(content.auths) ? content.auths : {};
        await this.#write(`${JSON.stringify({ ...content, auths: change(auths) }, undefined, 2)}\n`);
      },
      options,
    );
  }

  async #write(text: string): Promise<void> {
    const temp = join(dirname(this.path), `.auth.${randomUUID()}`);
    await inStore(`write ${this.path}`, async () => {
      try {
        const handle = await open(temp, "wx", 0o600);
        try {
          await handle.writeFile(text);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(temp, this.path);
      } catch (error) {
        await rm(temp, { force: true });
        throw error;
      }
    });
  }
}

/** A directory that others may look into is closed to them: it holds secrets from now on. */
async function prepare(directory: string, shared: boolean): Promise<void> {
  await inStore(`create ${directory}`, async () => {
    await makeDirectories(directory, 0o700);
    if (shared) return;
    const { mode } = await stat(directory);
    if ((mode & 0o077) !== 0 && process.platform !== "win32") await chmod(directory, 0o700);
  });
}

function without(auths: JsonObject, registry: string): JsonObject {
  return Object.fromEntries(Object.entries(auths).filter(([key]) => !isKeyOf(key, registry)));
}

const isKeyOf = (key: string, registry: string): boolean =>
  isSameRegistry(key.replace(/^https?:\/\//, "").replace(/\/(?:v[12]\/?)?$/, ""), registry);

function entryOf(credential: Credential): JsonObject {
  if (credential.kind === "identity") return { identitytoken: credential.token };
  if (credential.kind === "registry") return { registrytoken: credential.token };
  return { auth: basicOf(credential) };
}
