import {
  childrenOf,
  type Descriptor,
  type Fetcher,
  fetchManifest,
  formatReference,
  isManifestType,
  type Reference,
} from "@stax/oci";
import type { LoadedKey } from "@stax/sign";
import * as z from "zod";
import type { Context } from "./context.ts";
import { CliError } from "./error.ts";

/** signatureSchema is a signature that is attached in the registry. */
export const signatureSchema = z.object({
  /** Of the manifest that is signed. */
  subject: z.string(),
  /** Of the referrer that holds the signature. */
  digest: z.string(),
  /** The public key: base64 of the SHA-256 of its DER. */
  key: z.string(),
  /** It was there before: signed with the same key. */
  kept: z.boolean(),
});

/** Signature is a signature that is attached in the registry. */
export type Signature = z.infer<typeof signatureSchema>;

/** SignWishes are the flags for signing. */
export interface SignWishes {
  readonly sign: boolean;
  readonly key: string | undefined;
}

/** keyFor reads the key that --sign needs, before anything leaves; undefined without --sign. Throws `FLAG_VALUE` and what reading it throws. */
export async function keyFor({ sign, key }: SignWishes, context: Context): Promise<LoadedKey | undefined> {
  if (!sign && key === undefined) return undefined;
  if (!sign) throw new CliError("FLAG_VALUE", "--key goes with --sign");
  if (key === undefined)
    throw new CliError("FLAG_VALUE", "--sign needs a key: --key <file.pem> or --key env://NAME", {
      hint: "signing without a key of one's own (keyless) is not there yet; make a key with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out stax.key",
    });
  const { loadKey } = await import("./lazy/sign.ts");
  return await loadKey(key, { cwd: context.cwd, env: context.env, onSecret: context.conceal });
}

/**
 * signPushed attaches a signature to each of these manifests, and to every manifest that an index among them lists, in the repository where
 * they are. What this key has signed there before stays as it is. Throws what the registry throws.
 */
export async function signPushed(
  source: Fetcher,
  roots: readonly Descriptor[],
  reference: Reference,
  { key }: LoadedKey,
  context: Context,
): Promise<readonly Signature[]> {
  const signer = await import("./lazy/sign.ts");
  const { signal } = context;
  const repository = (await context.registries()).repository(reference);
  const signOne = async (subject: Descriptor): Promise<Signature> => {
    context.progress({ message: `signing ${subject.digest}` });
    const found = await signer.findSignature(repository, subject, key.publicKey, { signal });
    const bundle = (): Uint8Array => signer.signWithKey(subject, key);
    const { digest } = found ?? (await signer.attachSignature(repository, subject, bundle(), { signal }));
    return { subject: subject.digest, digest, key: key.hint, kept: found !== undefined };
  };
  try {
    const signatures: Signature[] = [];
    for (const subject of await withVariants(source, roots, context)) signatures.push(await signOne(subject));
    return signatures;
  } catch (error) {
    context.say(
      `${formatReference(reference)} is pushed, but not all of it is signed: the same command signs the rest`,
    );
    throw error;
  }
}

/** formatSignature is a signature as a line. */
export const formatSignature = ({ subject, digest, kept }: Signature): string =>
  `${subject} ${kept ? "was signed with this key before" : "signed"}: ${digest}`;

async function withVariants(
  source: Fetcher,
  roots: readonly Descriptor[],
  { signal }: Context,
): Promise<Iterable<Descriptor>> {
  const found = new Map<string, Descriptor>();
  const visit = async (node: Descriptor): Promise<void> => {
    if (found.has(node.digest)) return;
    found.set(node.digest, node);
    const parsed = await fetchManifest(source, node, { signal });
    if (parsed.kind === "manifest") return;
    for (const child of childrenOf(parsed)) if (isManifestType(child.mediaType)) await visit(child);
  };
  for (const root of roots) await visit(root);
  return found.values();
}
