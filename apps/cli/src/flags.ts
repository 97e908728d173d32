/** Flag describes one `--flag`: its type, its help, the placeholder of its value. Parsing, help, completion and docs derive from it. */
export interface Flag {
  /** `list` takes commas and may be given several times. */
  readonly type: "boolean" | "string" | "number" | "list";
  readonly describe: string;
  /** What stands for the value in help: `<dir>`. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly required?: true;
  /** A boolean of which `--flag=false` says something else than nothing. */
  readonly optional?: true;
  /** Flags that cannot be given together with this one. */
  readonly conflicts?: readonly string[];
}

/** Flags is a set of flags by name, in kebab-case and without dashes. */
export type Flags = Readonly<Record<string, Flag>>;

/** Positional describes one argument. */
export interface Positional {
  readonly describe: string;
  readonly required?: true;
  readonly choices?: readonly string[];
  /** Takes all arguments that are left, also none; only the last one may. */
  readonly rest?: true;
}

/** Positionals is the arguments by name, in their order. */
export type Positionals = Readonly<Record<string, Positional>>;

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

type Plain<F extends Flag> = F["type"] extends "number"
  ? number
  : F extends { choices: readonly (infer C)[] }
    ? C
    : string;

type ValueOf<F extends Flag> = F["type"] extends "boolean"
  ? F extends { optional: true }
    ? boolean | undefined
    : boolean
  : F["type"] extends "list"
    ? readonly Plain<F>[]
    : F extends { required: true }
      ? Plain<F>
      : Plain<F> | undefined;

/** FlagValues is what the handler gets: camelCase names; absent booleans are `false` (optional ones `undefined`), absent lists empty. */
export type FlagValues<F extends Flags> = { readonly [Name in keyof F & string as Camel<Name>]: ValueOf<F[Name]> };

/** PositionalValues is what the handler gets of the arguments; those that take the rest are lists. */
export type PositionalValues<P extends Positionals> = {
  readonly [Name in keyof P & string]: P[Name] extends { rest: true }
    ? readonly string[]
    : P[Name] extends { required: true }
      ? string
      : string | undefined;
};

/** camelCase turns a flag's name into the key that handlers read. */
export const camelCase = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
