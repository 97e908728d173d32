import { missingClient, placeOf } from "./install.ts";
import type { Outcome } from "./loopback/job.ts";
import { type ClientName, clientPackages } from "./packages.ts";
import { type ConverseOptions, converse, freePorts, type Ran, type RunOptions, runClient } from "./run.ts";

/** CaptureOptions also say how a client learns of the endpoint by its environment. */
export interface CaptureOptions extends RunOptions {
  readonly endpointEnv?: (endpoint: string) => Readonly<Record<string, string>>;
}

/** Client runs a runtime's client without a network. */
export interface Client {
  readonly version: string;
  /** Where it is installed: what it unpacks may stay there, and its files can be read. */
  readonly directory: string;
  run(args: readonly string[], options: RunOptions): Ran;
  /** converse runs it beside a scripted model and a marker server, both on loopback. */
  converse(args: readonly string[], options: ConverseOptions): Promise<Outcome>;
  /** capture runs it against a model endpoint on loopback, and gives what it sent there. `args` get the endpoint's URL. */
  capture(args: (endpoint: string) => readonly string[], options: CaptureOptions): Promise<string>;
}

/** findClient finds a client in the user's cache; otherwise the result says why there is none, for the name of the skipped test. */
export function findClient(wanted: ClientName): Client | string {
  const { binary, directory, isThere } = placeOf(wanted);
  if (!isThere) return missingClient(wanted);
  return {
    version: clientPackages[wanted].version,
    directory,
    run: (args, options) => runClient(binary, args, options),
    converse: (args, options) => converse(binary, args, options),
    capture: async (args, { endpointEnv, ...options }) => {
      const ports = await freePorts();
      const endpoint = endpointOf(ports.model);
      const env = { ...options.env, ...endpointEnv?.(endpoint) };
      const { model } = await converse(binary, args(endpoint), { ...options, env, ports });
      return model.map(({ body }) => body).join("\n");
    },
  };
}

/** endpointOf is the URL of a port on loopback. */
export const endpointOf = (port: number): string => `http://127.0.0.1:${port}`;
