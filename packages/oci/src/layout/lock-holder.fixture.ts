// A process that takes a lock, says so, and keeps it until it is killed or told "check" on stdin: node lock-holder.fixture.ts <lock> <staging>
import { once } from "node:events";
import { withLock } from "../file-lock.ts";

const [path = "", staging = ""] = process.argv.slice(2);
await withLock({ path, staging }, async (lock) => {
  process.stdout.write("held\n");
  await once(process.stdin, "data");
  const answer = await lock.assertHeld().then(
    () => "still held",
    (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "?"),
  );
  process.stdout.write(`${answer}\n`);
});
process.exit(0);
