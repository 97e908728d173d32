import * as z from "zod";
import { defineCommand } from "../command.ts";
import { examine } from "../doctor.ts";
import { table } from "../table.ts";

const data = z.object({
  version: z.string(),
  checks: z.array(
    z.object({
      name: z.string(),
      status: z.enum(["ok", "warning", "failed"]),
      message: z.string(),
      hint: z.string().optional(),
    }),
  ),
});

/** doctor looks at the installation, the directories it uses and the workspace around the current one; it changes nothing. */
export const doctor = defineCommand({
  positionals: {},
  flags: {},
  examples: [["stax doctor", "What works here, what does not, and what to do about it"]],
  data,
  async run(_args, context) {
    const found = await examine(context);
    return { data: found, found: found.checks.some(({ status }) => status === "failed") };
  },
  format: ({ version, checks }) =>
    [
      `stax ${version}`,
      table(
        ["CHECK", "STATUS", "FOUND"],
        checks.map(({ name, status, message }) => [name, status, message]),
      ),
      ...checks.flatMap(({ name, hint }) => (hint === undefined ? [] : [`${name}: ${hint}`])),
    ].join("\n"),
});
