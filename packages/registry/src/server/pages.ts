import { ProtocolError } from "./protocol-error.ts";

/** Page is a part of a list, and the query of the next one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: URLSearchParams;
}

/** PageOptions say where a page starts and how long it is. */
export interface PageOptions<T> {
  readonly query: URLSearchParams;
  /** The most items of a page. */
  readonly limit: number;
  /** What `last` names an item by. */
  keyOf(item: T): string;
  compare(left: string, right: string): number;
  /** Ends a page early: what its items weigh, and how much a page may. */
  readonly weight?: { of(item: T): number; readonly limit: number };
}

/** pageOf cuts a page out of a sorted list, as the query's `n` and `last` ask. Throws 400 for an `n` that is no number. */
export function pageOf<T>(items: readonly T[], options: PageOptions<T>): Page<T> {
  const { query, keyOf, compare } = options;
  const last = query.get("last");
  const rest = last === null ? items : items.filter((item) => compare(keyOf(item), last) > 0);
  const count = Math.min(countIn(query, options.limit), fitting(rest, options));
  const page = rest.slice(0, count);
  const final = page.at(-1);
  if (final === undefined || page.length === rest.length) return { items: page };
  const next = new URLSearchParams(query);
  next.set("last", keyOf(final));
  return { items: page, next };
}

/** linkTo is the Link header of the next page (RFC 8288). */
export function linkTo(path: string, next: URLSearchParams | undefined): string | undefined {
  return next === undefined ? undefined : `<${path}?${next}>; rel="next"`;
}

/** compareTags orders tags without regard to case, as the specification says ("Listing Tags"). */
export function compareTags(left: string, right: string): number {
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  return a < b ? -1 : a > b ? 1 : compareText(left, right);
}

/** compareText orders by code units. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function countIn(query: URLSearchParams, limit: number): number {
  const text = query.get("n");
  if (text === null || text === "") return limit;
  if (!/^\d+$/.test(text)) throw new ProtocolError("UNSUPPORTED", "n is no number", { status: 400 });
  return Math.min(Number(text), limit);
}

/** How many items fit into a page; one always does. */
function fitting<T>(items: readonly T[], { weight }: PageOptions<T>): number {
  if (weight === undefined) return items.length;
  let total = 0;
  const over = items.findIndex((item) => {
    total += weight.of(item);
    return total > weight.limit;
  });
  return over < 0 ? items.length : Math.max(1, over);
}
