/** Call is one use of a tool by the scripted model. */
export interface Call {
  readonly tool: string;
  readonly input: object;
  /** Of tools that are offered in groups: the group's name. */
  readonly namespace?: string;
}

/** Job is a run of a client beside a scripted model and a marker server, both on loopback. */
export interface Job {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly modelPort: number;
  readonly markerPort: number;
  /** What the model does, turn by turn; after the last one it says that it is done. */
  readonly script: readonly (readonly Call[])[];
  /** Written to the client's standard input, which then ends. */
  readonly input?: string;
  readonly timeoutMs: number;
  /** Where the outcome goes, as JSON. */
  readonly outcome: string;
}

/** Request is what a client sent. */
export interface Request {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  /** How many turns of the script the model had taken before. */
  readonly turn: number;
}

/** Outcome is what a client sent and printed. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** To the model, in order. */
  readonly model: readonly Request[];
  /** To the marker server. */
  readonly marker: readonly Request[];
}
