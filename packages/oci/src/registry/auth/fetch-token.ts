import { setTimeout as sleep } from "node:timers/promises";
import { OciError } from "../../error.ts";
import { secretsOf } from "../credentials/credential.ts";
import type { Host } from "../http/api-client.ts";
import { discard, shownUrl, type WireResponse } from "../http/exchange.ts";
import { networkFailure, statusFailure } from "../http/failure.ts";
import { readBody } from "../http/read-body.ts";
import { delayFor, isRetryableError, isRetryableStatus } from "../http/retry.ts";
import { maxTokenBody, parseToken, type Token, type TokenQuery, tokenRequest } from "./token.ts";

/**
 * fetchToken asks a token server. It follows no redirect: whoever is at the other end would get the credentials.
 * Throws `AUTH_REQUIRED`, `AUTH_FAILED`, `ACCESS_DENIED`, `REALM_REFUSED`, and what the network throws.
 */
export async function fetchToken(query: TokenQuery, host: Host): Promise<Token> {
  const { realm, credential } = query;
  const { registry, base } = host.endpoint;
  const request = { ...tokenRequest(query), guarded: realm.hostname !== base.hostname };
  const context = {
    action: `get a token for ${registry} from ${realm.host}`,
    registry,
    hasCredentials: credential !== undefined,
    secrets: secretsOf(credential),
    idle: host.idle,
  };
  const response = await retrying(() => host.transport.send(request), host).catch((error: unknown) => {
    throw networkFailure(error, context, realm.host);
  });
  host.onEvent?.({
    type: "request",
    method: request.method,
    url: shownUrl(request.url),
    status: response.status,
    duration: 0,
    size: undefined,
  });
  if (response.status >= 300 && response.status < 400) {
    discard(response);
    throw new OciError(
      "REALM_REFUSED",
      `the token server ${shownUrl(realm)} leads elsewhere with status ${response.status}`,
      {
        category: "registry",
        hint: "credentials are not taken elsewhere; the registry must name its token server itself",
      },
    );
  }
  if (response.status !== 200) throw await statusFailure(response, context);
  const body = await readBody(response.body, maxTokenBody, host.idle).catch((error: unknown) => {
    throw networkFailure(error, context, realm.host);
  });
  if (body === undefined) {
    throw new OciError(
      "RESPONSE_INVALID",
      `the token server ${realm.host} answered with more than ${maxTokenBody} bytes`,
      { category: "registry" },
    );
  }
  return parseToken(body, realm);
}

async function retrying(send: () => Promise<WireResponse>, { retry }: Host): Promise<WireResponse> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await send().catch((error: unknown) => ({ error }));
    const failed = "error" in outcome;
    const passes = failed ? isRetryableError(outcome.error) : isRetryableStatus(outcome.status);
    const delay =
      passes && attempt < retry.attempts ? delayFor(attempt, failed ? undefined : outcome, retry) : undefined;
    if (delay === undefined) {
      if (failed) throw outcome.error;
      return outcome;
    }
    if (!failed) discard(outcome);
    await sleep(delay);
  }
}
