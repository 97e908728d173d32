// Shapes of credentials that providers publish; each is distinctive enough that a match is hardly ever prose.
const shapes: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["an Anthropic key", /\bsk-ant-[A-Za-z0-9_-]{8,}/],
  ["an OpenAI key", /\bsk-(?:proj-)?[A-Za-z0-9_-]{20,}/],
  ["a GitHub token", /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/],
  ["a GitLab token", /\bglpat-[A-Za-z0-9_-]{16,}/],
  ["a Slack token", /\bxox[abprs]-[A-Za-z0-9-]{10,}/],
  ["an AWS access key", /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ["a Google API key", /\bAIza[0-9A-Za-z_-]{35}\b/],
  ["an npm token", /\bnpm_[A-Za-z0-9]{30,}/],
  ["a Stripe key", /\b[rs]k_live_[A-Za-z0-9]{16,}/],
  ["a private key", /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/],
  ["a bearer token", /^Bearer\s+(?!\$\{)[A-Za-z0-9._~+/-]{8,}=*$/i],
  ["basic credentials", /^Basic\s+[A-Za-z0-9+/]{8,}=*$/i],
  ["a JSON web token", /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/],
];

/** secretShape names the kind of credential that a text looks like ("a GitHub token"); `undefined` for none. The text itself is never returned. */
export function secretShape(text: string): string | undefined {
  return shapes.find(([, pattern]) => pattern.test(text))?.[0];
}
