import { packTree } from "./archive/pack-tree.ts";
import { readTree } from "./tree/read-tree.ts";

// Run in a process of its own: prints the digest of a directory.
const [directory = "."] = process.argv.slice(2);
const { tree } = await readTree(directory);
const { digest } = await packTree(tree, () => {});
process.stdout.write(digest);
