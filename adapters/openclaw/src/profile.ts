export {
  type AgentDefaults,
  type AgentEntry,
  defineProfile,
  type ModelChoice,
  type OpenclawProfileDefinition,
  type PortableConfig,
  type ToolChoice,
} from "./profile/define.ts";
export { type MergeLayers, mergeProfile } from "./profile/merge.ts";
export { type PlannedProfile, planProfile } from "./profile/plan.ts";
export { type Portable, portable } from "./profile/portable.ts";
export { type ProfileOptions, type RenderedProfile, renderProfile } from "./profile/render.ts";
