import { type Diagnostic, printable } from "@stax/errors";
import { compareBytes, type Layers, type SecretDeclaration } from "@stax/schema";
import type { Adapter } from "../adapter-contract.ts";
import type { Json, JsonObject, ReadContext, Recovered, Scope } from "../contract.ts";
import { mergeRecovered } from "./merge-recovered.ts";
import { isObject } from "./parse-config.ts";
import type { Imported, ReadFile } from "./read-runtime.ts";
import { validOptions } from "./valid-options.ts";
import { withoutCredentials } from "./without-credentials.ts";

/** Recovery gathers what the parts of an adapter read: layers, options, what became of each file, and the findings. */
export class Recovery {
  readonly context: ReadContext;
  readonly #adapter: Adapter;
  readonly #outcomes = new Map<string, ReadFile["outcome"]>();
  readonly #diagnostics = new Map<string, Diagnostic>();
  readonly #secrets = new Map<string, SecretDeclaration>();
  readonly #switchedOff = new Set<string>();
  #layers: Layers = {};
  #options: JsonObject = {};

  constructor(adapter: Adapter, scope: Scope, find: ReadContext["find"]) {
    this.#adapter = adapter;
    this.context = {
      scope,
      runtime: adapter.displayName,
      secret: (name) => this.#secret(name),
      changed: (path, what, reason, hint) => {
        if (!this.#isLeft(path)) this.#outcomes.set(path, "translated");
        this.#report("import-changed", "info", path, what, reason, hint);
      },
      left: (path, what, reason, hint) => {
        if (what === undefined) this.#outcomes.set(path, "left");
        else if (!this.#isLeft(path)) this.#outcomes.set(path, "translated");
        this.#report("import-left", "warning", path, what, reason, hint);
      },
      note: (finding) => {
        // What stands in the place of a credential is not what was found.
        if (finding.code === "import-secret" && finding.path !== undefined && !this.#isLeft(finding.path))
          this.#outcomes.set(finding.path, "translated");
        this.#note(finding);
      },
      find,
    };
  }

  /** carried says that a file was read; whether it was changed on the way is known already. */
  carried(path: string): void {
    if (!this.#outcomes.has(path)) this.#outcomes.set(path, "carried");
  }

  /** nothing says that nothing of a file is carried, whatever was said of its parts. */
  nothing(path: string): void {
    this.#outcomes.set(path, "left");
  }

  /** personal says that files are not for an artifact; that is no loss. `where` is what people call them: a file, or a directory. */
  personal(path: string, where: string, reason: string): void {
    this.#outcomes.set(path, "left");
    this.#report("import-left", "info", where, undefined, reason);
  }

  isDone = (path: string): boolean => this.#outcomes.has(path);
  #isLeft = (path: string): boolean => this.#outcomes.get(path) === "left";

  take(
    { layers = {}, options = {}, switchedOff = [] }: Omit<Recovered<unknown>, "rest">,
    path: string | undefined,
  ): void {
    for (const name of switchedOff) this.#switchedOff.add(name);
    this.#layers = mergeRecovered(this.#layers, layers, (layer, item) =>
      this.#report(
        "import-duplicate",
        "warning",
        undefined,
        `${layer} "${printable(item)}"`,
        "is there twice, and the first is kept",
      ),
    );
    this.#options = mergeOptions(this.#options, withoutCredentials(options, path, this.context));
  }

  /** What was read of the adapter's options so far. */
  get options(): JsonObject {
    return this.#options;
  }

  finish(fitting: JsonObject): Omit<Imported, "adapter"> {
    // A part may know more of a secret than its name.
    const declared = this.#layers.secrets?.secrets ?? [];
    const met = [...this.#secrets.values()].filter(({ key }) => !declared.some((known) => known.key === key));
    const secrets = [...declared, ...met.sort((a, b) => compareBytes(a.key, b.key))];
    const files = [...this.#outcomes].map(([path, outcome]) => ({ path, outcome }));
    const { settle = (options: JsonObject) => options } = this.#adapter.import ?? {};
    const settled = settle(mergeOptions(this.#options, fitting));
    const options = validOptions(this.#adapter, settled, (field, message) =>
      this.#report("import-left", "warning", undefined, `the option ${field}`, `is not carried: ${message}`),
    );
    return {
      layers: {
        ...this.#layers,
        ...this.#servers(),
        ...(secrets.length > 0 && { secrets: { specVersion: "1.0.0", ...this.#layers.secrets, secrets } }),
      },
      options,
      files: files.sort((a, b) => compareBytes(a.path, b.path)),
      diagnostics: [...this.#diagnostics.values()],
    };
  }

  #servers(): Layers {
    const { mcp } = this.#layers;
    const entries = Object.entries(mcp?.servers ?? {});
    for (const name of this.#switchedOff)
      if (!entries.some(([known]) => known === name))
        this.#report("import-left", "info", undefined, name, "is switched off, and is no server here");
    if (mcp === undefined) return {};
    const servers = entries.map(([name, server]) => [
      name,
      this.#switchedOff.has(name) ? { ...server, enabled: false } : server,
    ]);
    return { mcp: { ...mcp, servers: Object.fromEntries(servers) } };
  }

  #secret(name: string): string {
    if (!this.#secrets.has(name)) this.#secrets.set(name, { key: name, required: true });
    return `\${${name}}`;
  }

  #report(
    code: string,
    severity: Diagnostic["severity"],
    path: string | undefined,
    what: string | undefined,
    reason: string,
    hint?: string,
  ): void {
    const message = `${what === undefined ? "" : `${printable(what)}: `}${reason}`;
    this.#note({
      code,
      severity,
      message: path === undefined ? `${this.#adapter.displayName}: ${message}` : message,
      ...(path !== undefined && { path }),
      ...(hint !== undefined && { hint }),
    });
  }

  /** What is found again of the same file is said once. Messages quote names out of files, which may hold anything. */
  #note(finding: Diagnostic): void {
    const message = printable(finding.message);
    const key = JSON.stringify([finding.path, message]);
    if (!this.#diagnostics.has(key)) this.#diagnostics.set(key, { ...finding, message });
  }
}

function mergeOptions(base: JsonObject, override: JsonObject): JsonObject {
  const merged = new Map<string, Json>(Object.entries(base));
  for (const [key, value] of Object.entries(override)) {
    const known = merged.get(key);
    merged.set(key, isObject(known) && isObject(value) ? mergeOptions(known, value) : value);
  }
  return Object.fromEntries(merged);
}
