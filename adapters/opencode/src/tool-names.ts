/** toolNames are the names under which opencode knows tools of a server. */
export const toolNames = (server: string, tools: readonly string[]): readonly string[] =>
  tools.map((tool) => `${plain(server)}_${plain(tool)}`);

const plain = (name: string): string => name.replace(/[^a-zA-Z0-9_-]/g, "_");
