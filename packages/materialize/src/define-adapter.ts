import { type Diagnostic, hasErrors } from "@stax/errors";
import {
  type AdapterConfig,
  type AdapterFeatures,
  checkDocument,
  defineAdapter as defineConfig,
  type FileEntry,
  type MaterializationTarget,
} from "@stax/schema";
import type { Adapter, AdapterContract, ModelOptions } from "./adapter-contract.ts";
import type {
  Carried,
  ConfigFormat,
  ConfigOutput,
  DocumentOutput,
  Feature,
  FilesOutput,
  JsonObject,
  Output,
  Part,
  PathByScope,
  Scope,
  Section,
} from "./contract.ts";
import { MaterializeError } from "./error.ts";
import { features, strongest } from "./features.ts";
import { modelParamFindings } from "./model-params.ts";

/** defineAdapter takes the bare function from options to a config, for authors of definitions who do not render. */
export function defineAdapter<Options>(
  configure: (options: Options) => AdapterConfig,
): (options: Options) => AdapterConfig;
/** defineAdapter also makes an adapter of its contract. Every feature must be answered by an output or excused in `unsupported`: a missing one does not compile. */
export function defineAdapter<
  Options extends ModelOptions,
  Input,
  const Outputs extends readonly Output<Feature, Options>[],
>(contract: AdapterContract<Options, Input, Outputs>): Adapter<Input>;
export function defineAdapter<Options extends ModelOptions, Input>(
  contract: AdapterContract<Options, Input, readonly Output<Feature, Options>[]> | ((options: Input) => AdapterConfig),
): Adapter<Input> | ((options: Input) => AdapterConfig) {
  return typeof contract === "function" ? defineConfig(contract) : adapterOf(contract);
}

function adapterOf<Options extends ModelOptions, Input>(
  contract: AdapterContract<Options, Input, readonly Output<Feature, Options>[]>,
): Adapter<Input> {
  const { outputs, compile } = contract;
  const featuresOf = (options: ModelOptions): AdapterFeatures =>
    featureMap(outputs, options as Options, contract.exactMode ?? true); // parsed by the contract's own schema
  const targetsOf = (options: ModelOptions) => targets(outputs, options as Options); // as above
  return {
    name: contract.name,
    aliases: contract.aliases ?? [],
    displayName: contract.displayName,
    adapterVersion: contract.adapterVersion,
    runtimeVersionRange: contract.runtimeVersionRange,
    exactMode: contract.exactMode ?? true,
    optionsSchema: contract.options,
    outputs: outputs as readonly Output<Feature, never>[], // options are erased here and given back by render, which parses them
    unsupported: contract.unsupported,
    modelParams: contract.modelParams ?? {},
    capabilities: contract.capabilities ?? {},
    budgets: contract.budgets ?? [],
    notices: contract.notices ?? [],
    runtimeFiles: contract.runtimeFiles ?? [],
    alsoReads: contract.alsoReads ?? [],
    import: contract.import,
    anyRuntime: contract.anyRuntime ?? false,
    check: contract.check ?? (() => []),
    decompile: contract.decompile ?? optionsIn,
    features: featuresOf,
    targets: targetsOf,
    configure: (input) => {
      const { options, diagnostics: found } = parseOptions({ optionsSchema: contract.options }, input ?? {}, "error");
      const known = { displayName: contract.displayName, modelParams: contract.modelParams ?? {} };
      const diagnostics = [...found, ...modelParamFindings(known, options?.modelParams ?? {})];
      if (options === undefined || hasErrors(diagnostics))
        throw new MaterializeError("ADAPTER_OPTIONS", `the options of ${contract.displayName} are not valid`, {
          diagnostics,
        });
      const { model, modelParams, ...config } = options;
      return withoutUndefined<AdapterConfig>({
        type: contract.name,
        runtime: contract.name,
        adapterVersion: contract.adapterVersion,
        runtimeVersionRange: contract.runtimeVersionRange,
        model,
        modelParams,
        config,
        features: featuresOf(options),
        targets: [...targetsOf(options)],
        ...compile?.(options as Options), // what the schema gave back
      });
    },
  };
}

const optionsIn = ({ config, model, modelParams }: AdapterConfig): unknown => ({
  ...config,
  ...(model === undefined ? {} : { model }),
  ...(modelParams === undefined ? {} : { modelParams }),
});

/** parseOptions checks options against an adapter's schema. `options` is undefined where an error was found. */
export function parseOptions(
  { optionsSchema }: Pick<Adapter, "optionsSchema">,
  value: unknown,
  unknown: "error" | "warning",
): { readonly options: ModelOptions | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const options = checkDocument(optionsSchema, value, { unknown, report: (finding) => diagnostics.push(finding) });
  return { options: hasErrors(diagnostics) ? undefined : options, diagnostics };
}

function withoutUndefined<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T; // only absent optional fields are dropped
}

/** isOn tells whether options leave an output switched on, or, where it is to be chosen, switch it on. */
export function isOn(output: { readonly when?: string; readonly optIn?: boolean }, options: object): boolean {
  if (output.when === undefined) return true;
  const chosen = Object.entries(options).find(([key]) => key === output.when)?.[1];
  return output.optIn ? chosen === true : chosen !== false;
}

/** partsOf lists the parts of an output, whatever its kind. */
export function partsOf<Options>(
  output: Output<Feature, Options>,
): readonly { readonly feature: Feature; readonly fidelity: Carried }[] {
  return output.kind === "files" ? [output.part] : output.parts;
}

/** pathOf is the path or glob of an output in a scope; `undefined` where the scope has no such file. */
export function pathOf<Options>(output: Output<Feature, Options>, options: Options, scope: Scope): string | undefined {
  const claims: PathByScope = typeof output.claims === "function" ? output.claims(options) : output.claims;
  return typeof claims === "string" ? claims : claims[scope];
}

const scopeOf = (options: object): Scope => ("scope" in options && options.scope === "user" ? "user" : "project");

function featureMap<Options extends ModelOptions>(
  outputs: readonly Output<Feature, Options>[],
  options: Options,
  exactMode: boolean,
): AdapterFeatures {
  const carried = new Map<Feature, Carried>();
  for (const output of outputs) {
    if (!isOn(output, options) || pathOf(output, options, scopeOf(options)) === undefined) continue;
    for (const { feature, fidelity } of partsOf(output))
      carried.set(feature, strongest(carried.get(feature), fidelity));
  }
  const rows = features
    .filter((feature) => feature !== "secrets")
    .map((feature) => [feature, carried.get(feature) ?? "unsupported"]);
  return { ...Object.fromEntries(rows), secrets: "consumer-only", exactMode };
}

function targets<Options extends ModelOptions>(
  outputs: readonly Output<Feature, Options>[],
  options: Options,
): readonly MaterializationTarget[] {
  const scope = scopeOf(options);
  return outputs.flatMap((output): readonly MaterializationTarget[] => {
    const claim = isOn(output, options) ? pathOf(output, options, scope) : undefined;
    if (claim === undefined) return [];
    const description = output.description === undefined ? {} : { description: output.description };
    const exact = output.kind === "files";
    const nested = output.kind === "document" && scope === "project" ? output.nested : undefined;
    return [
      { ...placeOf(claim, output.kind), scope, exact, ...description },
      ...(nested === undefined ? [] : [{ kind: "file" as const, path: nested, scope, exact }]),
    ];
  });
}

function placeOf(claim: string, kind: Output["kind"]): Pick<MaterializationTarget, "kind" | "path"> {
  const star = claim.indexOf("*");
  if (star < 0) return { kind: kind === "config" ? "setting" : "file", path: claim };
  const directory = claim.slice(0, claim.lastIndexOf("/", star) + 1);
  return { kind: "directory", path: directory === "" ? "./" : directory };
}

type Rest<T> = Omit<T, "kind" | "claims" | "parts" | "part" | "format">;
type Claims<Options> = PathByScope | ((options: Options) => PathByScope);

/** document declares a Markdown file whose sections come from several parts, in their order. */
export const document = <F extends Feature, Options = unknown>(
  claims: Claims<Options>,
  parts: readonly Part<F, Options, Section>[],
  rest: Rest<DocumentOutput<F, Options>> = {},
): DocumentOutput<F, Options> => ({ kind: "document", claims, parts, ...rest });

/** config declares keys in a configuration file. */
export const config = <F extends Feature, Options = unknown>(
  format: ConfigFormat,
  claims: Claims<Options>,
  parts: readonly Part<F, Options, JsonObject>[],
  rest: Rest<ConfigOutput<F, Options>> = {},
): ConfigOutput<F, Options> => ({ kind: "config", format, claims, parts, ...rest });

/** files declares files that are wholly ours. */
export const files = <F extends Feature, Options = unknown>(
  claims: Claims<Options>,
  part: Part<F, Options, FileEntry>,
  rest: Rest<FilesOutput<F, Options>> = {},
): FilesOutput<F, Options> => ({ kind: "files", claims, part, ...rest });
