import { readFile } from "node:fs/promises";
import { OciError } from "../../error.ts";
import { codeOf, ioError } from "../../file-system.ts";
import { isJsonObject, type JsonObject } from "../../strict-json.ts";
import { isDockerHub } from "../http/endpoint.ts";
import type { Credential, CredentialQuery } from "./credential.ts";
import { runHelper } from "./docker-credential.ts";
import { bestKey, dockerHubKey } from "./registry-key.ts";

/** AuthsFile is a file in the shape of Docker's `config.json`, which Podman's `auth.json` and ours share. */
export interface AuthsFile {
  readonly path: string;
  readonly content: JsonObject;
}

const maxSize = 4 * 1024 * 1024;

/** readAuthsFile reads such a file; undefined where there is none. Throws `CREDENTIALS_INVALID`. Messages never quote it. */
export async function readAuthsFile(path: string): Promise<AuthsFile | undefined> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw ioError(error, `read ${path}`);
  });
  if (bytes === undefined) return undefined;
  let content: unknown;
  try {
    content = bytes.byteLength > maxSize ? undefined : JSON.parse(bytes.toString("utf8") || "{}");
  } catch {
    content = undefined;
  }
  if (isJsonObject(content)) return { path, content };
  throw new OciError("CREDENTIALS_INVALID", `${path} is no JSON object of credentials`, {
    hint: "repair or remove the file, then log in again",
  });
}

/**
 * findInFile looks a credential up as Docker does: the helper of the registry, the store of all, the entries themselves.
 * Throws `CREDENTIALS_INVALID`, `CREDENTIAL_HELPER_FAILED`.
 */
export async function findInFile(
  file: AuthsFile,
  query: CredentialQuery,
  env: NodeJS.ProcessEnv,
): Promise<Credential | undefined> {
  const { credHelpers, credsStore, auths } = file.content;
  const helpers = isJsonObject(credHelpers) ? credHelpers : {};
  const key = bestKey(Object.keys(helpers), query);
  const helper = key === undefined ? undefined : helpers[key];
  if (key !== undefined && typeof helper === "string" && helper !== "") {
    return runHelper(helper, key, { env, signal: query.signal });
  }
  if (typeof credsStore === "string" && credsStore !== "") {
    const server = isDockerHub(query.registry) ? dockerHubKey : query.registry;
    const found = await runHelper(credsStore, server, { env, signal: query.signal });
    if (found !== undefined) return found;
  }
  return isJsonObject(auths) ? findEntry(auths, query, file.path) : undefined;
}

function findEntry(auths: JsonObject, query: CredentialQuery, path: string): Credential | undefined {
  // An empty entry only says that a store has the secret.
  const keys = Object.keys(auths).filter((key) => Object.keys(Object(auths[key])).length > 0);
  const key = bestKey(keys, query);
  const entry = key === undefined ? undefined : auths[key];
  return isJsonObject(entry) ? parseEntry(entry, `${path}, entry ${key}`) : undefined;
}

function parseEntry(entry: JsonObject, where: string): Credential | undefined {
  const { auth, username, password, identitytoken, registrytoken } = entry;
  if (isText(registrytoken)) return { kind: "registry", token: registrytoken };
  if (isText(identitytoken)) return { kind: "identity", token: identitytoken };
  if (isText(auth)) return parseAuth(auth, where);
  if (isText(username) && isText(password)) return { kind: "basic", username, password };
  return undefined;
}

/** `auth` is base64 of user:password; the password may hold colons. */
function parseAuth(auth: string, where: string): Credential {
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) {
    throw new OciError("CREDENTIALS_INVALID", `${where}: auth is not base64 of <user>:<password>`, {
      hint: "log in again",
    });
  }
  // Docker pads with NUL.
  return { kind: "basic", username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, "") };
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
