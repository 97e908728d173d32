import type { AdapterFeatures, FileEntry } from "@stax/schema";
import type { Adapter } from "./adapter-contract.ts";
import type {
  CapabilityUse,
  Carried,
  ConfigFormat,
  Feature,
  JsonObject,
  Loss,
  Notice,
  Scope,
  Section,
} from "./contract.ts";

/** ItemName is one item of a feature. */
export interface ItemName {
  readonly feature: Feature;
  readonly item: string;
}

interface FragmentBase {
  readonly adapter: string;
  /** Relative to the root. */
  readonly path: string;
  readonly items: readonly ItemName[];
  /** Of the part that wrote it. */
  readonly fidelity: Carried;
  /** Where the same may stand for this runtime; see `alsoAt` of an output. */
  readonly alsoAt?: readonly string[];
}

/** FileFragment is a file that is wholly ours. */
export interface FileFragment extends FragmentBase {
  readonly kind: "file";
  readonly entry: FileEntry;
  /** The runtime reads it at every start. */
  readonly alwaysLoaded: boolean;
  readonly mayVanish: boolean;
}

/** SectionFragment is one part of a Markdown document that others may add to. */
export interface SectionFragment extends FragmentBase {
  readonly kind: "section";
  readonly section: Section;
  /** The runtime reads it at every start: it stands in the root document, not in one of a directory. */
  readonly alwaysLoaded: boolean;
  /** The document that is included instead where another adapter writes it. */
  readonly includes?: { readonly path: string; readonly directive: string; readonly shares?: boolean };
}

/** KeysFragment is keys of a configuration file that may be a person's. */
export interface KeysFragment extends FragmentBase {
  readonly kind: "keys";
  readonly format: ConfigFormat;
  readonly value: JsonObject;
  /** Keys of it whose order means something. */
  readonly ordered?: readonly string[];
}

/** Fragment is what one part of one adapter wants in one file: final bytes are made when all adapters and the disk are known. */
export type Fragment = FileFragment | SectionFragment | KeysFragment;

/** Rendering is what an adapter makes of an artifact's layers. */
export interface Rendering {
  readonly adapter: Pick<Adapter, "name" | "displayName" | "budgets" | "notices" | "alsoReads" | "exactMode">;
  readonly scope: Scope;
  readonly fragments: readonly Fragment[];
  readonly losses: readonly Loss[];
  readonly notices: readonly Notice[];
  readonly capabilities: readonly CapabilityUse[];
  /** What really happened to each feature (decision B6). */
  readonly features: AdapterFeatures;
}
