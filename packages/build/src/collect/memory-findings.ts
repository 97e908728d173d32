import { join } from "node:path";
import { readEntry, secretShape } from "@stax/schema";
import type { CollectedProject } from "./collected.ts";
import type { Session } from "./session.ts";

const largest = 1024 * 1024;

/** memoryFindings refuses memory that holds what looks like a secret: notes taken while working are where tokens end up. */
export async function memoryFindings(project: CollectedProject, session: Session): Promise<void> {
  const layer = project.layers.find(({ name }) => name === "memory");
  if (layer?.format !== "tree") return;
  for (const file of layer.tree) {
    if (file.size > largest) continue;
    const shape = secretShape(new TextDecoder().decode(await readEntry(file, largest)));
    if (shape === undefined) continue;
    session.report({
      code: "memory-secret",
      severity: "error",
      layer: "memory",
      path: join(layer.shown, file.path),
      message: `holds what looks like ${shape}`,
      hint: "remove it: an artifact never carries a secret",
    });
  }
}
