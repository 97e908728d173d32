import { hasErrors } from "@stax/errors";
import type { AdapterConfig, Layers } from "@stax/schema";
import { account, reportHints, reportSecretFiles, type Work } from "./account.ts";
import type { Adapter, ModelOptions } from "./adapter-contract.ts";
import type {
  ConfigOutput,
  DocumentOutput,
  Feature,
  FilesOutput,
  Output,
  Part,
  Piece,
  RenderOptions,
} from "./contract.ts";
import { isOn, parseOptions, partsOf, pathOf } from "./define-adapter.ts";
import { MaterializeError } from "./error.ts";
import { features, isLayer, itemsOf, strongest } from "./features.ts";
import { contextOf, Findings, secretsOf } from "./ledger.ts";
import { modelParamFindings } from "./model-params.ts";
import { matchesClaim, parentOf } from "./path.ts";
import type { Rendering } from "./rendering.ts";
import { withoutSecrets } from "./without-secrets.ts";

/**
 * render makes an adapter's fragments of layers: pure and synchronous, file bodies stay closed. What no part carries is a loss, so an
 * adapter cannot drop anything in silence. Throws ERR_STAX_ADAPTER_OPTIONS where the config's options do not fit.
 */
export function render(
  layers: Layers,
  adapter: Adapter,
  config: AdapterConfig,
  options: RenderOptions = {},
): Rendering {
  const findings = new Findings(adapter);
  const parsed = optionsOf(adapter, config, findings);
  const scope = options.scope ?? ("scope" in parsed && parsed.scope === "user" ? "user" : "project");
  const work: Work = {
    adapter,
    layers,
    options: parsed,
    render: { ...options, scope, includeDisabled: options.includeDisabled ?? false, strict: options.strict ?? false },
    findings,
    fragments: [],
    off: new Map(),
    carried: new Map(),
  };
  for (const output of adapter.outputs) renderOutput(work, output);
  for (const feature of features) account(work, feature);
  if (!adapter.outputs.some((output) => partsOf(output).some(({ feature }) => feature === "secrets")))
    reportSecretFiles(work);
  reportHints(work);
  return {
    adapter,
    scope,
    fragments: work.fragments,
    losses: findings.losses,
    notices: findings.notices,
    capabilities: findings.capabilities,
    features: { ...adapter.features(parsed), ...whatHappened(work) },
  };
}

function optionsOf(adapter: Adapter, config: AdapterConfig, findings: Findings): ModelOptions {
  const { options, diagnostics: found } = parseOptions(adapter, adapter.decompile(config), "warning");
  const diagnostics = [...found, ...modelParamFindings(adapter, config.modelParams ?? {})];
  if (options === undefined || hasErrors(diagnostics))
    throw new MaterializeError(
      "ADAPTER_OPTIONS",
      `the adapter options of the artifact are not valid for ${adapter.displayName}`,
      {
        diagnostics,
      },
    );
  for (const diagnostic of diagnostics) findings.note({ ...diagnostic, layer: "modelConfig" });
  return options;
}

function renderOutput(work: Work, output: Output<Feature, never>): void {
  const path = pathOf(output, work.options as never, work.render.scope); // the adapter's own schema made the options
  if (path === undefined) return;
  if (!isOn(output, work.options)) {
    for (const { feature } of partsOf(output))
      work.off.set(feature, { option: output.when ?? "", optIn: output.optIn ?? false });
    return;
  }
  if (output.kind === "document") renderDocument(work, output, path);
  else if (output.kind === "config") renderConfig(work, output, path);
  else renderFiles(work, output, path);
}

function renderDocument(work: Work, output: DocumentOutput<Feature, never>, path: string): void {
  const { parts, includes, nested, shares = false } = output;
  for (const part of parts)
    for (const piece of run(work, part)) {
      if (piece.out === undefined) continue;
      const at = piece.path ?? path;
      if (piece.path !== undefined && !matchesClaim(nested ?? path, piece.path))
        throw outsideClaim(work, at, nested ?? path);
      const included = includes && { path: beside(at, includes.file), directive: includes.directive, shares };
      work.fragments.push({
        ...base(work, output, part, piece, at),
        kind: "section",
        section: piece.out,
        alwaysLoaded: piece.path === undefined,
        ...(included && { includes: included }),
      });
    }
}

function renderConfig(work: Work, output: ConfigOutput<Feature, never>, path: string): void {
  const { parts, format, ordered = [] } = output;
  for (const part of parts)
    for (const piece of run(work, part)) {
      const value = piece.out && withoutSecrets(work.findings, part.feature, piece.out);
      if (value !== undefined && Object.keys(value).length > 0)
        work.fragments.push({ ...base(work, output, part, piece, path), kind: "keys", format, value, ordered });
    }
}

function renderFiles(work: Work, output: FilesOutput<Feature, never>, path: string): void {
  const { part, alwaysLoaded, mayVanish = false } = output;
  const always = alwaysLoaded?.(work.layers);
  for (const piece of run(work, part)) {
    const entry = piece.out;
    if (entry === undefined) continue;
    if (!matchesClaim(path, entry.path)) throw outsideClaim(work, entry.path, path);
    const loaded = piece.items.some((item) => always?.has(item));
    work.fragments.push({
      ...base(work, output, part, piece, entry.path),
      kind: "file",
      entry,
      alwaysLoaded: loaded,
      mayVanish,
    });
  }
}

const outsideClaim = ({ adapter }: Work, path: string, claim: string): Error =>
  new Error(`${adapter.name} writes ${path}, which is outside its claim ${claim}`);

const beside = (path: string, file: string): string => (parentOf(path) === "" ? file : `${parentOf(path)}/${file}`);

const base = (
  work: Work,
  { alsoAt }: { readonly alsoAt?: readonly string[] },
  part: Pick<Part<Feature, never, unknown>, "feature" | "fidelity">,
  piece: Piece<unknown>,
  path: string,
) => ({
  adapter: work.adapter.name,
  path,
  fidelity: part.fidelity,
  ...(alsoAt !== undefined && { alsoAt }),
  items: piece.items.map((item) => ({ feature: part.feature, item })),
});

function* run<Out>(work: Work, part: Part<Feature, never, Out>): Iterable<Piece<Out>> {
  const { adapter, layers, render, findings } = work;
  const context = contextOf(adapter, work.options, render, secretsOf(layers), findings, part.feature);
  for (const piece of part.write(layers, context as never)) {
    // as in renderOutput: the options came out of this adapter's schema
    for (const item of piece.items) carry(work, part.feature, item, piece.keeps ?? part.keeps ?? "all");
    yield piece;
  }
}

function carry(work: Work, feature: Feature, item: string, keeps: readonly string[] | "all"): void {
  const items = work.carried.get(feature) ?? new Map<string, Set<string> | "all">();
  work.carried.set(feature, items);
  const known = items.get(item);
  items.set(item, keeps === "all" || known === "all" ? "all" : new Set([...(known ?? []), ...keeps]));
}

// The map as declared says what the adapter can do; for what the artifact holds, what was done counts.
function whatHappened({ adapter, layers, options, carried, render }: Work): Readonly<Record<string, string>> {
  const rows = adapter.outputs
    .filter((output) => isOn(output, options) && pathOf(output, options as never, render.scope) !== undefined)
    .flatMap(partsOf);
  return Object.fromEntries(
    features
      .filter((feature) => isLayer(feature) && feature !== "secrets" && itemsOf(feature, layers, options).length > 0)
      .map((feature) => {
        const ways = rows.filter((part) => part.feature === feature).map(({ fidelity }) => fidelity);
        const best = ways.reduce((a, b) => strongest(a, b), ways[0] ?? "embedded");
        return [feature, carried.get(feature) === undefined || ways.length === 0 ? "unsupported" : best];
      }),
  );
}
