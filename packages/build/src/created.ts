import { BuildError } from "./error.ts";

/**
 * createdAt is the timestamp of a manifest, RFC 3339 in UTC. Builds are reproducible: SOURCE_DATE_EPOCH (seconds) counts, else the
 * epoch; `now` is for those who ask. Throws `CREATED_INVALID`.
 */
export function createdAt(
  created: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (created === "now") return withoutMilliseconds(new Date());
  if (created !== undefined) {
    const date = new Date(created);
    if (!/^\d{4}-\d\d-\d\dT/.test(created) || Number.isNaN(date.getTime()))
      throw new BuildError(
        "CREATED_INVALID",
        `--created ${JSON.stringify(created)} is neither "now" nor an RFC 3339 timestamp`,
        { hint: "write e.g. 2026-03-10T12:00:00Z" },
      );
    return withoutMilliseconds(date);
  }
  const epoch = environment["SOURCE_DATE_EPOCH"];
  if (epoch === undefined || epoch === "") return "1970-01-01T00:00:00Z";
  if (!/^\d{1,11}$/.test(epoch))
    throw new BuildError(
      "CREATED_INVALID",
      `SOURCE_DATE_EPOCH is ${JSON.stringify(epoch)}; it must be whole seconds since 1970`,
      { hint: "unset it or set seconds, e.g. 1700000000" },
    );
  return withoutMilliseconds(new Date(Number(epoch) * 1000));
}

const withoutMilliseconds = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, "Z");
