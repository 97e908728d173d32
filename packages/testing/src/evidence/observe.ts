import type { Adapter, Loss, Scope } from "@stax/materialize";
import { type Aspect, type AspectName, aspects } from "./aspects.ts";
import type { Marked } from "./marked-agent.ts";

/** Row is what is known of one aspect: a sighting has the command that shows it, anything else an explanation. */
export interface Row {
  readonly aspect: string;
  readonly title: string;
  readonly scope: Scope;
  readonly result: "seen" | "not seen" | "cannot be asked";
  readonly command?: string;
  readonly why?: string;
}

/** Shown is what a command showed of what the runtime sees. */
export interface Shown {
  readonly command: string;
  readonly text: string;
}

/** Asked is all that a runtime was asked in one scope. */
export interface Asked {
  readonly adapter: Adapter;
  readonly scope: Scope;
  readonly marked: readonly Marked[];
  /** The first that has a marker is its evidence. */
  readonly shown: readonly Shown[];
  /** Sightings that are more than a marker in a text. */
  readonly checked?: Partial<Record<AspectName, { readonly command: string; readonly seen: boolean }>>;
  /** Why something that was written is not seen. */
  readonly notSeen?: Partial<Record<AspectName, string>>;
  /** Why something that was written cannot be asked for. */
  readonly unaskable?: Partial<Record<AspectName, string>>;
}

/** rowsOf gives one row for each aspect. Throws for what is neither seen nor explained, and for an explanation of what is seen. */
export function rowsOf(asked: Asked): readonly Row[] {
  unmarkedFiles(asked);
  return Object.entries(aspects).map(([name, aspect]) => {
    const row = { aspect: name, title: aspect.title, scope: asked.scope };
    return { ...row, ...findingOf(asked, name as AspectName, aspect) }; // a key of aspects
  });
}

type Finding = Pick<Row, "result" | "command" | "why">;

function findingOf(asked: Asked, name: AspectName, aspect: Aspect): Finding {
  const [notSeen, unaskable] = [asked.notSeen?.[name], asked.unaskable?.[name]];
  const where = `${asked.adapter.name}, ${asked.scope} scope: ${aspect.title}`;
  const command = asked.checked?.[name]
    ? asked.checked[name].seen && asked.checked[name].command
    : asked.shown.find(({ text }) => text.includes(aspect.marker))?.command;
  if (command) {
    if (notSeen !== undefined || unaskable !== undefined) throw new Error(`${where} is seen, and explained away`);
    return { result: "seen", command };
  }
  if (unaskable !== undefined) return { result: "cannot be asked", why: unaskable };
  if (notSeen !== undefined) return { result: "not seen", why: notSeen };
  const isWritten = asked.marked.some(({ files }) =>
    Object.values(files).some((text) => text.includes(aspect.written ?? aspect.marker)),
  );
  if (isWritten || asked.checked?.[name]) throw new Error(`${where} was written, is not seen, and nothing says why`);
  const reason = reasonFor(asked, aspect);
  if (reason === undefined)
    throw new Error(`${where} was not written, and no loss says so: ${lossesOf(asked, aspect)}`);
  return { result: "not seen", why: `not written, and reported: ${reason.replace(/^is not written: /, "")}` };
}

function reasonFor({ adapter, marked }: Asked, { feature, item }: Aspect): string | undefined {
  const losses: readonly Loss[] = marked.flatMap((one) => one.losses);
  const whole = losses.filter((one) => one.feature === feature && one.field === undefined);
  const loss = whole.find((one) => item === undefined || one.item === undefined || one.item === item);
  return loss?.reason ?? adapter.unsupported[feature];
}

const lossesOf = ({ marked }: Asked, { feature }: Aspect): string =>
  marked
    .flatMap(({ losses }) => losses.filter((one) => one.feature === feature).map(({ message }) => message))
    .join("; ");

// A file without a marker is one that nobody looks for.
function unmarkedFiles({ adapter, marked }: Asked): void {
  const markers = Object.values<Aspect>(aspects).flatMap(({ marker, written }) => [marker, written ?? marker]);
  for (const { files } of marked)
    for (const [path, text] of Object.entries(files))
      if (!markers.some((marker) => text.includes(marker)))
        throw new Error(`${adapter.name} wrote ${path}, which nothing of the evidence is about`);
}
