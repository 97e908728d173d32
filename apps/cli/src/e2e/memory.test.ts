import { randomFillSync } from "node:crypto";
import { join } from "node:path";
import { bytesContent, type Chunks, digestOf, emptyBytes, emptyDescriptor, LayoutStore, mediaTypes } from "@stax/oci";
import { createRegistry, openDirectory } from "@stax/registry";
import { describe, expect, it, onTestFinished } from "vitest";
import { staxProcess, temporaryDirectory } from "./run-stax.fixture.ts";

const MiB = 1024 * 1024;

/** Writes the most memory that a process ever had to stderr, in KiB, as its last line. */
const tellPeak = `--import=data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => process.stderr.write("peak " + process.resourceUsage().maxRSS + "\\n"));',
)}`;

function* noise(mebibytes: number): Chunks & Iterable<Uint8Array> {
  const chunk = randomFillSync(Buffer.alloc(MiB));
  for (let index = 0; index < mebibytes; index++) {
    chunk.writeInt32LE(index);
    yield chunk;
  }
}

/** A layout with one blob of so many MiB, tagged `big`. */
async function layoutWith(mebibytes: number): Promise<string> {
  const path = join(temporaryDirectory(), "layout");
  const layout = await LayoutStore.open(path, { create: true });
  await layout.push(emptyDescriptor, bytesContent(emptyBytes));
  const layer = await layout.ingest({ open: () => noise(mebibytes) }, "application/octet-stream");
  const artifactType = "application/vnd.example.noise";
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType,
    config: emptyDescriptor,
    layers: [layer],
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const root = { mediaType: mediaTypes.manifest, digest: digestOf(bytes), size: bytes.length };
  await layout.push(root, bytesContent(bytes));
  await layout.tag(root, "big");
  return path;
}

describe("memory", () => {
  it("X-19 does not grow with what is pushed and pulled: 160 MiB take what 32 MiB take", async () => {
    const storage = await openDirectory(temporaryDirectory(), { create: true });
    const server = await createRegistry({ storage }).listen();
    onTestFinished(() => server.close());
    const peaks: Record<string, number[]> = { push: [], pull: [] };
    for (const mebibytes of [32, 160]) {
      const home = temporaryDirectory();
      const reference = `127.0.0.1:${server.port}/acme/noise:${mebibytes}`;
      const from = `oci:${await layoutWith(mebibytes)}:big`;
      for (const [command, ...flags] of [["push", "--from", from], ["pull"]] as const) {
        const around = { env: { HOME: home }, nodeFlags: [tellPeak] };
        const { code, stderr } = await staxProcess([command, reference, ...flags], around);
        expect({ command, code }).toEqual({ command, code: 0 });
        peaks[command]?.push(Number(/peak (\d+)\n$/.exec(stderr)?.[1]) * 1024);
      }
    }
    for (const [command, [small = 0, large = 0]] of Object.entries(peaks)) {
      expect(small, command).toBeGreaterThan(0);
      expect(large - small, command).toBeLessThan(64 * MiB);
    }
  });
});
