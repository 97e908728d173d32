// A process that attaches referrers: attach.fixture.ts <host> <subject> <name> <count>. It sends the digests that it was not told to be lost.

import { pushArtifact } from "../artifact.fixture.ts";
import { parseDescriptor, RegistryClient } from "../index.ts";

const [host = "", subject = "", name = "", count = "1"] = process.argv.slice(2);
using client = new RegistryClient({ env: {} });
const repository = client.repository({ registry: host, repository: "team/agent" });
const attached: string[] = [];
for (let at = 0; at < Number(count); at++) {
  const annotations = { process: name, at: `${at}` };
  const digest = await pushArtifact(repository, "signature", {
    subject: parseDescriptor(JSON.parse(subject)),
    annotations,
  }).then(
    (pushed) => pushed.digest,
    () => undefined,
  );
  if (digest !== undefined) attached.push(digest);
}
process.send?.(attached);
