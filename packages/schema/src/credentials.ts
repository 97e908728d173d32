/** FoundCredential is where a text holds what looks like a credential. The value itself is never part of it. */
export interface FoundCredential {
  /** "a GitHub token". */
  readonly what: string;
  /** Index in the text. */
  readonly offset: number;
}

interface Shape {
  readonly what: string;
  readonly pattern: string;
}

// In prose a false alarm is worse than in settings: a prefix alone is no credential, its documented length and some randomness are.
const shapes: readonly Shape[] = [
  { what: "a GitHub token", pattern: "gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9]{20,30}_[A-Za-z0-9]{50,80}" },
  { what: "a GitLab token", pattern: "gl(?:pat|ptt|dt|rt)-[A-Za-z0-9_-]{20,}" },
  { what: "an AWS access key", pattern: "A[KS]IA[A-Z2-7]{16}(?![A-Za-z0-9])" },
  { what: "a Slack token", pattern: "xox[abeoprs]-[0-9][A-Za-z0-9-]{19,}|xapp-[0-9]-[A-Za-z0-9-]{20,}" },
  { what: "an Anthropic key", pattern: "sk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_-]{20,}" },
  { what: "an OpenAI key", pattern: "sk-(?=[a-z0-9_-]*[A-Z])(?:(?:proj|svcacct|admin)-)?[A-Za-z0-9_-]{40,}" },
  { what: "a Google API key", pattern: "AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])" },
  { what: "an npm token", pattern: "npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])" },
  { what: "a Stripe key", pattern: "[rs]k_live_[A-Za-z0-9]{24,}" },
  {
    what: "a private key",
    // With its content, also where a JSON string holds it; whoever writes about keys shows the first line alone.
    pattern: "-----BEGIN (?:[A-Z]{2,10} )?PRIVATE KEY(?: BLOCK)?-----(?=(?:\\s|\\\\[nr])*[A-Za-z0-9+/=:,-]{16})",
  },
];

const anyShape = new RegExp(`(?<![A-Za-z0-9_-])(?:${shapes.map(({ pattern }) => `(${pattern})`).join("|")})`, "g");

/**
 * findCredentials finds what looks like a credential in a text that people write: the published shapes of well-known providers, in full
 * length, and no stand-ins ("ghp_xxxx…", "AKIA…EXAMPLE"). A hedge against accidents: a password of somebody's own choosing has no shape.
 */
export function findCredentials(text: string): readonly FoundCredential[] {
  const found: FoundCredential[] = [];
  for (const match of text.matchAll(anyShape)) {
    const shape = shapes[match.slice(1).findIndex((group) => group !== undefined)];
    if (shape !== undefined && !isStandIn(match[0])) found.push({ what: shape.what, offset: match.index });
  }
  return found;
}

function isStandIn(value: string): boolean {
  if (value.startsWith("-----")) return false;
  if (/example|placeholder|redacted|your[_-]?|dummy|(.)\1{4}/i.test(value)) return true;
  return new Set(value).size < 10 || !/\d/.test(value);
}

const namedSo =
  /(?:^|_)(?:password|passwd|passphrase|(?:[a-z]+)?(?:token|secret|apikey)|(?:api|access|private|secret)_?key|credentials?)$/;

/** namesCredential tells whether a variable is named as those are that hold a credential: `DB_PASSWORD`, `githubToken`, `API_KEY`. */
export const namesCredential = (name: string): boolean =>
  namedSo.test(
    name
      .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
      .replace(/[.-]/g, "_")
      .toLowerCase(),
  );
