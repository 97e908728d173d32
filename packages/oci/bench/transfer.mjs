// One transfer, to be measured from outside: transfer.mjs push|pull <layout or cache> <host> <repository> <tag>. Prints what it took.
// Plain JavaScript, as what users run is: Node needs 0.1 s and 10 MB more to take the types out of a file.
import { ContentCache, copy, copyGraph, LayoutStore, RegistryClient } from "@stax/oci";

const [direction, path = "", registry = "", repository = "", tag = ""] = process.argv.slice(2);
const started = performance.now();
using client = new RegistryClient({ env: {} });
const remote = client.repository({ registry, repository });
if (direction === "pull") {
  // Into the cache, as `stax pull` does: nothing is forced to the disk, as with the other clients.
  await copyGraph(remote, await remote.resolve(tag), await ContentCache.open(path));
} else await copy(await LayoutStore.open(path), tag, remote);
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const took = { inside: performance.now() - started, rss: maxRSS / 1024, cpu: (userCPUTime + systemCPUTime) / 1000 };
process.stdout.write(`${JSON.stringify(took)}\n`);
