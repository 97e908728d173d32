import * as z from "zod";
import { defineCommand } from "../command.ts";
import type { Config, Origin } from "../config.ts";
import { table } from "../table.ts";

const setting = z.object({
  key: z.string(),
  value: z.unknown(),
  origin: z.enum(["default", "user config", "workspace config", "environment"]),
  /** The file, or the name of the variable. */
  from: z.string().optional(),
});
const data = z.object({ settings: z.array(setting) });

type Setting = z.output<typeof setting>;

const defaults = {
  strict: false,
  portable: false,
  symlinkMode: "reject",
  maxLayerSize: {},
  adapterModules: [],
  concurrency: 6,
  allowCapability: [],
} as const;

// Variables that stax reads; none of them holds a secret.
const variables = [
  "CI",
  "NO_COLOR",
  "SOURCE_DATE_EPOCH",
  "DOCKER_CONFIG",
  "REGISTRY_AUTH_FILE",
  "STAX_REGISTRY",
  "STAX_USERNAME",
  "SSL_CERT_FILE",
  "NO_PROXY",
];

/** config shows every setting with its value and where that comes from. */
export const config = defineCommand({
  positionals: {},
  flags: {},
  examples: [
    ["stax config", "Settings, directories and variables, each with its origin"],
    ["stax schema settings", "What a stax.config.json or stax.config.yaml may hold"],
  ],
  details:
    "Settings come from stax.config.json or stax.config.yaml in the workspace, then from the same file in your config directory (STAX_CONFIG_DIR, by default ~/.stax). Flags win over both.",
  data,
  async run(_args, { config: found, env }) {
    return {
      data: {
        settings: [
          ...Object.entries(defaults).map(([key, fallback]) => settingOf(key, fallback, found)),
          ...mirrorsOf(found),
          directory("configDirectory", found.configDirectory, "STAX_CONFIG_DIR", env),
          directory("cacheDirectory", found.cacheDirectory, "STAX_CACHE_DIR", env),
          ...variables.flatMap((name) =>
            env[name] ? [{ key: name, value: env[name], origin: "environment" as const, from: name }] : [],
          ),
        ],
      },
    };
  },
  format: ({ settings }) =>
    table(
      ["KEY", "VALUE", "FROM"],
      settings.map(({ key, value, origin, from }) => [
        key,
        text(value),
        from === undefined ? origin : `${origin} ${from}`,
      ]),
    ),
});

const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function settingOf(key: string, fallback: unknown, { user, workspace }: Config): Setting {
  const files: readonly [Origin, Config["user"]][] = [
    ["workspace config", workspace],
    ["user config", user],
  ];
  for (const [origin, file] of files)
    if (file !== undefined && Object.hasOwn(file.settings, key))
      return { key, value: file.settings[key as keyof typeof file.settings], origin, from: file.path }; // hasOwn has just proven it
  return { key, value: fallback, origin: "default" };
}

/** One by one: those of the workspace and of the user hold together. */
function mirrorsOf({ settings: { mirrors = {} }, user, workspace }: Config): Setting[] {
  const rows = Object.entries(mirrors).map(([pattern, value]): Setting => {
    const isWorkspace = Object.hasOwn(workspace?.settings.mirrors ?? {}, pattern);
    const [origin, file] = isWorkspace ? (["workspace config", workspace] as const) : (["user config", user] as const);
    return { key: `mirrors ${pattern}`, value, origin, from: file?.path };
  });
  return rows.length === 0 ? [{ key: "mirrors", value: {}, origin: "default" }] : rows;
}

function directory(
  key: string,
  value: string,
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
): Setting {
  return env[variable] ? { key, value, origin: "environment", from: variable } : { key, value, origin: "default" };
}
