import { describeAdapter } from "@stax/testing";
import { adapter } from "./index.ts";

describeAdapter(adapter);
