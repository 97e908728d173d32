import module, { syncBuiltinESMExports } from "node:module";
import { Writable } from "node:stream";
import { isAllowedBuiltin, refuseBuiltin } from "./guard-modules.ts";
import { refuse } from "./refusal.ts";

const { getBuiltinModule } = process;

/** Each with what it would do. They are taken away because Node's permission model leaves them, or leaves them on some versions. */
const forbiddenCalls: readonly (readonly [name: string, act: string])[] = [
  ["abort", "exit"],
  ["binding", "module"],
  ["_linkedBinding", "module"],
  ["chdir", "other"],
  ["dlopen", "addon"],
  ["execve", "process"],
  ["_getActiveHandles", "module"],
  ["_getActiveRequests", "module"],
  ["exit", "exit"],
  ["initgroups", "other"],
  ["kill", "process"],
  ["_kill", "process"],
  ["_debugProcess", "process"],
  ["_debugEnd", "process"],
  ["loadEnvFile", "key-file"],
  ["openStdin", "other"],
  ["reallyExit", "exit"],
  ["setegid", "other"],
  ["seteuid", "other"],
  ["setgid", "other"],
  ["setgroups", "other"],
  ["setuid", "other"],
];

/** guardProcess takes away what reaches other processes, the network and the environment. */
export function guardProcess(environment: Readonly<Record<string, string>>): void {
  for (const [name, act] of forbiddenCalls) define(process, name, refusing(act, `process.${name}`));
  define(process, "getBuiltinModule", (name: unknown) => {
    const text = String(name);
    if (!isAllowedBuiltin(text)) throw refuseBuiltin(text);
    return getBuiltinModule(text);
  });
  define(process, "report", undefined);
  define(process, "env", { ...environment });
  guardNetwork();
  for (const name of ["localStorage", "sessionStorage"]) {
    if (name in globalThis) define(globalThis, name, undefined);
  }
  // Hooks of a definition's own would run in front of ours; those of `register` in a thread without guards.
  define(module, "register", undefined);
  define(module, "registerHooks", undefined);
  syncBuiltinESMExports();
}

// The classes of fetch come from a client inside Node. Whatever loads it leaves its dispatcher, which connects by Node's own inner modules,
// under a known symbol; the streaming functions of WebAssembly load it, too.
function guardNetwork(): void {
  for (let version = 1; version <= 9; version++) {
    define(globalThis, Symbol.for(`undici.globalDispatcher.${version}`), { dispatch: refusing("network", "fetch") });
  }
  for (const name of fetchGlobals) {
    if (name in globalThis) define(globalThis, name, refusing("network", name));
  }
  const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: object }; // the types have it only with the DOM's
  for (const name of ["compileStreaming", "instantiateStreaming"]) {
    define(WebAssembly, name, refusing("network", `WebAssembly.${name}`));
  }
}

const fetchGlobals =
  "fetch WebSocket EventSource Request Response Headers FormData MessageEvent CloseEvent CacheStorage caches WebSocketStream WebSocketError".split(
    " ",
  );

function define(target: object, name: string | symbol, value: unknown): void {
  // Some globals are made when they are looked at, and defining looks; deleting does not.
  Reflect.deleteProperty(target, name);
  Object.defineProperty(target, name, { value, enumerable: true, writable: false, configurable: false });
}

function refusing(act: string, resource: string): () => never {
  return function refused() {
    throw refuse({ reason: "denied", act, resource }, `${resource} is not available here`);
  };
}

const outputLimit = 4096;

/** Output collects what a definition prints; a real stream would be a socket, whose class reaches the network. */
export class Output {
  #text = "";
  #length = 0;

  /** capture puts this in the place of stdout and stderr. */
  capture(): void {
    const stream = () =>
      new Writable({
        decodeStrings: false,
        write: (chunk: string | Uint8Array, _encoding, done) => {
          this.#add(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
          done();
        },
      });
    for (const name of ["stdout", "stderr"]) define(process, name, Object.assign(stream(), { isTTY: false }));
    define(process, "stdin", undefined);
  }

  /** take gives what was printed since the last time. */
  take(): { readonly output: string; readonly printed: number } {
    const taken = { output: this.#text, printed: this.#length };
    this.#text = "";
    this.#length = 0;
    return taken;
  }

  #add(text: string): void {
    this.#length += text.length;
    if (this.#text.length < outputLimit) this.#text = (this.#text + text).slice(0, outputLimit);
  }
}
