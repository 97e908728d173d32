export { type DescribeAdapterOptions, describeAdapter } from "./describe-adapter.ts";
export { sampleLayers } from "./sample-layers.ts";
