/**
 * rememberCode lets Node keep what it compiled of the command below `$STAX_CACHE_DIR/code`, which saves a tenth of a short command. What lies
 * there is run without a look at it, so it has to be a directory that nobody else can write: by the environment alone, never by a project's
 * config, absolute, ours, closed to others. It is made only where the cache is there already. Whatever is in the way costs time only.
 */
export function rememberCode(env: Readonly<Record<string, string | undefined>>): void {
  // Not imported: whoever asks for the version waits for nothing.
  const fs = process.getBuiltinModule("node:fs");
  const { enableCompileCache } = process.getBuiltinModule("node:module");
  const cache = env["STAX_CACHE_DIR"] || `${env["XDG_CACHE_HOME"] || `${env["HOME"] ?? ""}/.cache`}/stax`;
  if (!cache.startsWith("/") || process.getuid === undefined) return; // the check below means nothing on Windows
  const directory = `${cache}/code`;
  const user = process.getuid();
  const isOurs = (path: string): boolean => {
    const stats = fs.lstatSync(path);
    return stats.isDirectory() && stats.uid === user && (stats.mode & 0o022) === 0;
  };
  try {
    if (!isOurs(cache)) return;
    // Not recursive: below /proc Node's own would never end.
    if (!fs.existsSync(directory)) fs.mkdirSync(directory, { mode: 0o700 });
    if (isOurs(directory)) enableCompileCache(directory);
  } catch {
    // There is no cache, or it is read-only.
  }
}
