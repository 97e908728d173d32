export { type DescribeAdapterOptions, describeAdapter } from "./describe-adapter.ts";
export { expectGolden, formatTree } from "./golden.ts";
export { sampleLayers } from "./sample-layers.ts";
