import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type Client, findClient } from "@stax/testing/clients";
import { expect, onTestFinished } from "vitest";

const found = findClient("openclaw");

/** openclawClient is OpenClaw, or why there is none. */
export const openclawClient = found;

/** title names OpenClaw and its version in the report, or says why its tests are skipped. */
export const title = `OpenClaw ${typeof found === "string" ? `(skipped: ${found})` : found.version}`;

/** env lets the client find the Node that runs these tests, which is new enough for it. */
export const env = { PATH: [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter) };

/** jsonOf parses what the client prints. */
export const jsonOf = (text: string): unknown => JSON.parse(text);

/** scratchHome is an empty home directory that goes with the test. */
export function scratchHome(): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "stax-openclaw-home-")));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** configure writes the configuration of a home directory. */
export function configure(home: string, config: unknown): void {
  mkdirSync(join(home, ".openclaw"), { recursive: true });
  writeFileSync(join(home, ".openclaw/openclaw.json"), typeof config === "string" ? config : JSON.stringify(config));
}

/** run runs the client in a home directory. */
export const run = (client: Client, home: string, args: readonly string[]) =>
  client.run(args, { cwd: home, home, env });

/** data runs the client and parses what it prints. */
export function data(client: Client, home: string, args: readonly string[]): unknown {
  const ran = run(client, home, args);
  expect(ran.status, ran.stderr).toBe(0);
  return jsonOf(ran.stdout);
}

/** promptOf starts an agent against a model endpoint on loopback, and gives what it sent there: its whole prompt. */
export async function promptOf(client: Client, home: string, defaults: object = {}): Promise<string> {
  const sent = await client.capture(
    (endpoint) => {
      const mock = { baseUrl: endpoint, apiKey: "x", api: "anthropic-messages", models: [{ id: "m1", name: "m1" }] };
      configure(home, {
        models: { providers: { mock } },
        agents: { defaults: { model: { primary: "mock/m1" }, ...defaults } },
      });
      return ["agent", "--local", "--agent", "main", "--message", "hi", "--json"];
    },
    { cwd: home, home, env },
  );
  return sent.replaceAll("\\n", "\n").replaceAll('\\"', '"');
}
