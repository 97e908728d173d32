import type { Diagnostic } from "@stax/errors";
import type { Redact } from "../redact.ts";

/** ProgressEvent is a step of a command: what is being done, and how far, where that is known. */
export interface ProgressEvent {
  readonly message: string;
  readonly done?: number;
  readonly total?: number;
  /** Content under way, where that is what is being done. */
  readonly transfer?: TransferState;
}

/** TransferState is how far a transfer is. Sizes are in bytes. */
export interface TransferState {
  /** Blobs on their way. */
  readonly active: readonly { readonly name: string; readonly done: number; readonly total: number }[];
  readonly objects: { readonly done: number; readonly total: number };
  readonly bytes: { readonly done: number; readonly total: number };
  /** Bytes a second. */
  readonly rate: number;
}

/** Failure is an error as it is shown: with its code, and the stack where it is a bug. */
export interface Failure {
  readonly code: string;
  readonly category: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** Messages of the causes, outermost first; for `--verbose`. */
  readonly causes: readonly string[];
  /** Only of a bug. */
  readonly stack?: string | undefined;
}

/** Reporter is where a command's news goes: one for people at a terminal, one for plain lines, one for JSON. */
export interface Reporter {
  event(event: ProgressEvent): void;
  /** line says something now, to people. */
  line(text: string): void;
  diagnostic(diagnostic: Diagnostic): void;
  result(data: unknown, text: () => string): void;
  error(failure: Failure): void;
  /** close removes what is transient and lets nothing follow. */
  close(): void;
}

/** Out is where text may be written. */
export interface Out {
  write(text: string): unknown;
}

/** ReporterOptions say how much is said, and to whom. */
export interface ReporterOptions {
  readonly stdout: Out;
  readonly stderr: Out;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly redact: Redact;
}
