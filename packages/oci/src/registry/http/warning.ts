/** parseWarnings reads the texts of `Warning` headers of a registry (distribution specification, "Warnings"): `299 - "text"`, others are dropped. */
export function parseWarnings(value: string | undefined): readonly string[] {
  if (value === undefined || value.length > maxLength * 4) return [];
  return [...value.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)]
    .map(([, text = ""]) => text.replaceAll(/\\(.)/g, "$1"))
    .filter((text) => text !== "" && text.length <= maxLength);
}

const maxLength = 4096;
