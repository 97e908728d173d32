import type { AdapterContract, ModelOptions } from "@stax/materialize";

type Check = NonNullable<AdapterContract<ModelOptions, unknown, readonly []>["check"]>;

const references = ["schema", "$schema", "schemaUrl", "api", "apiReference", "reference"];

/**
 * findings says what a generic config lacks: importMode, fidelity and a target are an error for a primary adapter and a warning for a
 * fallback (decision B7); a schema or API reference in `config` is always only a warning (S12-31).
 */
export const findings: Check = (config, primary) => {
  const missing = [
    ...(config.importMode === undefined ? ["importMode"] : []),
    ...(config.fidelity === undefined ? ["fidelity"] : []),
    ...((config.targets ?? []).length === 0 ? ["targets"] : []),
  ];
  const documented = references.some((key) => config.config[key] !== undefined);
  return [
    ...missing.map((field) => ({
      code: "generic-fidelity",
      severity: primary ? ("error" as const) : ("warning" as const),
      field,
      message: `a generic adapter must say ${field === "targets" ? "at least one target" : field}`,
      hint: 'e.g. generic({ importMode: "filesystem", fidelity: "best-effort", targets: [{ kind: "directory", path: "./" }] })',
    })),
    ...(documented
      ? []
      : [
          {
            code: "generic-fidelity",
            severity: "warning" as const,
            field: "config",
            message: "a generic adapter should name a schema or an API reference in its config",
          },
        ]),
  ];
};
