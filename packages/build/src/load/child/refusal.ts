import type { BadImport, Refused } from "./protocol.ts";

const reasons = new WeakMap<object, BadImport | Refused>();
const { get, set } = WeakMap.prototype;
const { apply } = Reflect;

/** refuse makes the error that a definition meets when it does what it may not; {@link refusalOf} recognises it. */
export function refuse(reason: BadImport | Refused, message: string, code = "ERR_ACCESS_DENIED"): Error {
  const error = Object.assign(new Error(message), { code });
  apply(set, reasons, [error, reason]);
  return error;
}

const acts: Readonly<Record<string, string>> = {
  FileSystemRead: "read",
  FileSystemWrite: "write",
  ChildProcess: "process",
  WorkerThreads: "thread",
  Addon: "addon",
  Net: "network",
};

/** refusalOf tells why an error was thrown, when we or Node's permission model refused something. */
export function refusalOf(error: unknown): BadImport | Refused | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const ours = apply(get, reasons, [error]) as BadImport | Refused | undefined; // what the map holds
  if (ours !== undefined) return ours;
  const { code, permission, resource, message } = error as Readonly<Record<string, unknown>>; // read defensively
  if (code === "ERR_DLOPEN_DISABLED") return { reason: "denied", act: "addon", resource: "" };
  if (code !== "ERR_ACCESS_DENIED") return undefined;
  return { reason: "denied", act: acts[String(permission)] ?? "other", resource: String(resource || message || "") };
}
