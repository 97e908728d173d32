export { type CaptureOptions, type Client, endpointOf, findClient } from "./clients/client.ts";
export { materializeExample, type Scratch } from "./clients/example.ts";
export { installClient, placeOf } from "./clients/install.ts";
export type { Call, Outcome, Request } from "./clients/loopback/job.ts";
export { type ClientName, type ClientPackage, clientPackages } from "./clients/packages.ts";
export { type ConverseOptions, freePorts, type Ports, type Ran, type RunOptions } from "./clients/run.ts";
