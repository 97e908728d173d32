import { OciError } from "../error.ts";
import { isJsonObject, parseStrictJson } from "../strict-json.ts";

/** layoutMarker is the content of the file `oci-layout`. */
export const layoutMarker: Uint8Array = Buffer.from('{"imageLayoutVersion":"1.0.0"}');

/** assertLayoutVersion checks the content of `oci-layout`. Throws `LAYOUT_INVALID`. */
export function assertLayoutVersion(bytes: Uint8Array, path: string): void {
  let marker: unknown;
  try {
    marker = parseStrictJson(bytes);
  } catch (cause) {
    const flaw = cause instanceof Error ? cause.message : String(cause);
    throw new OciError("LAYOUT_INVALID", `${path} is not valid: ${flaw}`, { cause });
  }
  const version = isJsonObject(marker) ? marker.imageLayoutVersion : undefined;
  if (typeof version === "string" && /^1\.\d+\.\d+$/.test(version)) return;
  throw new OciError(
    "LAYOUT_INVALID",
    `${path} names no version of the layout that is known here: ${String(version)}`,
    {
      hint: "only version 1 is known",
    },
  );
}
