// The process that evaluates definitions. It is started by evaluator-process.ts under Node's permission model and speaks the protocol of
// child/protocol.ts on descriptor 3.
import { stripTypeScriptTypes } from "node:module";
import { pathToFileURL } from "node:url";
import { types } from "node:util";
import { Channel } from "./child/channel.ts";
import { failureOf } from "./child/failure-of.ts";
import { guardFiles } from "./child/guard-files.ts";
import { guardModules } from "./child/guard-modules.ts";
import { guardProcess, Output } from "./child/guard-process.ts";
import { plainDataOf } from "./child/plain-data.ts";
import type { Answer, Failure, Question, Ready, Reply, Request, Setup } from "./child/protocol.ts";

const largestValue = 16 * 1024 * 1024;
const channel = new Channel();
const output = new Output();
const leave = process.exit.bind(process);
const loaded: string[] = [];
let requested: Request | undefined;
let fail: (error: unknown) => void = () => {};

const setup = channel.read<Setup>();
if (setup === undefined) leave(0);
prepare(setup as Setup);
listenForStrays();
channel.write({ ready: true } satisfies Ready);
// Loading what strips types takes as long as starting Node.
if ((setup as Setup).expectsTypeScript) stripTypeScriptTypes("");
for (;;) {
  const request = channel.read<Request>();
  if (request === undefined) leave(0);
  requested = request as Request;
  const { path, id } = requested;
  const outcome = await evaluate(path, (setup as Setup).workspaceRoot);
  channel.write({ id, ...output.take(), ...outcome } satisfies Reply);
}

function prepare({ trust, environment, workspaceRoot, readable, strips, brings }: Setup): void {
  // A terminal's Ctrl-C reaches this process, too; the command decides what it means.
  process.on("SIGINT", () => {});
  guardModules({
    workspaceRoot,
    readable,
    trust,
    loads: (path) => loaded.push(path),
    ask,
    strip: (path) =>
      (path === requested?.path ? requested.stripped : undefined) ?? (strips ? ask({ strip: path }) : null),
    brings: Object.assign(Object.create(null), brings),
  });
  output.capture();
  if (trust) return;
  guardFiles({ workspaceRoot, readable });
  guardProcess(environment);
}

function ask(question: Question): string | null {
  channel.write(question);
  return channel.read<Answer>()?.answer ?? null;
}

type Outcome = { readonly value: unknown } | { readonly failure: Failure };

async function evaluate(path: string, workspaceRoot: string): Promise<Outcome> {
  loaded.length = 0;
  process.argv = [process.execPath, path];
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  try {
    return await Promise.race([defaultOf(path), failed]);
  } catch (error) {
    return { failure: failureOf(error, workspaceRoot, [...loaded]) };
  } finally {
    fail = () => {};
  }
}

// A promise or a timer that nobody waits for fails the definition as any other error does.
function listenForStrays(): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) process.on(event, (error) => fail(error));
}

async function defaultOf(path: string): Promise<Outcome> {
  const exports = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  if (!("default" in exports)) return { failure: { reason: "no-default", exports: Object.keys(exports) } };
  const exported = types.isPromise(exports.default) ? await exports.default : exports.default;
  const { value, problems } = plainDataOf(exported);
  if (problems !== undefined) return { failure: { reason: "not-data", problems } };
  return JSON.stringify(value).length > largestValue ? { failure: { reason: "too-large" } } : { value };
}
