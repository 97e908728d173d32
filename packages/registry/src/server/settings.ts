import type { Storage } from "../storage.ts";
import type { UploadSessions } from "./upload-sessions.ts";

/** SparsePolicy says which manifests may name content that the repository does not hold: none, indexes, or all. */
export type SparsePolicy = "none" | "indexes" | "all";

/** Settings are what the handlers work with. */
export interface Settings {
  readonly storage: Storage;
  readonly sessions: UploadSessions;
  readonly readOnly: boolean;
  readonly sparse: SparsePolicy;
  /** Bytes of every chunk but the last; 0 for any. */
  readonly minChunkSize: number;
  /** Items of a list's page. */
  readonly pageSize: number;
}
