/**
 * redact takes out of foreign text what may be a secret: every known one, what follows Bearer and Basic, queries of URLs (presigned
 * URLs are keys) and their user part.
 */
export function redact(text: string, secrets: Iterable<string> = []): string {
  let shown = text;
  for (const secret of secrets) if (secret.length >= 4) shown = shown.replaceAll(secret, "***");
  return shown
    .replaceAll(/\b(bearer|basic)(\s+)(?!realm=)[a-z0-9._~+/=-]{6,}/gi, "$1$2***")
    .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"'@]+@/gi, "$1***@")
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s"'<>?]*)\?[^\s"'<>]*/gi, "$1?***")
    .replaceAll(
      /\b(token|password|passwd|secret|signature|access_key)(["']?\s*[:=]\s*["']?)[^\s"'&,;]{4,}/gi,
      "$1$2***",
    );
}
