/**
 * slugOf makes a file name of an id (decision B14): the path without its extension, "/" as "-". What is no letter, digit, ".", "_" or
 * "-" becomes "-"; names never start with a dot or a dash. Two ids may share a slug: that is a clash, reported when files are composed.
 */
export function slugOf(id: string): string {
  const plain = id
    .normalize("NFC")
    .replace(/\.(?:md|mdc|markdown)$/i, "")
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, "-")
    .replace(/^[.-]+|[.-]+$/g, "");
  return plain === "" ? "unnamed" : cut(plain).replace(/[.-]+$/, "");
}

// A file name holds 255 bytes; the longest suffix of an adapter (".instructions.md") and a temporary name fit beside it.
function cut(name: string): string {
  let cutName = name;
  while (Buffer.byteLength(cutName) > 200) cutName = cutName.slice(0, -1);
  return /\p{Surrogate}$/u.test(cutName) ? cutName.slice(0, -1) : cutName;
}
