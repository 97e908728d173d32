import { installClient, placeOf } from "./install.ts";
import { type ClientName, clientPackages } from "./packages.ts";

const all = Object.keys(clientPackages) as ClientName[]; // its own keys

/**
 * setup installs the clients that `STAX_CLIENTS` names, with commas between; all of them where it names none, none for "cached". It
 * is the only part of the suite that uses a network. Fails where there is no client at all: then nothing would be asked.
 */
export function setup(): void {
  const named = process.env.STAX_CLIENTS ?? "";
  const wanted = named === "" ? all : all.filter((name) => named.split(",").includes(name));
  for (const name of wanted) {
    const reason = installClient(name);
    if (reason !== undefined) process.stderr.write(`${name}: ${reason}; its tests are skipped\n`);
  }
  for (const name of all)
    if (!placeOf(name).isThere && !wanted.includes(name))
      process.stderr.write(`${name}: not installed and not asked for (STAX_CLIENTS); its tests are skipped\n`);
  if (wanted.length > 0 && !all.some((name) => placeOf(name).isThere))
    throw new Error(`no client could be installed: ${wanted.join(", ")}`);
}
