import type { AdapterConfig } from "./adapter-config.ts";
import type { AgentDefinition, PackageDefinition } from "./definition.ts";
import type { McpDefinition } from "./kinds/mcp.ts";
import type { PersonaDefinition } from "./kinds/persona.ts";
import type { SubagentsDefinition } from "./kinds/subagents.ts";
import type { ProfileDefinition } from "./profile.ts";

// These give an author's editor the types; what they return is checked when it is built, wherever it came from.

/** defineAgent describes an agent: the default export of `agent.ts`. */
export const defineAgent = (definition: AgentDefinition): AgentDefinition => definition;
/** definePackage describes a package of shared rules, skills, servers: the default export of `package.ts`. */
export const definePackage = (definition: PackageDefinition): PackageDefinition => definition;
/** definePersona describes who an agent is: the default export of `persona.ts` or of a file in `personas/`. */
export const definePersona = (definition: PersonaDefinition): PersonaDefinition => definition;
/** defineMcp describes MCP servers: the default export of `mcp-servers.ts`. */
export const defineMcp = (definition: McpDefinition): McpDefinition => definition;
/** defineSubagents describes named delegates: the default export of `subagents.ts`. */
export const defineSubagents = (definition: SubagentsDefinition): SubagentsDefinition => definition;
/** defineProfile describes portable configuration of a runtime: the default export of `profile.ts`. */
export const defineProfile = (definition: ProfileDefinition): ProfileDefinition => definition;
/** defineAdapter describes an adapter by the config that its options compile to. Adapters that also render use `@stax/materialize`. */
export const defineAdapter = <Options>(
  configure: (options: Options) => AdapterConfig,
): ((options: Options) => AdapterConfig) => configure;
