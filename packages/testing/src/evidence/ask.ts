import type { Adapter, MaterializeOptions, Scope } from "@stax/materialize";
import type { AdapterConfig } from "@stax/schema";
import type { Call, Outcome } from "../clients/loopback/job.ts";
import { freePorts, type Ports } from "../clients/run.ts";
import { type Marked, markedLayers, materializeMarked, surfaceLayers } from "./marked-agent.ts";
import { type Asked, type Row, rowsOf, type Shown } from "./observe.ts";

/** Turn is what a scripted model does once, and how the evidence speaks of it. */
export interface Turn {
  readonly label: string;
  readonly calls: readonly Call[];
}

/** Question is how a client is asked in one scope. */
export interface Question {
  readonly adapter: Adapter;
  readonly scope: Scope;
  /** Of the marked artifact; adapters may want more for the evidence than their defaults write. */
  readonly config: AdapterConfig;
  readonly options?: MaterializeOptions;
  /** The command of `run`, as the evidence names it. */
  readonly command: string;
  readonly turns: (marked: Marked) => readonly Turn[];
  /** What a person has set up beside our files: trust, a provider. */
  readonly prepare?: (marked: Marked, ports: Ports) => void;
  readonly run: (marked: Marked, ports: Ports, script: readonly (readonly Call[])[]) => Promise<Outcome>;
  /** What else was asked, and what explains the rest. */
  readonly more?: (marked: Marked, outcome: Outcome) => More | Promise<More>;
}

/** More is what a question finds beside the conversation with the model. */
export type More = Partial<Pick<Asked, "shown" | "checked" | "notSeen" | "unaskable">> & {
  /** Of what only this runtime has. */
  readonly rows?: readonly Row[];
};

/** ask materializes the marked artifact, and one of surfaces alone, runs the client in both, and gives a row for each aspect. */
export async function ask(question: Question): Promise<readonly Row[]> {
  const { adapter, scope, config, command, prepare, run } = question;
  const ports = await freePorts();
  const marked = await materializeMarked(adapter, await markedLayers(ports), scope, config, question.options);
  const surfaces = await materializeMarked(adapter, await surfaceLayers(), scope, config, question.options);
  try {
    prepare?.(marked, ports);
    prepare?.(surfaces, ports);
    const turns = question.turns(marked);
    const script = turns.map(({ calls }) => calls);
    const outcome = await run(marked, ports, script);
    const spoken = await run(surfaces, ports, []);
    const more = (await question.more?.(marked, outcome)) ?? {};
    const shown = [...shownTo(outcome, command, turns), ...shownTo(spoken, command, []), ...(more.shown ?? [])];
    return [...rowsOf({ adapter, scope, marked: [marked, surfaces], ...more, shown }), ...(more.rows ?? [])];
  } finally {
    marked.remove();
    surfaces.remove();
  }
}

// What the model was sent, by what it had done before; then what the server over HTTP was sent.
function shownTo({ model, marker }: Outcome, command: string, turns: readonly Turn[]): readonly Shown[] {
  const after = (turn: number) => (turn === 0 ? "" : `, after the model ${turns[turn - 1]?.label ?? "was done"}`);
  return [
    ...model.map(({ url, body, turn }) => ({ command: `${command}${after(turn)}`, text: `${url}\n${body}` })),
    ...marker.map(({ headers }) => ({ command: `${command}: what the server gets`, text: JSON.stringify(headers) })),
  ];
}
