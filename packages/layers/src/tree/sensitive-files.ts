import type { DiagnosticCode } from "../error.ts";

/** SensitiveFile says what a file is by its name, and how grave packing it would be. */
export interface SensitiveFile {
  readonly code: DiagnosticCode & ("file-secret" | "file-state" | "file-local-override");
  /** `error`: the build must stop. `warning`: the file is left out. */
  readonly severity: "error" | "warning";
  readonly what: string;
}

interface Row extends SensitiveFile {
  readonly pattern: RegExp;
}

const secret = (pattern: RegExp, what: string): Row => ({ code: "file-secret", severity: "error", pattern, what });
const state = (pattern: RegExp, what: string): Row => ({ code: "file-state", severity: "error", pattern, what });
const local = (pattern: RegExp, what: string): Row => ({
  code: "file-local-override",
  severity: "warning",
  pattern,
  what,
});

/** sensitiveFiles is the policy: paths that are secrets, state of a runtime, or somebody's local overrides. Matched in lower case. */
export const sensitiveFiles: readonly Row[] = [
  secret(/(?:^|\/)\.env(?:\.(?!(?:example|sample|template|dist|defaults?)$)[^/]+)?$/, "an environment file"),
  secret(/(?:^|\/)\.envrc$/, "an environment file"),
  secret(
    /(?:^|\/)(?:auth|\.?credentials|client_secret[^/]*|service[-_]?account[^/]*|application_default_credentials)\.json$/,
    "a credentials file",
  ),
  secret(/(?:^|\/)credentials$/, "a credentials file"),
  secret(
    /(?:^|\/)(?:\.npmrc|\.pypirc|\.netrc|_netrc|\.git-credentials|\.htpasswd|\.dockercfg|\.pgpass|\.my\.cnf|\.s3cfg|\.boto)$/,
    "a file that holds tokens or passwords",
  ),
  secret(/(?:^|\/)\.docker\/config\.json$/, "Docker's credentials"),
  secret(/(?:^|\/)\.kube\/config$/, "Kubernetes credentials"),
  secret(/(?:^|\/)\.(?:ssh|gnupg|aws|azure)\//, "a file in a directory of credentials"),
  secret(/(?:^|\/)id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$/, "a private SSH key"),
  secret(/\.(?:pem|key|p12|pfx|pkcs12|jks|keystore|kdbx|ppk)$/, "a key or certificate store"),
  secret(/(?:^|\/)secrets?\.(?:json|ya?ml|toml|env)$/, "a file of secrets"),
  state(/(?:^|\/)history\.jsonl$/, "a runtime's history"),
  state(/\.tfstate(?:\.backup)?$/, "Terraform's state, which holds secrets"),
  state(/(?:^|\/)\.claude\.json$/, "Claude Code's state"),
  local(/\.local\.(?:md|json|ya?ml|toml)$/, "a local override"),
  local(/(?:^|\/)agents\.override\.md$/, "a local override"),
];

/** sensitiveFile judges a path by the policy, `undefined` where there is nothing to say. */
export function sensitiveFile(path: string): SensitiveFile | undefined {
  const lower = path.toLowerCase();
  return sensitiveFiles.find(({ pattern }) => pattern.test(lower));
}
