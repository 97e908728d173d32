/** redactor makes a function that hides the values of environment variables in a text that a definition wrote (requirement S11-09). */
export function redactor(environment: Readonly<Record<string, string>>, trust: boolean): (text: string) => string {
  const shown = Object.entries(environment);
  // A trusted definition sees everything; paths and locales in a message are no secrets, what is named like one is.
  const secret = trust ? Object.entries(process.env).filter(([key]) => secretName.test(key)) : [];
  const forms = [...shown, ...secret].flatMap(([key, value]) =>
    formsOf(value ?? "").map((form) => [form, key] as const),
  );
  // Longest first: a value may be part of another.
  forms.sort(([a], [b]) => b.length - a.length);
  return (text) => forms.reduce((result, [form, key]) => result.replaceAll(form, `[${key}]`), text);
}

const secretName = /token|secret|passw|api_?key|private|credential|session|cookie|auth/i;

// Shorter ones are words of any sentence.
const shortest = 4;

function formsOf(value: string): readonly string[] {
  const forms = [
    value,
    value.trim(),
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    Buffer.from(value).toString("base64"),
  ];
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  return [...new Set([...forms, ...lines])].filter((form) => form.length >= shortest);
}
