export {
  answerWith,
  append,
  corrupt,
  fail,
  late,
  lie,
  limitBody,
  redirectTo,
  reset,
  resetDownload,
  resetUpload,
  slow,
  stall,
  tooManyRequests,
  truncate,
  withHeaders,
} from "./actions.ts";
export {
  type AnswerHead,
  type BodyContext,
  type BodyTransform,
  BrokenConnection,
  type EndpointKind,
  type Fault,
  type FaultAction,
  type FaultAnswer,
  type FaultMatch,
  type RequestRecord,
} from "./fault.ts";
export { createFaultyRegistry, type FaultyOptions, type FaultyRegistry } from "./faulty-registry.ts";
export {
  behindProxy,
  likeEcr,
  likeGgcr,
  likeGhcr,
  likeGitlab,
  withAbsoluteLocations,
  withoutReferrers,
  withUploadState,
} from "./quirks.ts";
export { createRandom, type Random } from "./random.ts";
export { randomFaults } from "./random-faults.ts";
export { startTokenServer, type TokenOptions, type TokenRequest, type TokenServer } from "./token-server.ts";
