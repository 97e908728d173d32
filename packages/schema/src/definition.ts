import * as z from "zod";
import { adapterConfigSchema } from "./adapter-config.ts";
import type { LayerName, layerKinds, PathLayerName } from "./kinds/index.ts";
import { kindOf, layersAllowedIn } from "./kinds/index.ts";
import type { Carrier } from "./kinds/kind.ts";
import { secretListSchema } from "./kinds/secrets.ts";
import { nameSchema, nonEmpty, specVersionSchema, uniqueStrings, versionSchema } from "./name.ts";
import { overridesSchema } from "./overrides.ts";
import { packageReferenceSchema, sourceReferenceSchema } from "./package-reference.ts";

const identity = {
  specVersion: specVersionSchema.optional(),
  name: nameSchema,
  version: versionSchema,
  description: nonEmpty,
  author: z.string().optional(),
  license: z.string().optional(),
  url: z.string().optional(),
  tags: uniqueStrings.optional(),
};

export const hintsSchema = z.looseObject({
  isolation: z.enum(["process", "container", "gvisor", "microvm"]).optional(),
  capabilities: z
    .looseObject({
      shell: z.boolean().optional(),
      processes: z.boolean().optional(),
      docker: z.boolean().optional(),
      network: z
        .looseObject({ mode: z.enum(["none", "restricted", "full"]), allowlist: z.array(z.string()).optional() })
        .optional(),
      filesystem: z
        .looseObject({
          workspace: z.string().optional(),
          writable: z.array(z.string()).optional(),
          denyRead: z.array(z.string()).optional(),
        })
        .optional(),
    })
    .optional(),
});

const workspaceSource = z.looseObject({
  id: nonEmpty,
  ref: sourceReferenceSchema,
  mountPath: z.string().regex(/^\/(?!.*(?:^|\/)\.\.(?:\/|$))/, "must be an absolute path without .."),
  writable: z.boolean().default(false),
  required: z.boolean().default(true),
  subpath: z.string().optional(),
});

export const workspaceSourcesSchema = z.array(workspaceSource).superRefine((sources, context) => {
  const seen = (field: "id" | "mountPath") =>
    sources.forEach((source, index) => {
      const key = normal(source[field]);
      if (sources.findIndex((other) => normal(other[field]) === key) !== index)
        context.addIssue({ code: "custom", path: [index, field], message: `"${source[field]}" is used twice` });
    });
  seen("id");
  seen("mountPath");
  for (const [index, { mountPath }] of sources.entries()) {
    const outer = sources.find(
      (other) =>
        normal(other.mountPath) !== normal(mountPath) &&
        `${normal(mountPath)}/`.startsWith(`${normal(other.mountPath)}/`),
    );
    if (outer !== undefined)
      context.addIssue({
        code: "custom",
        path: [index, "mountPath"],
        message: `"${mountPath}" lies inside "${outer.mountPath}", another source's mount path`,
      });
  }
});

const normal = (path: string): string => path.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");

type Fields<In extends Carrier> = {
  readonly [Name in PathLayerName as In extends (typeof layerKinds)[Name]["allowedIn"][number] ? Name : never]?:
    | string
    | undefined;
};

// One optional path per layer kind that a definition names by file, directory or module.
function layerFields<In extends Carrier>(carrier: In): Record<string, z.ZodType<string | undefined>> {
  const named = layersAllowedIn(carrier).filter((name) =>
    ["file", "directory", "module"].includes(kindOf(name).source),
  );
  return Object.fromEntries(named.map((name) => [name, z.string().min(1, "must not be empty").optional()]));
}

const shared = { secrets: secretListSchema.optional(), packages: z.array(packageReferenceSchema).optional() };

const agentShape = {
  ...identity,
  adapter: adapterConfigSchema,
  adapterFallback: z.array(adapterConfigSchema).optional(),
  hints: hintsSchema.optional(),
  workspaceSources: workspaceSourcesSchema.optional(),
  overrides: overridesSchema.optional(),
  ...shared,
};
const packageShape = { ...identity, ...shared };

// Typed as closed, so that an author's misspelt field is a type error; read as open, so that `x-` fields are kept.
const agentType = z.object(agentShape);
const packageType = z.object(packageShape);

interface Extensions {
  readonly [key: `x-${string}`]: unknown;
}

/** AgentDefinition is what `agent.ts` exports. Paths are relative to its directory. */
export interface AgentDefinition extends z.input<typeof agentType>, Fields<"agent">, Extensions {}
/** PackageDefinition is what `package.ts` exports: no adapter, no prompt, no persona. */
export interface PackageDefinition extends z.input<typeof packageType>, Fields<"package">, Extensions {}

/** Agent is a checked agent definition. */
export interface Agent extends z.output<typeof agentType>, Fields<"agent">, Extensions {}
/** Package is a checked package definition. */
export interface Package extends z.output<typeof packageType>, Fields<"package">, Extensions {}

const open = <Output, Input>(shape: z.ZodRawShape, carrier: "agent" | "package") =>
  z.looseObject({ ...shape, ...layerFields(carrier) }) as unknown as z.ZodType<Output, Input>; // the shape and Fields are what Output and Input are made of

export const agentDefinitionSchema = open<Agent, AgentDefinition>(agentShape, "agent");
export const packageDefinitionSchema = open<Package, PackageDefinition>(packageShape, "package");

/** definedLayers lists the layers that a definition of this kind names by a path, with what the path must lead to. */
export const definedLayers = (
  carrier: Carrier,
): readonly { readonly name: LayerName; readonly source: "file" | "directory" | "module" }[] =>
  layersAllowedIn(carrier).flatMap((name) => {
    const { source } = kindOf(name);
    return source === "inline" || source === "generated" ? [] : [{ name, source }];
  });

/** WorkspaceSource is a source artifact that an agent wants in its workspace. */
export interface WorkspaceSource extends z.output<typeof workspaceSource> {}
/** RuntimeHints are wishes about where the agent runs; consumers may only tighten by them. */
export interface RuntimeHints extends z.output<typeof hintsSchema> {}
