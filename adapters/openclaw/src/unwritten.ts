import type { Context, Part, Section } from "@stax/materialize";
import type { Layers } from "@stax/schema";
import type { OpenclawOptions } from "./options.ts";
import { hasSurface, isSynthesised } from "./soul.ts";

/** unwritten reports what authors set and OpenClaw will not see: what only its own configuration could hold (S19-09), and a bootstrap that it deletes unread. */
export const unwritten: Part<"surfaces", OpenclawOptions, Section> = {
  feature: "surfaces",
  fidelity: "native",
  write: (layers, context) => {
    reportConfig(context);
    reportHints(context);
    reportBootstrap(layers, context);
    return [];
  },
};

function reportConfig({ options, note }: Context<OpenclawOptions>): void {
  const keys = Object.keys(options.config ?? {});
  if (keys.length > 0)
    note({
      code: "config-unwritten",
      severity: "warning",
      field: "config",
      layer: "modelConfig",
      message: `OpenClaw: config (${keys.join(", ")}) is not written: agents never touch openclaw.json`,
      hint: "put it into a profile",
    });
}

function reportHints({ hints, note }: Context<OpenclawOptions>): void {
  const { isolation, capabilities = {} } = hints ?? {};
  const set = Object.entries({ isolation, ...capabilities }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (set.length > 0)
    note({
      code: "hint-ignored",
      severity: "info",
      message: `OpenClaw's workspace files have no counterpart for the hints ${set.join(", ")}`,
    });
}

// OpenClaw takes a workspace that holds any of these for one that is set up, as it says in its own code and does when it is run.
function reportBootstrap(layers: Layers, context: Context<OpenclawOptions>): void {
  const { options, note } = context;
  if (!hasSurface(layers, "bootstrap") || options.writeBootstrap === false) return;
  const made = isSynthesised(layers, context);
  const signs = {
    "SOUL.md": made || hasSurface(layers, "persona"),
    "IDENTITY.md": made || hasSurface(layers, "identity"),
    "USER.md": hasSurface(layers, "user"),
    "memory/": (layers.memory?.files.length ?? 0) > 0 && options.writeMemory !== false,
    "skills/": (layers.skills?.skills.length ?? 0) > 0 && options.writeSkills !== false,
  };
  const found = Object.entries(signs).flatMap(([name, there]) => (there ? [name] : []));
  if (found.length > 0)
    note({
      code: "bootstrap-unread",
      severity: "warning",
      path: "BOOTSTRAP.md",
      message: `OpenClaw takes a workspace with ${found.join(", ")} for one that is set up, and deletes BOOTSTRAP.md unread`,
      hint: "say it in surfaces/instructions.md",
    });
}
