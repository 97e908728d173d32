import { parseReference, type Reference } from "@stax/oci";
import { CliError } from "./error.ts";

/** registryReference is a reference to a registry on the command line. Throws `TARGET_UNFIT` for what is on this machine, `REFERENCE_INVALID`. */
export function registryReference(text: string, command: string): Reference {
  if (!/^(?:oci:|oci-archive:|[./~])/.test(text)) return parseReference(text);
  throw new CliError("TARGET_UNFIT", `stax ${command} takes a reference to a registry; ${text} is on this machine`, {
    hint: `write <registry>/<repository>:<tag>, or use stax copy`,
  });
}
