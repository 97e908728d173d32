import { type Diagnostic, printable } from "@stax/errors";
import { compareBytes, type Layers, type SecretDeclaration } from "@stax/schema";
import type { Adapter } from "../adapter-contract.ts";
import type { Json, JsonObject, ReadContext, Scope } from "../contract.ts";
import { mergeRecovered } from "./merge-recovered.ts";
import { isObject } from "./parse-config.ts";
import type { Imported, ReadFile } from "./read-runtime.ts";
import { validOptions } from "./valid-options.ts";

/** Recovery gathers what the parts of an adapter read: layers, options, what became of each file, and the findings. */
export class Recovery {
  readonly context: ReadContext;
  readonly #adapter: Adapter;
  readonly #runtime: string;
  readonly #outcomes = new Map<string, ReadFile["outcome"]>();
  readonly #diagnostics: Diagnostic[] = [];
  readonly #secrets = new Map<string, SecretDeclaration>();
  #layers: Layers = {};
  #options: JsonObject = {};

  constructor(adapter: Adapter, scope: Scope, find: ReadContext["find"]) {
    const { displayName } = adapter;
    this.#adapter = adapter;
    this.#runtime = displayName;
    this.context = {
      scope,
      runtime: displayName,
      secret: (name) => this.#secret(name),
      changed: (path, what, reason, hint) => {
        this.#outcomes.set(path, "translated");
        this.#report("import-changed", "info", path, what, reason, hint);
      },
      left: (path, what, reason, hint) => {
        if (what === undefined) this.#outcomes.set(path, "left");
        else if (this.#outcomes.get(path) !== "left") this.#outcomes.set(path, "translated");
        this.#report("import-left", "warning", path, what, reason, hint);
      },
      note: (finding) => {
        // What stands in the place of a credential is not what was found.
        if (finding.code === "import-secret" && finding.path !== undefined)
          this.#outcomes.set(finding.path, "translated");
        this.#diagnostics.push(finding);
      },
      find,
    };
  }

  /** carried says that a file was read; whether it was changed on the way is known already. */
  carried(path: string): void {
    if (!this.#outcomes.has(path)) this.#outcomes.set(path, "carried");
  }

  /** personal says that a file is not for an artifact; that is no loss. */
  personal(path: string, reason: string): void {
    this.#outcomes.set(path, "left");
    this.#report("import-left", "info", path, undefined, reason);
  }

  isDone = (path: string): boolean => this.#outcomes.has(path);

  take({ layers = {}, options = {} }: { readonly layers?: Layers; readonly options?: JsonObject }): void {
    this.#layers = mergeRecovered(this.#layers, layers, (layer, item) =>
      this.#report(
        "import-duplicate",
        "warning",
        undefined,
        `${layer} "${printable(item)}"`,
        "is there twice, and the first is kept",
        undefined,
      ),
    );
    this.#options = mergeOptions(this.#options, options);
  }

  /** What was read of the adapter's options so far. */
  get options(): JsonObject {
    return this.#options;
  }

  finish(fitting: JsonObject): Omit<Imported, "adapter"> {
    const options = validOptions(this.#adapter, mergeOptions(this.#options, fitting), (field, message) =>
      this.#report("import-left", "warning", undefined, `the option ${field}`, `is not carried: ${message}`),
    );
    const secrets = [...this.#secrets.values()].sort((a, b) => compareBytes(a.key, b.key));
    const files = [...this.#outcomes].map(([path, outcome]) => ({ path, outcome }));
    return {
      layers: {
        ...this.#layers,
        ...(secrets.length > 0 && { secrets: { specVersion: "1.0.0", secrets } }),
      },
      options,
      files: files.sort((a, b) => compareBytes(a.path, b.path)),
      diagnostics: this.#diagnostics,
    };
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
    const finding: Diagnostic = {
      code,
      severity,
      message: path === undefined ? `${this.#runtime}: ${message}` : message,
      ...(path !== undefined && { path }),
      ...(hint !== undefined && { hint }),
    };
    const known = this.#diagnostics.some((other) => other.path === path && other.message === finding.message);
    if (!known) this.#diagnostics.push(finding);
  }
}

function mergeOptions(base: JsonObject, override: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...base };
  for (const [key, value] of Object.entries(override)) {
    const known = merged[key];
    merged[key] = isObject(known) && isObject(value) ? mergeOptions(known, value) : value;
  }
  return merged;
}
