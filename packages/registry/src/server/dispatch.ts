import { NameReserved, type RepositoryStorage } from "../storage.ts";
import { deleteBlob, getBlob } from "./blobs.ts";
import type { Exchange } from "./exchange.ts";
import { listReferrers, listRepositories, listTags } from "./lists.ts";
import { deleteManifest, getManifest, putManifest } from "./manifests.ts";
import { ProtocolError } from "./protocol-error.ts";
import type { Route } from "./route.ts";
import type { Settings } from "./settings.ts";
import { appendChunk, cancelUpload, finishUpload, startUpload, uploadStatus } from "./uploads.ts";

/** The methods of each endpoint ("Endpoints" in the distribution specification). */
const methods: Readonly<Record<Route["kind"], readonly string[]>> = {
  base: ["GET", "HEAD"],
  catalog: ["GET", "HEAD"],
  tags: ["GET", "HEAD"],
  referrers: ["GET", "HEAD"],
  manifest: ["GET", "HEAD", "PUT", "DELETE"],
  blob: ["GET", "HEAD", "DELETE"],
  uploads: ["POST"],
  upload: ["GET", "PATCH", "PUT", "DELETE"],
};

const reading: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** dispatch answers a request. Throws `ProtocolError`. */
export async function dispatch(exchange: Exchange, settings: Settings, route: Route): Promise<void> {
  assertAllowed(exchange.method, route, settings.readOnly);
  try {
    await handle(exchange, settings, route);
  } catch (error) {
    if (error instanceof NameReserved) throw new ProtocolError("NAME_INVALID", error.message);
    throw error;
  }
}

function assertAllowed(method: string, route: Route, readOnly: boolean): void {
  const allowed = methods[route.kind];
  const permitted = readOnly ? allowed.filter((name) => reading.has(name)) : allowed;
  if (permitted.includes(method)) return;
  const headers = { Allow: permitted.join(", ") };
  if (allowed.includes(method))
    throw new ProtocolError("DENIED", "this registry is read-only", { status: 405, headers });
  throw new ProtocolError("UNSUPPORTED", "the endpoint does not know this method", { status: 405, headers });
}

async function handle(exchange: Exchange, settings: Settings, route: Route): Promise<void> {
  switch (route.kind) {
    case "base":
      return exchange.sendJson(200, {});
    case "catalog":
      return listRepositories(exchange, settings);
    case "tags":
      return listTags(exchange, settings, route.name, await existing(settings, route.name));
    case "referrers":
      // An unknown repository has no referrers: a 404 would say that there is no such API.
      return listReferrers(exchange, settings, route.name, await settings.storage.find(route.name), route.digest);
    case "manifest":
      return handleManifest(exchange, settings, route.name, route.reference);
    case "blob": {
      const repository = await existing(settings, route.name);
      return (exchange.method === "DELETE" ? deleteBlob : getBlob)(exchange, repository, route.digest);
    }
    case "uploads":
      return startUpload(exchange, settings, route.name);
    case "upload":
      return handleUpload(exchange, settings, route);
  }
}

async function handleManifest(exchange: Exchange, settings: Settings, name: string, reference: string): Promise<void> {
  if (exchange.method === "PUT") return putManifest(exchange, settings, name, reference);
  const repository = await existing(settings, name);
  if (exchange.method === "DELETE") return deleteManifest(exchange, repository, reference);
  return getManifest(exchange, repository, reference);
}

async function handleUpload(
  exchange: Exchange,
  settings: Settings,
  { name, id }: { readonly name: string; readonly id: string },
): Promise<void> {
  const session = settings.sessions.find(name, id);
  if (exchange.method === "GET") return uploadStatus(exchange, session);
  if (exchange.method === "PATCH") return appendChunk(exchange, settings, session);
  if (exchange.method === "PUT") return finishUpload(exchange, settings, session);
  return cancelUpload(exchange, settings, session);
}

async function existing({ storage }: Settings, name: string): Promise<RepositoryStorage> {
  const repository = await storage.find(name);
  if (repository !== undefined) return repository;
  throw new ProtocolError("NAME_UNKNOWN", `there is no repository ${name}`);
}
