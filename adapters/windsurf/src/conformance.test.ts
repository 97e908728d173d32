import { describeAdapter } from "@stax/testing";
import { adapter, windsurf } from "./index.ts";

// The old layout has no file for the servers of a project: there, all of them are reported instead of the unsafe ones alone.
const old = {
  ...adapter,
  unsupported: { ...adapter.unsupported, mcp: "the servers of the old Windsurf belong to a user" },
};

describeAdapter(adapter, { config: windsurf({ permissions: { deny: ["Exec(sudo)"] } }) });
describeAdapter(old, { config: windsurf({ layout: "windsurf", writeWorkflows: true }), scopes: ["project"] });
describeAdapter(adapter, { config: windsurf({ layout: "windsurf", writeWorkflows: true }), scopes: ["user"] });
describeAdapter(old, { config: windsurf({ legacyWindsurfrules: true }), scopes: ["project"] });
