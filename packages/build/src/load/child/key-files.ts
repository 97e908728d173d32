import { sep } from "node:path";
import { lowerCase, matches, splitAt } from "./captured.ts";

// Files and directories that hold credentials, in lower case: disks that ignore case exist.
const keyName =
  /^(?:\.env.*|\.npmrc|\.yarnrc|\.yarnrc\.yml|\.pypirc|\.?_?netrc|\.git-credentials|\.pgpass|\.my\.cnf|\.htpasswd|\.dockercfg|\.vault-token|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|credentials(?:\.json)?|.*\.(?:pem|key|p8|p12|pfx|jks|keystore|ppk|kdbx|gpg|tfvars|tfstate))$/;
const keyDirectory = /^(?:\.aws|\.ssh|\.gnupg|\.docker|\.kube|\.azure|\.gcloud)$/;

/** isKeyFile tells whether a path below a root names a file that definitions may not read: `.env*`, private keys, stores of credentials. */
export function isKeyFile(relativePath: string): boolean {
  const segments = splitAt(lowerCase(relativePath), sep);
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i] ?? "";
    const last = i === segments.length - 1;
    if (matches(keyDirectory, segment) || (last && matches(keyName, segment))) return true;
    if (last && segment === "config" && segments[i - 1] === ".git") return true; // remote URLs carry tokens
    if (last && segment === "auth.json" && segments[i - 1] === ".stax") return true;
  }
  return false;
}
