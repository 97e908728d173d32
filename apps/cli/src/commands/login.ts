import { join } from "node:path";
import { AuthStore, type Credential, login as logIn, OciError, parseRepositoryName } from "@stax/oci";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";

const data = z.object({
  registry: z.string(),
  username: z.string(),
  /** The file that holds the credentials now. */
  stored: z.string(),
  /** Whether the registry looked at them; false where it lets everybody in. */
  asked: z.boolean(),
});

/** registryPositional is a registry by its host. */
export const registryPositional = {
  describe: "The registry's host: ghcr.io, registry.example.com, localhost:5000",
  required: true,
} as const;

/** login asks the registry whether it takes the credentials, then stores them. */
export const login = defineCommand({
  positionals: { registry: registryPositional },
  flags: {
    username: { type: "string", value: "<name>", describe: "Who you are there" },
    "password-stdin": { type: "boolean", describe: "Read the password or token from stdin" },
  },
  examples: [
    ["stax login ghcr.io --username ann", "Asks for the password"],
    ["stax login ghcr.io --username ann --password-stdin < token", "In CI"],
  ],
  details:
    "Stored in auth.json of your config directory (STAX_CONFIG_DIR, by default ~/.stax), or in the file of --registry-config, which only you can read, in Docker's shape. Logins of Docker and Podman are found without this command. A password is no flag: other users see those.",
  data,
  async run({ registry: text, username, passwordStdin }, context) {
    const registry = hostIn(text);
    const credential = await credentialOf({ username, passwordStdin }, context);
    const registries = await context.registries();
    registries.assertOnline(registry);
    const store = authStoreOf(context);
    const asked = await logIn(registry, credential, { ...registries.reach(), store, signal: context.signal });
    return { data: { registry, username: credential.username, stored: store.path, asked } };
  },
  format: ({ registry, username, stored, asked }) =>
    asked
      ? `logged in to ${registry} as ${username}\nstored in ${stored}`
      : `${registry} let us in without looking at the credentials: whether they are right is not known\nstored in ${stored}`,
});

/** authStoreOf is where logins are kept: the file of `--registry-config`, else our own. */
export const authStoreOf = ({ config, network }: Context): AuthStore =>
  network.registryConfig === undefined
    ? new AuthStore(join(config.configDirectory, "auth.json"))
    : new AuthStore(network.registryConfig, { shared: true });

/** hostIn is the registry that a user names. Throws `REFERENCE_INVALID` for what is no host alone. */
export function hostIn(text: string): string {
  const bare = text.replace(/^https?:\/\//, "").replace(/\/+$/, "");
  if (bare.includes("/"))
    throw new OciError("REFERENCE_INVALID", `"${text}" is more than a registry's host`, {
      hint: `write ${bare.slice(0, bare.indexOf("/"))}`,
    });
  return parseRepositoryName(`${bare}/any`).registry;
}

interface Given {
  readonly username: string | undefined;
  readonly passwordStdin: boolean;
}

type Basic = Extract<Credential, { kind: "basic" }>;

async function credentialOf({ username, passwordStdin }: Given, context: Context): Promise<Basic> {
  const fail = (flaw: string, hint: string): CliError => new CliError("FLAG_VALUE", flaw, { hint });
  if (!passwordStdin && !context.interactive)
    throw fail("nobody can be asked for a password here", "pass it by --password-stdin");
  if (username === undefined && !context.interactive)
    throw fail("stax login needs --username", "tokens have a user name too; many registries take any");
  const name = username ?? (await context.ask("user name:", ""));
  const typed = passwordStdin ? await context.readStdin() : await context.askSecret("password:");
  // The line's end is the shell's.
  const password = typed.replace(/\r?\n$/, "");
  if (password === "") throw fail("the password is empty", "pass it by --password-stdin");
  context.conceal(password);
  context.conceal(Buffer.from(`${name}:${password}`).toString("base64"));
  return { kind: "basic", username: name, password };
}
