import { stringify } from "yaml";

/** Template is what the files of a new project depend on. */
export interface Template {
  readonly kind: "agent" | "package" | "profile";
  readonly name: string;
  readonly adapter: string;
  readonly template: "standard" | "minimal";
  readonly format: "ts" | "yaml" | "json";
}

type Files = Readonly<Record<string, string>>;

/** filesOf is a new project: contents by path. */
export function filesOf(template: Template): Files {
  const { kind } = template;
  const layers = kind === "profile" ? {} : kind === "agent" ? agentFiles(template) : packageFiles(template);
  return {
    ...definitionFile(template, definitionOf(template)),
    ...layers,
    ".gitignore": "# built artifacts; stax.lock is committed\n.stax/artifacts/\n",
  };
}

const definitions = { agent: "defineAgent", package: "definePackage", profile: "defineProfile" } as const;
const fileNames = { agent: "agent", package: "package", profile: "profile" } as const;

/** definitionFile writes what a project defines, in the language that was asked for: content by path. */
export function definitionFile(template: Template, value: Readonly<Record<string, unknown>>): Files {
  const { kind, format } = template;
  if (format === "yaml") return { [`${fileNames[kind]}.yaml`]: stringify(value) };
  if (format === "json")
    return {
      [kind === "package" ? "stax.package.json" : `${fileNames[kind]}.json`]: `${JSON.stringify(value, null, 2)}\n`,
    };
  return { [`${fileNames[kind]}.ts`]: typeScript(template, value) };
}

function typeScript({ kind, adapter }: Template, value: Readonly<Record<string, unknown>>): string {
  const factory = camelCase(adapter);
  const imports = [
    `import { ${definitions[kind]} } from "stax";`,
    ...(kind === "agent" ? [`import ${factory} from "@stax/${adapter}";`] : []),
  ];
  const lines = Object.entries(value).map(
    ([key, field]) => `  ${key}: ${key === "adapter" ? adapterCall(factory, field) : literal(field)},`,
  );
  return `${imports.join("\n")}\n\nexport default ${definitions[kind]}({\n${lines.join("\n")}\n});\n`;
}

function adapterCall(factory: string, field: unknown): string {
  const { options } = field as { readonly options?: object };
  return options === undefined ? `${factory}({})` : `${factory}(${literal(options)})`;
}

const camelCase = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const literal = (value: unknown): string =>
  JSON.stringify(value, null, 2)
    .replace(/^(\s*)"(\w+)":/gm, "$1$2:")
    .replaceAll("\n", "\n  ");

function definitionOf({ kind, name, adapter, template, format }: Template): Readonly<Record<string, unknown>> {
  const identity = { name, version: "0.1.0", description: `The ${name} ${kind}.` };
  const standard = template === "standard";
  const layers = { rules: "./rules/", skills: "./skills/" };
  if (kind === "profile")
    return { ...identity, profileType: "openclaw", openclaw: { agents: { defaults: { skipBootstrap: true } } } };
  if (kind === "package") return { ...identity, ...(standard ? layers : { rules: "./rules/" }) };
  const extension = format === "ts" ? "ts" : format;
  return {
    ...identity,
    adapter: { name: adapter, ...(genericOptions[adapter] === undefined ? {} : { options: genericOptions[adapter] }) },
    prompt: "./SYSTEM_PROMPT.md",
    ...(standard
      ? {
          ...layers,
          mcp: `./mcp-servers.${extension}`,
          secrets: [{ key: "DOCS_TOKEN", required: false, description: "Token for the docs server", kind: "token" }],
        }
      : {}),
  };
}

// What the generic adapter cannot guess.
const genericOptions: Readonly<Record<string, object>> = {
  generic: {
    runtime: "generic",
    importMode: "filesystem",
    fidelity: "best-effort",
    targets: [{ kind: "directory", path: ".", scope: "project" }],
  },
};

function agentFiles(template: Template): Files {
  const prompt = {
    "SYSTEM_PROMPT.md": `You work on this project with care.\n\nRead before you change, keep changes small, and say what you did and why.\n`,
  };
  if (template.template === "minimal") return prompt;
  const extension = template.format === "ts" ? "ts" : template.format;
  return { ...prompt, ...sharedFiles, [`mcp-servers.${extension}`]: mcpServers(template.format) };
}

const packageFiles = ({ template }: Template): Files =>
  template === "standard" ? sharedFiles : { "rules/be-clear.md": sharedFiles["rules/be-clear.md"] ?? "" };

const sharedFiles: Files = {
  "rules/be-clear.md": `---\nid: be-clear\nscope: always\ndescription: How to write\n---\nWrite short sentences. Name files and functions exactly.\n`,
  "rules/tests.md": `---\nid: tests\nscope: glob\nglobs:\n  - "**/*.test.ts"\ndescription: How tests are written here\n---\nOne behaviour per test; its name is a sentence.\n`,
  "skills/summarize-changes/SKILL.md": `---\nname: summarize-changes\ndescription: Summarizes the uncommitted changes of this repository. Use when asked what changed.\n---\n# Summarize changes\n\n1. Run \`git status --short\` and \`git diff\`.\n2. Group the changes by purpose.\n3. Answer with one line per group, the files in brackets.\n`,
};

function mcpServers(format: Template["format"]): string {
  const value = {
    servers: {
      docs: {
        url: "https://mcp.example.com/docs",
        transport: "http",
        description: "Replace this with a server you use, or remove it",
        headers: { Authorization: "Bearer ${DOCS_TOKEN}" },
        secrets: ["DOCS_TOKEN"],
        enabled: false,
      },
    },
  };
  return moduleText("defineMcp", value, format);
}

/** moduleText writes a document that a definition names: `export default defineMcp({ … })`, YAML or JSON. */
export function moduleText(factory: string, value: object, format: Template["format"]): string {
  if (format === "yaml") return stringify(value);
  if (format === "json") return `${JSON.stringify(value, null, 2)}\n`;
  return `import { ${factory} } from "stax";\n\nexport default ${factory}(${literal(value).replaceAll("\n  ", "\n")});\n`;
}
