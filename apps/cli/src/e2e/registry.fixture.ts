import {
  createFaultyRegistry,
  type FaultyOptions,
  type FaultyRegistry,
  type RequestRecord,
} from "@stax/registry/faults";
import { expect, onTestFinished } from "vitest";
import { agentFiles, type Files, write } from "./project.fixture.ts";
import { type Finished, type Json, type RunOptions, stax, staxJson, temporaryDirectory } from "./run-stax.fixture.ts";

/** Bench is a registry in memory that remembers its requests, and a home of its own, so that the cache is empty at first. */
export interface Bench {
  readonly registry: FaultyRegistry;
  readonly host: string;
  readonly home: string;
  readonly cwd: string;
  run(line: readonly string[], options?: RunOptions): Promise<Finished>;
  json(line: readonly string[], options?: RunOptions): Promise<Finished & { json: Json }>;
  /** Requests since the last call, as `METHOD kind`. */
  log(): string[];
  requests(method: string, kind: RequestRecord["kind"]): readonly RequestRecord[];
}

/** startBench starts a registry and puts files into a workspace; both are gone when the test is. */
export async function startBench(files: Files = {}, options: FaultyOptions = {}): Promise<Bench> {
  const registry = await createFaultyRegistry(options);
  onTestFinished(() => registry.close());
  const home = temporaryDirectory();
  const cwd = write(temporaryDirectory(), { ".git/HEAD": "", ...files });
  const around = (given: RunOptions = {}): RunOptions => ({ cwd, ...given, env: { HOME: home, ...given.env } });
  let seen = 0;
  return {
    registry,
    host: registry.host,
    home,
    cwd,
    run: (line, given) => stax(line, around(given)),
    json: (line, given) => staxJson(line, around(given)),
    log: () => {
      const lines = registry.requests.slice(seen).map(({ method, kind }) => `${method} ${kind}`);
      seen = registry.requests.length;
      return lines;
    },
    requests: (method, kind) =>
      registry.requests.filter((request) => request.method === method && request.kind === kind),
  };
}

/** built starts a registry beside a workspace in which these files are built. */
export async function built(files: Files = agentFiles(), ...flags: string[]): Promise<Bench> {
  const bench = await startBench(files);
  expect(await bench.run(["build", ...flags])).toMatchObject({ code: 0, stderr: "" });
  return bench;
}
