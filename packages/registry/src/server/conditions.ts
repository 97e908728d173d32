import type { Descriptor } from "@stax/oci";
import type { Condition } from "../storage.ts";
import type { Exchange } from "./exchange.ts";
import { ProtocolError } from "./protocol-error.ts";

/** etagOf is the entity tag of content: its digest. */
export function etagOf(digest: string): string {
  return `"${digest}"`;
}

/** isNotModified tells whether the client already has content of this digest (If-None-Match). */
export function isNotModified(exchange: Exchange, digest: string): boolean {
  const tags = exchange.header("if-none-match");
  return tags !== undefined && matches(tags, digest);
}

/** writeCondition judges If-Match and If-None-Match of a push by what is there. It throws 412. */
export function writeCondition(exchange: Exchange): Condition | undefined {
  const ifMatch = exchange.header("if-match");
  const ifNoneMatch = exchange.header("if-none-match");
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  return (current: Descriptor | undefined) => {
    if (ifMatch !== undefined && (current === undefined || !matches(ifMatch, current.digest))) throw failed(current);
    if (ifNoneMatch !== undefined && current !== undefined && matches(ifNoneMatch, current.digest))
      throw failed(current);
  };
}

function matches(header: string, digest: string): boolean {
  return header.split(",").some((part) => {
    const tag = part.trim().replace(/^W\//, "");
    return tag === "*" || tag === etagOf(digest);
  });
}

function failed(current: Descriptor | undefined): ProtocolError {
  const found = current === undefined ? "there is none" : `it is ${current.digest}`;
  return new ProtocolError("DENIED", `the manifest is not the expected one: ${found}`, { status: 412 });
}
