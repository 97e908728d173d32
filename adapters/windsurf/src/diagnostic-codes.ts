/** diagnosticCodes are the findings of this adapter, by code. */
export const diagnosticCodes = {
  "mcp-user-scope": "The runtime reads MCP servers of a user only, not of a project",
  "mcp-tool-limit": "The servers offer more tools than the runtime takes",
  "option-idle": "An option says nothing in the layout that was chosen",
  "skills-without-place": "The layout that was chosen has no skills",
  "deprecated-file": "The file that is written is deprecated by its runtime",
} as const;
