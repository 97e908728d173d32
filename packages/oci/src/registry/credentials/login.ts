import { OciError } from "../../error.ts";
import { RegistryClient, type RegistryClientOptions } from "../registry-client.ts";
import { AuthStore } from "./auth-store.ts";
import type { Credential } from "./credential.ts";

/** LoginOptions say how the registry is reached and where the credential is kept. */
export interface LoginOptions extends Omit<RegistryClientOptions, "credentials"> {
  /** Default: our own, `~/.stax/auth.json`. */
  readonly store?: AuthStore | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * login asks the registry whether it takes a credential, then stores it. False where the registry let us in without looking at it: then
 * nobody knows whether it is right. Throws `AUTH_FAILED` and stores nothing when it does not, and
 * `CREDENTIALS_INVALID` for what no registry can take.
 */
export async function login(registry: string, credential: Credential, options: LoginOptions = {}): Promise<boolean> {
  const { store = new AuthStore(), signal, ...reach } = options;
  assertUsable(credential);
  let asked = false;
  const credentials = async (): Promise<Credential> => {
    asked = true;
    return credential;
  };
  using client = new RegistryClient({ ...reach, credentials });
  await client.ping(registry, { signal });
  await store.save(registry, credential, { signal });
  return asked;
}

/** logout forgets the credential of a registry; false where none was stored. */
export async function logout(
  registry: string,
  options: { readonly store?: AuthStore | undefined } = {},
): Promise<boolean> {
  return (options.store ?? new AuthStore()).remove(registry);
}

function assertUsable(credential: Credential): void {
  const texts = credential.kind === "basic" ? [credential.username, credential.password] : [credential.token];
  const isBad = texts.some((text) => text === "" || /[\u0000-\u001f\u007f]/.test(text));
  const hasColon = credential.kind === "basic" && credential.username.includes(":");
  if (!isBad && !hasColon) return;
  const flaw = hasColon
    ? "the user name holds a colon"
    : "user name, password or token is empty or holds control characters";
  throw new OciError("CREDENTIALS_INVALID", `these credentials cannot be used: ${flaw}`);
}
