/** Credential is a secret for one registry. */
export type Credential =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  /** A refresh token that a token server exchanges (Docker: `identitytoken`). */
  | { readonly kind: "identity"; readonly token: string }
  /** A token that the registry itself takes (Docker: `registrytoken`). */
  | { readonly kind: "registry"; readonly token: string };

/** CredentialQuery asks for the credential of a repository; without a repository for that of the registry. */
export interface CredentialQuery {
  readonly registry: string;
  readonly repository?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** CredentialSource finds the credential for a registry; undefined where it knows none: then requests are anonymous. */
export type CredentialSource = (query: CredentialQuery) => Promise<Credential | undefined>;

/** secretsOf lists what of a credential must never be shown. */
export function secretsOf(credential: Credential | undefined): readonly string[] {
  if (credential === undefined) return [];
  if (credential.kind !== "basic") return [credential.token];
  return [credential.password, basicOf(credential)];
}

/** basicOf is the value of Basic authentication (RFC 7617). */
export function basicOf({ username, password }: { readonly username: string; readonly password: string }): string {
  return Buffer.from(`${username}:${password}`).toString("base64");
}
