export { ask, type More, type Question, type Turn } from "./evidence/ask.ts";
export { type Aspect, type AspectName, aspects } from "./evidence/aspects.ts";
export { type Marked, markedEnv, markedLayers, materializeMarked, surfaceLayers } from "./evidence/marked-agent.ts";
export { type Asked, type Row, rowsOf, type Shown } from "./evidence/observe.ts";
export { type Evidence, expectEvidence } from "./evidence/record.ts";
