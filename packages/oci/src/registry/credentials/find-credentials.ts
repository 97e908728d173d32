import { homedir } from "node:os";
import { join } from "node:path";
import { OciError } from "../../error.ts";
import { configDirectory } from "./auth-store.ts";
import { type AuthsFile, findInFile, readAuthsFile } from "./auths-file.ts";
import type { Credential, CredentialQuery, CredentialSource } from "./credential.ts";
import { isSameRegistry } from "./registry-key.ts";

/** CredentialOptions say where credentials are looked for. */
export interface CredentialOptions {
  /** What the user gave for one registry; nobody else gets it. */
  readonly explicit?: { readonly registry: string; readonly credential: Credential } | undefined;
  /** A file in Docker's shape that goes before all others; it must be there. */
  readonly registryConfig?: string | undefined;
  /** Default `process.env`: `STAX_…`, `DOCKER_CONFIG`, `REGISTRY_AUTH_FILE`, `XDG_RUNTIME_DIR`, `HOME`. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/**
 * createCredentials makes the source of credentials that every command uses. First found wins: `explicit`; `STAX_USERNAME` and
 * `STAX_PASSWORD` for the host in `STAX_REGISTRY`; `registryConfig`; our own store; Docker's `config.json` with its helpers;
 * Podman's `auth.json`. Every file is read once. The source throws `CREDENTIALS_INVALID`, `CREDENTIAL_HELPER_FAILED`.
 */
export function createCredentials(options: CredentialOptions = {}): CredentialSource {
  const { env = process.env, explicit, registryConfig } = options;
  const files = new Map<string, Promise<AuthsFile | undefined>>();
  const read = (path: string): Promise<AuthsFile | undefined> => {
    const known = files.get(path) ?? readAuthsFile(path);
    files.set(path, known);
    return known;
  };
  return async (query) => {
    if (explicit !== undefined && isSameRegistry(explicit.registry, query.registry)) return explicit.credential;
    const given = fromEnvironment(query, env);
    if (given !== undefined) return given;
    for (const path of pathsOf(registryConfig, env)) {
      const file = await read(path);
      if (file === undefined && path === registryConfig) throw missing(path);
      const found = file === undefined ? undefined : await findInFile(file, query, env);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function fromEnvironment({ registry }: CredentialQuery, env: NodeJS.ProcessEnv): Credential | undefined {
  const { STAX_REGISTRY: host, STAX_USERNAME: username, STAX_PASSWORD: password } = env;
  if (!host || username === undefined || password === undefined || !isSameRegistry(host, registry)) return undefined;
  return { kind: "basic", username, password };
}

function pathsOf(registryConfig: string | undefined, env: NodeJS.ProcessEnv): readonly string[] {
  const home = env.HOME || homedir();
  const docker = join(env.DOCKER_CONFIG || join(home, ".docker"), "config.json");
  const podman = env.REGISTRY_AUTH_FILE
    ? [env.REGISTRY_AUTH_FILE]
    : [
        ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, "containers/auth.json")] : []),
        join(env.XDG_CONFIG_HOME || join(home, ".config"), "containers/auth.json"),
      ];
  return [
    ...(registryConfig === undefined ? [] : [registryConfig]),
    join(configDirectory(env), "auth.json"),
    docker,
    ...podman,
  ];
}

const missing = (path: string): OciError =>
  new OciError("CREDENTIALS_INVALID", `there is no file ${path} with credentials`, { hint: "check --registry-config" });
