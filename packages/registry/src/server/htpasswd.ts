import { createHmac, randomBytes } from "node:crypto";
import { compare } from "bcryptjs";
import { RegistryError } from "../error.ts";
import { createTurn } from "../turn.ts";

/** Authenticate judges a name and a password. */
export type Authenticate = (name: string, password: string) => Promise<boolean>;

const rememberFor = 5 * 60 * 1000;
const maxRemembered = 1000;
const maxCost = 16;

/**
 * createHtpasswd reads the text of an htpasswd file with bcrypt hashes (`htpasswd -B`). What was right once is remembered for five
 * minutes, as a keyed hash in memory: bcrypt is slow by design, and clients send their password with every request.
 * Throws `HTPASSWD_INVALID`.
 */
export function createHtpasswd(text: string): Authenticate {
  const hashes = parseHtpasswd(text);
  const key = randomBytes(32);
  const known = new Map<string, number>();
  // One at a time: guesses must not take all of the processor.
  const turn = createTurn();
  // An unknown name costs what a wrong password costs.
  const nobody = `$2b$${costOf(hashes)}$${"stax.".repeat(11).slice(0, 53)}`;
  return async (name, password) => {
    const seen = createHmac("sha256", key)
      .update(JSON.stringify([name, password]))
      .digest("base64");
    if ((known.get(seen) ?? 0) > performance.now()) return true;
    const hash = hashes.get(name);
    const matches = await turn(() => compare(password, hash ?? nobody));
    if (!matches || hash === undefined) return false;
    if (known.size >= maxRemembered) known.clear();
    known.set(seen, performance.now() + rememberFor);
    return true;
  };
}

/** parseBasic reads an Authorization header of the scheme Basic (RFC 7617): a password may hold colons. */
export function parseBasic(
  header: string | undefined,
): { readonly name: string; readonly password: string } | undefined {
  const match = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i.exec(header ?? "");
  const text = Buffer.from(match?.[1] ?? "", "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

const pattern = /^([^:]+):(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/;

function parseHtpasswd(text: string): ReadonlyMap<string, string> {
  const hashes = new Map<string, string>();
  for (const [at, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, name, hash] = pattern.exec(line) ?? [];
    if (name === undefined || hash === undefined || Number(hash.slice(4, 6)) > maxCost) {
      throw new RegistryError("HTPASSWD_INVALID", `line ${at + 1} of the htpasswd file is no <user>:<bcrypt hash>`, {
        hint: `write it with htpasswd -B: other hashes are too weak, and a cost above ${maxCost} takes too long`,
      });
    }
    hashes.set(name, hash);
  }
  if (hashes.size > 0) return hashes;
  throw new RegistryError("HTPASSWD_INVALID", "the htpasswd file names nobody", {
    hint: "add a user with htpasswd -B",
  });
}

/** The highest cost of the file, so that time tells nothing about a name. */
function costOf(hashes: ReadonlyMap<string, string>): string {
  return (
    [...hashes.values()]
      .map((hash) => hash.slice(4, 6))
      .sort()
      .at(-1) ?? "10"
  );
}
