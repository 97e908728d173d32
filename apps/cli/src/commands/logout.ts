import { logout as logOut } from "@stax/oci";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import { authStoreOf, hostIn, registryPositional } from "./login.ts";

const data = z.object({ registry: z.string(), removed: z.boolean(), stored: z.string() });

/** logout forgets the credentials that login stored. */
export const logout = defineCommand({
  positionals: { registry: registryPositional },
  flags: {},
  examples: [["stax logout ghcr.io", "Forget what stax login ghcr.io stored"]],
  details:
    "Only what stax login stored, with --registry-config in that file: other logins of Docker and Podman are theirs.",
  data,
  async run({ registry: text }, context) {
    const registry = hostIn(text);
    const store = authStoreOf(context);
    return { data: { registry, removed: await logOut(registry, { store }), stored: store.path } };
  },
  format: ({ registry, removed, stored }) =>
    removed ? `logged out of ${registry}` : `${stored} has no credentials for ${registry}`,
});
