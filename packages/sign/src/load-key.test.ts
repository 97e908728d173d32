import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadKey, parseKey, SignError } from "./index.ts";
import { kinds, newKey } from "./keys.fixture.ts";

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "stax-sign-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const file = (text: string, mode = 0o600): string => {
  const path = join(directory(), "key.pem");
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};

async function failure(run: () => unknown): Promise<SignError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof SignError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

const pemOf = (label: string, text = "bm90aGluZw==") => `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`;

describe("loadKey", () => {
  it.each(kinds)(
    "reads %s keys from a file, relative to cwd, and from the environment, also in one line",
    async (kind) => {
      const { pem, publicKey } = newKey(kind);
      const path = file(pem);
      const env = { RELEASE: pem, FLAT: pem.replaceAll("\n", "\\n") };
      for (const reference of [path, "./key.pem", "env://RELEASE", "env://FLAT"]) {
        const { key, diagnostics } = await loadKey(reference, { cwd: join(path, ".."), env });
        expect({ same: key.publicKey.equals(publicKey), diagnostics }).toEqual({ same: true, diagnostics: [] });
      }
    },
  );

  it("opens an encrypted key with STAX_KEY_PASSWORD and says so where that is missing or wrong", async () => {
    const { pem, publicKey } = newKey("ec", "correct horse");
    const path = file(pem);
    const { key } = await loadKey(path, { env: { STAX_KEY_PASSWORD: "correct horse" } });
    expect(key.publicKey.equals(publicKey)).toBe(true);
    for (const env of [{}, { STAX_KEY_PASSWORD: "" }, { STAX_KEY_PASSWORD: "battery staple" }]) {
      const { code, message, hint } = await failure(() => loadKey(path, { env }));
      expect({ code, hint }).toEqual({
        code: "ERR_STAX_KEY_PASSWORD",
        hint: expect.stringContaining("STAX_KEY_PASSWORD"),
      });
      expect(message).not.toContain("battery");
    }
  });

  it.skipIf(process.platform === "win32")("warns of a file that every user of the machine can read", async () => {
    const { pem } = newKey();
    const of = async (mode: number) => (await loadKey(file(pem, mode), { env: {} })).diagnostics;
    expect(await of(0o644)).toMatchObject([{ code: "key-readable-by-all", severity: "warning" }]);
    expect(await of(0o640)).toEqual([]);
  });

  it.skipIf(process.platform === "win32")("reads a key from a pipe, as the shell's <(…) makes one", () => {
    const { pem } = newKey();
    const program = `import { loadKey } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
      console.log((await loadKey("/dev/stdin", { env: {} })).key.hint);`;
    const flags = ["--conditions=stax:source", "--input-type=module", "--eval", program];
    const hint = execFileSync("sh", ["-c", 'printf %s "$PEM" | "$@"', "sh", process.execPath, ...flags], {
      env: { ...process.env, PEM: pem },
      encoding: "utf8",
    });
    expect(hint.trim()).toBe(parseKey(pem).hint);
  });

  it("tells what is wrong with a reference, and never repeats a key that was typed instead of one", async () => {
    const { pem } = newKey();
    const line = pem.split("\n")[1] ?? "";
    const cases: [string, string, RegExp][] = [
      ["./nowhere.pem", "KEY_NOT_FOUND", /nowhere\.pem: there is no such file/],
      [directory(), "KEY_NOT_FOUND", /directory/],
      ["env://NOWHERE", "KEY_NOT_FOUND", /NOWHERE is not set/],
      [`env://${pem}`, "KEY_NOT_FOUND", /no name/],
      [pem, "KEY_NOT_FOUND", /never given on the command line/],
      ["awskms://alias/release", "KEY_NOT_FOUND", /awskms:\/\//],
      [file("x".repeat(64 * 1024 + 1)), "KEY_INVALID", /no key/],
    ];
    for (const [reference, code, pattern] of cases) {
      const error = await failure(() => loadKey(reference, { env: {} }));
      expect(error).toMatchObject({
        code: `ERR_STAX_${code}`,
        category: "usage",
        message: expect.stringMatching(pattern),
      });
      expect(inspect(error, { depth: 5 })).not.toContain(line);
    }
  });

  it("hands everything secret that it reads to who keeps logs clean", async () => {
    const { pem } = newKey("ec", "correct horse");
    const heard: string[] = [];
    const env = { RELEASE: pem, STAX_KEY_PASSWORD: "correct horse" };
    await loadKey("env://RELEASE", { env, onSecret: (secret) => void heard.push(secret) });
    const lines = pem.split("\n").filter((line) => line.length > 20 && !line.startsWith("-----"));
    expect(heard).toEqual(["correct horse", ...lines]);
  });
});

describe("parseKey", () => {
  it("reads the older forms of openssl, with parameters and certificates beside the key", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const sec1 = privateKey.export({ type: "sec1", format: "pem" }).toString();
    const locked = privateKey
      .export({ type: "sec1", format: "pem", cipher: "aes-128-cbc", passphrase: "correct horse" })
      .toString();
    const beside = `Bag Attributes\n${pemOf("EC PARAMETERS", "BggqhkjOPQMBBw==")}${sec1}${newKey().publicPem}`;
    for (const text of [sec1, sec1.replaceAll("\n", "\r\n"), beside, locked])
      expect(parseKey(text, { password: "correct horse" }).publicKey.equals(publicKey)).toBe(true);
    expect(() => parseKey(locked)).toThrow(/encrypted/);
  });

  it.each([
    ["", /holds no key in PEM/],
    [newKey().publicPem, /holds a public key/],
    [pemOf("CERTIFICATE"), /holds a certificate/],
    [pemOf("OPENSSH PRIVATE KEY"), /OpenSSH/],
    [pemOf("ENCRYPTED SIGSTORE PRIVATE KEY"), /cosign's own encrypted format/],
    [pemOf("ENCRYPTED COSIGN PRIVATE KEY"), /cosign's own encrypted format/],
    [pemOf("PRIVATE KEY"), /damaged/],
    [newKey().pem + newKey().pem, /holds 2 private keys/],
  ])("refuses what is no private key, and says what it is (%#)", async (text, pattern) => {
    const { code, message, hint } = await failure(() => parseKey(text, { name: "the key k.pem" }));
    expect({ code, message }).toEqual({ code: "ERR_STAX_KEY_INVALID", message: expect.stringMatching(pattern) });
    expect(message).toContain("k.pem");
    expect(hint).not.toBe(undefined);
  });

  it("tells how a key in cosign's format and one in PEM become one", async () => {
    const { hint } = await failure(() => parseKey(pemOf("ENCRYPTED SIGSTORE PRIVATE KEY")));
    expect(hint).toContain("cosign import-key-pair");
  });

  it.each([
    ["RSA of 1024 bits", () => generateKeyPairSync("rsa", { modulusLength: 1024 })],
    ["EC secp384r1", () => generateKeyPairSync("ec", { namedCurve: "P-384" })],
    ["x25519", () => generateKeyPairSync("x25519")],
  ])("refuses %s", async (what, pair) => {
    const pem = pair().privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const { code, message } = await failure(() => parseKey(pem));
    expect({ code, message }).toEqual({ code: "ERR_STAX_KEY_UNFIT", message: expect.stringContaining(what) });
  });
});
