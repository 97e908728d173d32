/** A text that tells no more than its author meant to. */
export type Redact = (text: string) => string;

export interface RedactOptions {
  /** Variables that definitions may see, with their values: each is hidden. */
  readonly shown: Readonly<Record<string, string>>;
  /** Everything a trusted definition may see: what is named like a secret is hidden. */
  readonly rest: Readonly<Record<string, string | undefined>>;
}

/**
 * redactor makes a function that hides the values of environment variables in a text that a definition had a hand in, also where they are
 * quoted, encoded, or cut off at the end (requirement S11-09). Values of fewer than 4 characters stay: they are words of any sentence.
 */
export function redactor({ shown, rest }: RedactOptions): Redact {
  const secrets = Object.entries(rest).filter(([key]) => secretName.test(key));
  const forms = [...Object.entries(shown), ...secrets].flatMap(([key, value = ""]) =>
    formsOf(value).map((form) => [form, `[${key}]`] as const),
  );
  // Longest first: a value may be part of another.
  forms.sort(([a], [b]) => b.length - a.length);
  return (text) => forms.reduce((result, [form, name]) => hide(result, form, name), text);
}

// Paths and locales are no secrets, and a message without its paths helps nobody.
const secretName = /token|secret|passw|api_?key|private|credential|session|cookie|auth/i;
const shortest = 4;

function formsOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  const encoded = [
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    Buffer.from(value).toString("base64"),
  ];
  return [...new Set([value, value.trim(), ...encoded, ...lines])].filter((form) => form.length >= shortest);
}

function hide(text: string, form: string, name: string): string {
  const whole = text.replaceAll(form, name);
  for (let length = Math.min(form.length - 1, whole.length); length >= shortest; length--) {
    if (whole.endsWith(form.slice(0, length))) return `${whole.slice(0, -length)}${name}`;
  }
  return whole;
}
