const secretName = /TOKEN|SECRET|PASSW|CREDENTIAL|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY|(?:^|_)(?:AUTH|KEY|PAT|PWD|PASS)$/i;
// Names of places, not of secrets: SSH_AUTH_SOCK, REGISTRY_AUTH_FILE, and the shell's own PWD and OLDPWD.
const placeName = /(?:FILE|PATH|DIR|SOCK|URL|HOST|ID|NAME|USER(?:NAME)?)$|^(?:OLD)?PWD$/i;
const userInfo = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi;
const shortest = 8;
/** What is typed is a secret for sure: shorter ones are replaced where they stand alone, down to these. */
const shortestTyped = 4;

/** Redact replaces values that look like secrets in a text. */
export type Redact = (text: string) => string;

/**
 * createRedact makes a function that replaces the values of environment variables that look like secrets (by their name, or because
 * the user passed them to a definition by `--env`), and passwords in URLs. Values under eight characters are left: they are words.
 * What comes into `typed` while the command runs is replaced from four characters on, below eight where it is no part of a word: a shorter
 * one could not be told from the words of a message.
 */
export function createRedact(
  env: Readonly<Record<string, string | undefined>>,
  passed: readonly string[] = [],
  typed: ReadonlySet<string> = new Set(),
): Redact {
  const values = Object.entries(env)
    .filter(([name]) => passed.includes(name) || (secretName.test(name) && !placeName.test(name)))
    .flatMap(([name, value]) => formsOf(value ?? "").map((form) => [form, `[${name}]`] as const))
    .sort(([a], [b]) => b.length - a.length);
  return (text) => {
    const known = values.reduce((rest, [value, name]) => rest.replaceAll(value, name), text);
    const cut = [...typed].reduce(withoutTyped, known);
    return cut.includes("://") ? cut.replace(userInfo, "$1[redacted]@") : cut;
  };
}

function withoutTyped(text: string, value: string): string {
  if (value.length < shortestTyped) return text;
  if (value.length >= shortest) return text.replaceAll(value, "[secret]");
  const literal = value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`, "gu"), "[secret]");
}

/** A value may have lines of its own and may stand in a message as JSON writes it. */
function formsOf(value: string): string[] {
  const trimmed = value.trim();
  const forms = [
    value,
    trimmed,
    JSON.stringify(trimmed).slice(1, -1),
    ...trimmed.split("\n").map((line) => line.trim()),
  ];
  return [...new Set(forms)].filter((form) => form.length >= shortest);
}

/** redactDeep redacts every string in a JSON-able value, keys too. */
export function redactDeep(value: unknown, redact: Redact): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact));
  if (typeof value !== "object" || value === null) return value;
  if ("toJSON" in value && typeof value.toJSON === "function") return redactDeep(value.toJSON(), redact);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [redact(key), redactDeep(item, redact)]));
}
