import { printable } from "@stax/errors";
import { MaterializeError } from "./error.ts";

/** pathProblem tells why a planned path may not be written: it must be relative, plain, and possible on every system. */
export function pathProblem(path: string): string | undefined {
  if (path === "") return "is empty";
  if (/[\u0000-\u001f\u007f]/.test(path)) return "holds a control character";
  if (/\p{Surrogate}/u.test(path)) return "is no valid Unicode";
  if (path.includes("\\")) return "holds a backslash";
  if (path.startsWith("/")) return "is absolute";
  if (/^[A-Za-z]:/.test(path)) return "starts with a drive letter";
  const segments = path.split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) return "leaves its directory";
  if (segments.some((segment) => Buffer.byteLength(segment) > 255)) return "has a name of more than 255 bytes";
  return Buffer.byteLength(path) > 4000 ? "is longer than 4,000 bytes" : undefined;
}

/** checkPath refuses a path that {@link pathProblem} finds fault with. Throws ERR_STAX_PATH_UNSAFE. */
export function checkPath(path: string): string {
  const problem = pathProblem(path);
  if (problem === undefined) return path;
  throw new MaterializeError("PATH_UNSAFE", `the path "${printable(path)}" ${problem}`, {
    hint: "the artifact names a file that may not be written; nothing was",
  });
}

/** collisionKey is equal for two paths that a case-insensitive or normalising file system takes for one. */
export const collisionKey = (path: string): string => path.normalize("NFC").toLowerCase().normalize("NFC");

/** parentOf is the directory of a path, "" for the root. */
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** matchesClaim tells whether a path lies in a claim: `*` stands for part of a name, `**` for any number of directories. */
export function matchesClaim(claim: string, path: string): boolean {
  if (!claim.includes("*")) return claim === path;
  return claimPattern(claim).test(path);
}

const patterns = new Map<string, RegExp>();

function claimPattern(claim: string): RegExp {
  const known = patterns.get(claim);
  if (known !== undefined) return known;
  const source = claim
    .split(/(\*\*\/|\*\*|\*)/)
    .map((part) =>
      part === "**/"
        ? "(?:.*/)?"
        : part === "**"
          ? ".*"
          : part === "*"
            ? "[^/]*"
            : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"),
    )
    .join("");
  const pattern = new RegExp(`^${source}$`, "su");
  patterns.set(claim, pattern);
  return pattern;
}
