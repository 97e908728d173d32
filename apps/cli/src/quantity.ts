import { CliError } from "./error.ts";

const sizes = { "": 1, b: 1, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 } as const;
const durations = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** parseSize reads `2GiB`, `500 MiB` or bytes. Throws `FLAG_VALUE`. */
export const parseSize = (text: string, flag: string): number =>
  parse(text, sizes, `${flag}: "${text}" is no size; write bytes, or a number with KiB, MiB or GiB`);

/** parseDuration reads `30d`, `12h`, `90m`, `10s`, `2w` as milliseconds. Throws `FLAG_VALUE`. */
export const parseDuration = (text: string, flag: string): number =>
  parse(text, durations, `${flag}: "${text}" is no time; write a number with s, m, h, d or w`);

function parse(text: string, units: Readonly<Record<string, number>>, flaw: string): number {
  const [, digits = "", unit = ""] = /^(\d+)\s*([a-z]*)$/i.exec(text) ?? [];
  const factor = digits === "" ? undefined : units[unit.toLowerCase()];
  const value = Number(digits) * (factor ?? Number.NaN);
  if (!Number.isSafeInteger(value)) throw new CliError("FLAG_VALUE", flaw);
  return value;
}
