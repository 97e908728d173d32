import { describeAdapter } from "@stax/testing";
import { adapter, githubCopilot } from "./index.ts";

describeAdapter(adapter);
describeAdapter(adapter, { config: githubCopilot({ writeAgents: true, writeAgentsMd: true }) });
