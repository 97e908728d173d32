// A process that uses a cache: cache-user.fixture.ts <directory> <name>. "endless" starts to fill it and never ends.
import { describeBytes, text } from "../artifact.fixture.ts";
import { bytesContent, ContentCache, fetchBytes, OciError } from "../index.ts";

const [directory = "", name = ""] = process.argv.slice(2);
const cache = await ContentCache.open(directory);

if (name === "endless") {
  const endless = async function* open() {
    for (;;) {
      yield new Uint8Array(65_536);
      process.send?.("started");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await cache.push({ ...describeBytes(text("never")), size: Number.MAX_SAFE_INTEGER }, { open: endless });
}

for (let round = 0; round < 50; round++) {
  const word = `content ${round % 10}`;
  const target = describeBytes(text(word));
  await cache.push(target, bytesContent(text(word)));
  // Another one may have pruned it already; damaged it is never.
  await fetchBytes(cache, target).catch((error: unknown) => {
    if (!(error instanceof OciError && error.code === "ERR_STAX_BLOB_NOT_FOUND")) throw error;
  });
  if (round % 7 === 0) await cache.prune({ maxSize: 20 });
}
