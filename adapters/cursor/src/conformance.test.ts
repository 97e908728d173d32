import { describeAdapter } from "@stax/testing";
import { adapter, cursor } from "./index.ts";

describeAdapter(adapter);
describeAdapter(adapter, { config: cursor({ legacyCursorrules: true }), scopes: ["project"] });
