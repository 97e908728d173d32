import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { withDirectory } from "../artifact.fixture.ts";
import { AuthStore, type Credential, createCredentials, login, logout } from "../index.ts";
import { runHelper } from "./credentials/docker-credential.ts";
import { keyRank } from "./credentials/registry-key.ts";
import { quick, script, serve } from "./registry.fixture.ts";

const basic = (username: string, password = "pw"): Credential => ({ kind: "basic", username, password });
const auth = (username: string, password = "pw") => ({
  auth: Buffer.from(`${username}:${password}`).toString("base64"),
});

interface Home {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  write(file: string, value: unknown): Promise<string>;
  /** A credential helper that answers as the shell text says. */
  helper(name: string, body: string): Promise<void>;
}

const withHome = (work: (home: Home) => Promise<void>): Promise<void> =>
  withDirectory(async (path) => {
    const bin = join(path, "bin");
    const write: Home["write"] = async (file, value) => {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), JSON.stringify(value));
      return join(path, file);
    };
    await work({
      path,
      env: { HOME: path, PATH: `${bin}:${process.env.PATH}` },
      write,
      helper: async (name, body) => {
        await mkdir(bin, { recursive: true });
        await writeFile(join(bin, `docker-credential-${name}`), `#!/bin/sh\n${body}\n`);
        await chmod(join(bin, `docker-credential-${name}`), 0o755);
      },
    });
  });

const find = ({ env }: Home, registry: string, repository?: string, options = {}) =>
  createCredentials({ env, ...options })({ registry, repository });

describe("createCredentials", () => {
  it("X-09 looks in the order of decision O5: what is given, environment, --registry-config, our store, Docker, Podman", async () => {
    await withHome(async (home) => {
      const podman = await home.write(".config/containers/auth.json", { auths: { "r.io": auth("podman") } });
      expect(await find(home, "r.io")).toEqual(basic("podman"));
      await home.write(".docker/config.json", { auths: { "r.io": auth("docker") } });
      expect(await find(home, "r.io")).toEqual(basic("docker"));
      await home.write(".stax/auth.json", { auths: { "r.io": auth("ours") } });
      expect(await find(home, "r.io")).toEqual(basic("ours"));
      const registryConfig = await home.write("mine.json", { auths: { "r.io": auth("config") } });
      expect(await find(home, "r.io", undefined, { registryConfig })).toEqual(basic("config"));
      const env = { ...home.env, STAX_REGISTRY: "r.io", STAX_USERNAME: "env", STAX_PASSWORD: "pw" };
      expect(await find({ ...home, env }, "r.io", undefined, { registryConfig })).toEqual(basic("env"));
      const explicit = { registry: "r.io", credential: basic("explicit") };
      expect(await find({ ...home, env }, "r.io", undefined, { registryConfig, explicit })).toEqual(basic("explicit"));
      expect(podman).toContain("containers");
    });
  });

  it("X-09 gives what is for one host to that host only", async () => {
    await withHome(async (home) => {
      const env = { ...home.env, STAX_REGISTRY: "ghcr.io", STAX_USERNAME: "env", STAX_PASSWORD: "pw" };
      const explicit = { registry: "ghcr.io", credential: basic("explicit") };
      for (const host of ["cr.io", "ghcr.io.evil.com", "evilghcr.io", "ghcr.io:5000", "hcr.io"]) {
        expect(await find({ ...home, env }, host)).toBeUndefined();
        expect(await find(home, host, undefined, { explicit })).toBeUndefined();
      }
      const bare = { ...home.env, STAX_USERNAME: "env", STAX_PASSWORD: "pw" };
      expect(await find({ ...home, env: bare }, "ghcr.io")).toBeUndefined();
    });
  });

  it("X-09 finds the places that the environment names", async () => {
    await withHome(async (home) => {
      await home.write("d/config.json", { auths: { "r.io": auth("docker") } });
      const podman = await home.write("p.json", { auths: { "r.io": auth("podman") } });
      await home.write("run/containers/auth.json", { auths: { "r.io": auth("runtime") } });
      await home.write("s/auth.json", { auths: { "r.io": auth("ours") } });
      const withEnv = (env: NodeJS.ProcessEnv) => find({ ...home, env: { ...home.env, ...env } }, "r.io");
      expect(await withEnv({ DOCKER_CONFIG: join(home.path, "d") })).toEqual(basic("docker"));
      expect(await withEnv({ REGISTRY_AUTH_FILE: podman })).toEqual(basic("podman"));
      expect(await withEnv({ XDG_RUNTIME_DIR: join(home.path, "run") })).toEqual(basic("runtime"));
      expect(await withEnv({ STAX_CONFIG_DIR: join(home.path, "s") })).toEqual(basic("ours"));
    });
  });

  it.each([
    ["auth", auth("u", "pass:with:colons"), basic("u", "pass:with:colons")],
    ["username and password", { username: "u", password: "p" }, basic("u", "p")],
    ["identitytoken", { ...auth("u"), identitytoken: "refresh" }, { kind: "identity", token: "refresh" }],
    ["registrytoken", { ...auth("u"), registrytoken: "bearer" }, { kind: "registry", token: "bearer" }],
    ["nothing", {}, undefined],
  ])("X-09 reads an entry with %s", async (_, entry, expected) => {
    await withHome(async (home) => {
      await home.write(".docker/config.json", { auths: { "https://r.io/v1/": entry } });
      expect(await find(home, "r.io")).toEqual(expected);
    });
  });

  it("X-09 asks the helper of the host, then the store of all, then the entries", async () => {
    await withHome(async (home) => {
      await home.helper("one", `read host; echo '{"ServerURL":"x","Username":"one","Secret":"'"$host"'"}'`);
      await home.helper(
        "all",
        `read host; case "$host" in r.io) echo '{"Username":"<token>","Secret":"refresh"}';; *) echo "credentials not found in native keychain"; exit 1;; esac`,
      );
      const config = {
        credHelpers: { "h.io": "one" },
        credsStore: "all",
        auths: { "e.io": auth("entry"), "h.io": auth("no") },
      };
      await home.write(".docker/config.json", config);
      expect(await find(home, "h.io")).toEqual(basic("one", "h.io"));
      expect(await find(home, "r.io")).toEqual({ kind: "identity", token: "refresh" });
      expect(await find(home, "e.io")).toEqual(basic("entry"));
      expect(await find(home, "other.io")).toBeUndefined();
    });
  });

  it("X-09 knows Docker Hub by its key", async () => {
    await withHome(async (home) => {
      await home.helper("hub", `read host; echo '{"Username":"hub","Secret":"'"$host"'"}'`);
      await home.write(".docker/config.json", { auths: { "https://index.docker.io/v1/": auth("hub") } });
      for (const name of ["docker.io", "index.docker.io", "registry-1.docker.io"])
        expect(await find(home, name)).toEqual(basic("hub"));
      for (const name of ["evildocker.io", "docker.io.evil.com", "hub.docker.io"])
        expect(await find(home, name)).toBeUndefined();
      await home.write(".docker/config.json", { credsStore: "hub" });
      expect(await find(home, "docker.io")).toEqual(basic("hub", "https://index.docker.io/v1/"));
    });
  });

  it("X-09 takes the most specific path of a Podman file", async () => {
    await withHome(async (home) => {
      const auths = { "r.io": auth("host"), "r.io/team": auth("team"), "r.io/team/agent": auth("agent") };
      await home.write(".config/containers/auth.json", { auths });
      const asked = await Promise.all(
        ["team/agent", "team/agent/sub", "team/agents", "teams/x", "other"].map((name) => find(home, "r.io", name)),
      );
      expect(asked).toEqual([basic("agent"), basic("agent"), basic("team"), basic("host"), basic("host")]);
      expect(await find(home, "r.io")).toEqual(basic("host"));
    });
  });

  it("says which file is malformed and quotes nothing of it", async () => {
    await withHome(async (home) => {
      await home.write(".docker/config.json", "");
      await writeFile(join(home.path, ".docker/config.json"), '{"auths": {"r.io": {"auth": "c2VjcmV0"');
      const error: unknown = await find(home, "r.io").catch((caught: unknown) => caught);
      expect(error).toMatchObject({
        code: "ERR_STAX_CREDENTIALS_INVALID",
        message: expect.stringContaining(".docker/config.json"),
      });
      expect(String(error)).not.toContain("c2VjcmV0");
      await home.write(".docker/config.json", { auths: { "r.io": { auth: "bm9jb2xvbg==" } } });
      await expect(find(home, "r.io")).rejects.toMatchObject({ code: "ERR_STAX_CREDENTIALS_INVALID" });
      await expect(
        find(home, "x.io", undefined, { registryConfig: join(home.path, "none.json") }),
      ).rejects.toMatchObject({ code: "ERR_STAX_CREDENTIALS_INVALID" });
    });
  });
});

describe("keyRank", () => {
  it.each([
    ["ghcr.io", "cr.io", 0],
    ["cr.io", "ghcr.io", 0],
    ["ghcr.io", "ghcr.io", 1],
    ["https://ghcr.io", "ghcr.io", 1],
    ["https://GHCR.io/v2/", "ghcr.io", 1],
    ["ghcr.io:443", "ghcr.io", 0],
    ["docker.io", "evildocker.io", 0],
    ["localhost:5000", "localhost:5001", 0],
  ])("a key %s for %s ranks %i", (key, registry, rank) => {
    expect(keyRank(key, { registry })).toBe(rank);
  });
});

describe("credential helpers", () => {
  const run = ({ env }: Home, name: string, options = {}) => runHelper(name, "r.io", { env, ...options });

  it.each(["../evil", "a/b", "/bin/sh", "a b", "", "..", "a;b", "$(x)", "a\0b", "x".repeat(65)])(
    "are not run by the name %j",
    async (name) => {
      await withHome(async (home) => {
        await expect(run(home, name)).rejects.toMatchObject({ code: "ERR_STAX_CREDENTIAL_HELPER_FAILED" });
      });
    },
  );

  it.each([
    ["prints too much", "yes 0123456789 | head -c 1000000"],
    ["prints no JSON", "echo SECRET-TEXT"],
    ["prints no secret", `echo '{"Username":"SECRET-TEXT"}'`],
    ["fails", "echo SECRET-TEXT; echo SECRET-TEXT >&2; exit 3"],
  ])("that %s end in one clear error without what they printed", async (_, body) => {
    await withHome(async (home) => {
      await home.helper("bad", body);
      const error: unknown = await run(home, "bad").catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "ERR_STAX_CREDENTIAL_HELPER_FAILED" });
      expect(String(error) + JSON.stringify(error)).not.toContain("SECRET-TEXT");
    });
  });

  it("that are missing or never end say so", async () => {
    await withHome(async (home) => {
      await expect(run(home, "none")).rejects.toThrow(/not installed/);
      await home.helper("slow", "exec sleep 30");
      await expect(run(home, "slow", { timeout: 100 })).rejects.toThrow(/did not end within 0.1 s/);
    });
  });
});

describe("login", () => {
  it("S13-24 X-10 checks the credentials, then stores them for their owner only, and they are used", async () => {
    await withHome(async (home) => {
      await using served = await serve({ tokens: { users: { alice: "s3cr3t:pw" }, anonymousPull: false } });
      const store = new AuthStore(join(home.path, ".stax/auth.json"));
      await login(served.registry.host, basic("alice", "s3cr3t:pw"), { store, env: {} });
      expect((await stat(store.path)).mode & 0o777).toBe(0o600);
      expect((await stat(dirname(store.path))).mode & 0o777).toBe(0o700);
      expect(JSON.parse(await readFile(store.path, "utf8"))).toEqual({
        auths: { [served.registry.host]: auth("alice", "s3cr3t:pw") },
      });
      expect(await find(home, served.registry.host)).toEqual(basic("alice", "s3cr3t:pw"));
      expect(await readdir(dirname(store.path))).toEqual(["auth.json"]);
    });
  });

  it("S13-24 stores nothing that the registry does not take", async () => {
    await withHome(async (home) => {
      await using served = await serve({ tokens: { users: { alice: "right" }, anonymousPull: false } });
      await using plain = await script((_, response) => response.writeHead(401, { "www-authenticate": "Basic" }).end());
      const store = new AuthStore(join(home.path, ".stax/auth.json"));
      for (const host of [served.registry.host, plain.host]) {
        await expect(login(host, basic("alice", "wrong"), { store, env: {}, retry: quick })).rejects.toMatchObject({
          code: "ERR_STAX_AUTH_FAILED",
        });
      }
      await expect(stat(store.path)).rejects.toMatchObject({ code: "ENOENT" });
    });
  });

  it.each([
    basic("", "x"),
    basic("a", ""),
    basic("a:b", "x"),
    basic("a", "x\r\ny"),
    { kind: "identity", token: "" } as const,
  ])("refuses what nobody can take: %j", async (credential) => {
    await expect(login("r.io", credential, { env: {} })).rejects.toMatchObject({
      code: "ERR_STAX_CREDENTIALS_INVALID",
    });
  });

  it("X-10 closes a directory and replaces a file that others could read", async () => {
    await withHome(async (home) => {
      const path = await home.write(".stax/auth.json", { auths: { "a.io": auth("a") }, other: 1 });
      await chmod(path, 0o644);
      await chmod(dirname(path), 0o755);
      await new AuthStore(path).save("b.io", { kind: "identity", token: "t" });
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
      expect(JSON.parse(await readFile(path, "utf8"))).toEqual({
        auths: { "a.io": auth("a"), "b.io": { identitytoken: "t" } },
        other: 1,
      });
    });
  });

  it("keeps what many store at once", async () => {
    await withHome(async (home) => {
      const path = join(home.path, ".stax/auth.json");
      await Promise.all(Array.from({ length: 10 }, (_, at) => new AuthStore(path).save(`r${at}.io`, basic("u"))));
      expect(Object.keys(JSON.parse(await readFile(path, "utf8")).auths)).toHaveLength(10);
    });
  });

  it("logout forgets one registry", async () => {
    await withHome(async (home) => {
      const store = new AuthStore(join(home.path, ".stax/auth.json"));
      expect(await logout("docker.io", { store })).toBe(false);
      await store.save("docker.io", basic("u"));
      await store.save("r.io", basic("u"));
      expect(await logout("index.docker.io", { store })).toBe(true);
      expect(await logout("docker.io", { store })).toBe(false);
      expect(await find(home, "r.io")).toEqual(basic("u"));
      expect(await find(home, "docker.io")).toBeUndefined();
    });
  });
});
