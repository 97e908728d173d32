export { sampleLayers } from "./sample-layers.ts";
