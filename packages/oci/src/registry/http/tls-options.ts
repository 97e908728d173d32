import { readFile } from "node:fs/promises";
import { getCACertificates } from "node:tls";
import { inStore } from "../../file-system.ts";

/** TlsOptions say whom to trust and who we are. Files are PEM. */
export interface TlsOptions {
  /** Certificates to trust beside those that Node trusts; `SSL_CERT_FILE` is one more. */
  readonly caFile?: string | undefined;
  /** Client certificate and its key. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Trust any certificate: whoever is in between reads and changes everything. */
  readonly insecureSkipTlsVerify?: boolean | undefined;
}

/** TlsMaterial is what {@link TlsOptions} name, read. */
export interface TlsMaterial {
  readonly certificateAuthority?: string[];
  readonly certificate?: string;
  readonly key?: string;
  readonly rejectUnauthorized: boolean;
}

/** readTls reads the files that {@link TlsOptions} and `SSL_CERT_FILE` name. Throws `STORE_IO`. */
export async function readTls(options: TlsOptions, env: NodeJS.ProcessEnv): Promise<TlsMaterial> {
  const bundles = [options.caFile, env.SSL_CERT_FILE].filter((path) => path !== undefined && path !== "");
  const extra = await Promise.all(bundles.map((path) => readPem(path)));
  return {
    ...(extra.length > 0 && { certificateAuthority: [...getCACertificates("default"), ...extra] }),
    ...(options.certFile !== undefined && { certificate: await readPem(options.certFile) }),
    ...(options.keyFile !== undefined && { key: await readPem(options.keyFile) }),
    rejectUnauthorized: options.insecureSkipTlsVerify !== true,
  };
}

const readPem = (path: string | undefined): Promise<string> =>
  inStore(`read ${path}`, () => readFile(path ?? "", "utf8"));
