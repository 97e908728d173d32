export { type DescribeAdapterOptions, describeAdapter } from "./describe-adapter.ts";
export { expectGolden, formatTree } from "./golden.ts";
export { filesWritten, type ImportedFiles, importFiles, importTree, textsOf } from "./import-files.ts";
export { sampleLayers } from "./sample-layers.ts";
export { parseLayers, type Sources, type Written, writeLayers } from "./write-layers.ts";
