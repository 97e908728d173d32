import { basicOf, type Credential, secretsOf } from "../credentials/credential.ts";
import { headerOf, type WireResponse } from "../http/exchange.ts";
import { parseChallenges } from "./challenge.ts";
import { parseRealm } from "./realm.ts";
import { covers, mergeScopes, parseScopes } from "./scope.ts";
import type { Token, TokenQuery } from "./token.ts";

/** AuthorizerOptions say for whom and how tokens are got. */
export interface AuthorizerOptions {
  /** The API of the registry. */
  readonly base: URL;
  /** Looked up once, when the registry first asks. */
  readonly credential: () => Promise<Credential | undefined>;
  readonly fetchToken: (query: TokenQuery) => Promise<Token>;
  /** Shared by all repositories of a registry, so that only the first one is turned away. */
  readonly door: Door;
}

/** Door is how a registry wants to be asked, as far as it has said. */
export interface Door {
  scheme?: Scheme;
}

interface HeldToken extends Token {
  readonly scopes: readonly string[];
  /** On the clock of `performance.now`, in milliseconds. */
  readonly expires: number;
}

/** Scheme is Basic, or Bearer with the token server to go to. */
export type Scheme =
  | { readonly kind: "basic" }
  | { readonly kind: "bearer"; readonly realm: URL; readonly service: string | undefined };

/** Authorizer answers the challenges of one registry on behalf of one repository, and holds its tokens. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #tokens = new Map<string, HeldToken>();
  readonly #pending = new Map<string, Promise<HeldToken>>();
  /** What a challenge asked for beyond what we would ask for ourselves. */
  readonly #extra = new Map<string, readonly string[]>();
  #credential: Promise<Credential | undefined> | undefined;
  #known: Credential | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  get hasCredential(): boolean {
    return this.#known !== undefined;
  }

  /** Everything that must not be shown. */
  *secrets(): Iterable<string> {
    yield* secretsOf(this.#known);
    for (const { value } of this.#tokens.values()) yield value;
  }

  /** authorization is the header for a request; undefined while the registry has not asked for one, or for nobody. */
  async authorization(scopes: readonly string[]): Promise<string | undefined> {
    const scheme = this.#options.door.scheme;
    if (scheme === undefined) return undefined;
    const credential = await this.#lookup();
    if (credential?.kind === "registry") return `Bearer ${credential.token}`;
    if (scheme.kind === "basic") return credential?.kind === "basic" ? `Basic ${basicOf(credential)}` : undefined;
    return `Bearer ${(await this.#tokenFor(scheme, this.#wanted(scopes))).value}`;
  }

  /**
   * challenged learns from a 401 and tells whether to ask again. `sent` is what the refused request carried; `isLast` when it was
   * already asked again. Throws `REALM_REFUSED` and what the token server's failure throws.
   */
  async challenged(response: WireResponse, scopes: readonly string[], sent: string | undefined): Promise<boolean> {
    const offered = parseChallenges(headerOf(response, "www-authenticate"));
    const bearer = offered.find(({ scheme, parameters }) => scheme === "bearer" && parameters.has("realm"));
    if (bearer !== undefined) {
      const realm = parseRealm(bearer.parameters.get("realm") ?? "", this.#options.base);
      this.#options.door.scheme = { kind: "bearer", realm, service: bearer.parameters.get("service") };
      this.#extra.set(keyOf(scopes), parseScopes(bearer.parameters.get("scope")));
      this.#forget(sent);
      const credential = await this.#lookup();
      return credential?.kind !== "registry" || sent === undefined;
    }
    if (!offered.some(({ scheme }) => scheme === "basic")) return false;
    this.#options.door.scheme = { kind: "basic" };
    const next = await this.authorization(scopes);
    return next !== undefined && next !== sent;
  }

  #lookup(): Promise<Credential | undefined> {
    this.#credential ??= this.#options.credential().then((credential) => {
      this.#known = credential;
      return credential;
    });
    return this.#credential;
  }

  #wanted(scopes: readonly string[]): readonly string[] {
    return mergeScopes([...scopes, ...(this.#extra.get(keyOf(scopes)) ?? [])]);
  }

  async #tokenFor(scheme: Extract<Scheme, { kind: "bearer" }>, scopes: readonly string[]): Promise<HeldToken> {
    for (const held of this.#tokens.values()) {
      if (isFresh(held) && covers(held.scopes, scopes)) return held;
    }
    const key = keyOf(scopes);
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const fetching = this.#fetch(scheme, scopes).finally(() => this.#pending.delete(key));
    this.#pending.set(key, fetching);
    return fetching;
  }

  async #fetch({ realm, service }: Extract<Scheme, { kind: "bearer" }>, scopes: readonly string[]): Promise<HeldToken> {
    const asked = performance.now();
    const token = await this.#options.fetchToken({ realm, service, scopes, credential: await this.#lookup() });
    const held = { ...token, scopes, expires: asked + token.life * 1000 };
    this.#tokens.set(keyOf(scopes), held);
    return held;
  }

  #forget(sent: string | undefined): void {
    for (const [key, { value }] of this.#tokens) if (sent === `Bearer ${value}`) this.#tokens.delete(key);
  }
}

/** A token that ends soon may end on the way: it is used only for the first three quarters of a short life. */
function isFresh({ life, expires }: HeldToken): boolean {
  return expires - performance.now() > Math.min(10_000, life * 250);
}

const keyOf = (scopes: readonly string[]): string => scopes.join(" ");
