import type { Context, Part, Section } from "@stax/materialize";
import type { OpenclawOptions } from "./options.ts";

/** unwritten reports what authors set and only OpenClaw's own configuration could hold, which an agent never writes (S19-09). */
export const unwritten: Part<"surfaces", OpenclawOptions, Section> = {
  feature: "surfaces",
  fidelity: "native",
  write: (_, context) => {
    reportConfig(context);
    reportHints(context);
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
