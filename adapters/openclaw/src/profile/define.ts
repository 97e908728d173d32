import type { ProfileDefinition } from "@stax/schema";

/** ModelChoice is a model, or one with those to fall back to. */
export type ModelChoice = string | { readonly primary?: string; readonly fallbacks?: readonly string[] };

/** ToolChoice says which tools an agent has. */
export interface ToolChoice {
  readonly profile?: "minimal" | "coding" | "messaging" | "full";
  readonly allow?: readonly string[];
  readonly alsoAllow?: readonly string[];
  readonly deny?: readonly string[];
}

/** AgentDefaults holds for every agent that does not say otherwise. */
export interface AgentDefaults {
  readonly model?: ModelChoice;
  /** Relative to the home directory: `~/.openclaw/workspace`. */
  readonly workspace?: string;
  readonly skills?: readonly string[];
  readonly skipBootstrap?: boolean;
  readonly contextInjection?: "always" | "continuation-skip" | "never";
  readonly bootstrapMaxChars?: number;
  readonly bootstrapTotalMaxChars?: number;
  readonly sandbox?: Readonly<Record<string, unknown>>;
  readonly subagents?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/** AgentEntry is one agent. */
export interface AgentEntry {
  readonly name?: string;
  readonly description?: string;
  readonly default?: boolean;
  readonly model?: ModelChoice;
  readonly workspace?: string;
  /** The only skills that it may use. */
  readonly skills?: readonly string[];
  readonly identity?: {
    readonly name?: string;
    readonly theme?: string;
    readonly emoji?: string;
    readonly avatar?: string;
  };
  readonly tools?: ToolChoice;
  readonly [key: string]: unknown;
}

/** PortableConfig is the part of `openclaw.json` that may be shared. What is not portable is left out, with a warning; credentials are refused. */
export interface PortableConfig {
  readonly agents?: { readonly defaults?: AgentDefaults; readonly entries?: Readonly<Record<string, AgentEntry>> };
  readonly models?: Readonly<Record<string, unknown>>;
  readonly skills?: {
    readonly allowBundled?: readonly string[];
    readonly load?: { readonly watch?: boolean; readonly extraDirs?: readonly string[] };
    readonly limits?: Readonly<Record<string, number>>;
    readonly entries?: Readonly<Record<string, { readonly enabled?: boolean }>>;
  };
  readonly tools?: ToolChoice & Readonly<Record<string, unknown>>;
  readonly bindings?: readonly Readonly<Record<string, unknown>>[];
  readonly gateway?: Readonly<Record<string, unknown>>;
  readonly messages?: Readonly<Record<string, unknown>>;
  readonly ui?: { readonly seamColor?: string };
}

/** OpenclawProfileDefinition is what {@link defineProfile} takes. */
export interface OpenclawProfileDefinition
  extends Pick<ProfileDefinition, "name" | "version" | "description" | "author" | "tags" | "secrets"> {
  readonly openclaw: PortableConfig;
}

/** defineProfile describes a profile of OpenClaw: the default export of `profile.ts`. What it holds is checked when it is built. */
export const defineProfile = (definition: OpenclawProfileDefinition): ProfileDefinition => ({
  ...definition,
  profileType: "openclaw",
  openclaw: { ...definition.openclaw },
});
