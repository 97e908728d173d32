import { OciError, type OciErrorCode } from "../../error.ts";
import { codeOf } from "../../file-system.ts";
import { type ErrorBody, maxErrorBody, parseErrorBody } from "./error-body.ts";
import type { WireResponse } from "./exchange.ts";
import { readExcerpt } from "./read-body.ts";
import { redact } from "./redact.ts";

/** FailureContext completes the message: who was asked for what, and as whom. */
export interface FailureContext {
  /** Completes "cannot …": `push team/agent`. */
  readonly action: string;
  readonly registry: string;
  readonly hasCredentials: boolean;
  readonly secrets: Iterable<string>;
  /** How long a body may stand still, in milliseconds. */
  readonly idle: number;
}

interface Verdict {
  readonly code: OciErrorCode;
  readonly reason: string;
  readonly hint?: string;
}

/** statusFailure is the error for an answer that is none of those hoped for. It reads the body, up to 1 MiB. */
export async function statusFailure(response: WireResponse, context: FailureContext): Promise<OciError> {
  const body = parseErrorBody(await readExcerpt(response.body, maxErrorBody, context.idle));
  return failureOf(response.status, body, context);
}

/** failureOf judges a status and what the registry says. */
export function failureOf(status: number, body: ErrorBody, context: FailureContext): OciError {
  const { code, reason, hint } = verdictOf(status, body, context);
  const said = redact(body.text, context.secrets).slice(0, 300);
  const details = { status, registry: context.registry, ...(body.codes.length > 0 && { registryCodes: body.codes }) };
  const quote = said === "" ? "" : ` (it says: ${said})`;
  return new OciError(code, `cannot ${context.action}: ${reason}${quote}`, { category: "registry", hint, details });
}

function verdictOf(status: number, body: ErrorBody, context: FailureContext): Verdict {
  const { registry } = context;
  if (status === 401) return unauthorized(context);
  if (isQuota(status, body)) {
    return {
      code: "QUOTA_EXCEEDED",
      reason: `a quota of ${registry} is used up`,
      hint: "delete what is not needed there, or ask its administrator for more",
    };
  }
  if (status === 403) return forbidden(context);
  if (status === 404) {
    return {
      code: "REPOSITORY_NOT_FOUND",
      reason: `${registry} does not know it`,
      hint: `check the name; some registries want a repository to be created first, and hide private ones: stax login ${registry}`,
    };
  }
  if (status === 405) {
    return {
      code: "REGISTRY_READ_ONLY",
      reason: `${registry} does not allow it`,
      hint: "it is read-only, a mirror, or has this operation switched off",
    };
  }
  if (status === 429) {
    return {
      code: "RATE_LIMITED",
      reason: `${registry} has had too many requests`,
      hint: context.hasCredentials
        ? "wait a while, or lower --concurrency"
        : `wait a while; limits are often higher after: stax login ${registry}`,
    };
  }
  if (status >= 500)
    return { code: "REGISTRY_FAILED", reason: `${registry} failed with status ${status}`, hint: "try again later" };
  if (status >= 400) return { code: "REQUEST_REJECTED", reason: `${registry} refused it with status ${status}` };
  return {
    code: "RESPONSE_INVALID",
    reason: `${registry} answered with the unexpected status ${status}`,
    hint: "check that the host is an OCI registry",
  };
}

function unauthorized({ registry, hasCredentials }: FailureContext): Verdict {
  return hasCredentials
    ? {
        code: "AUTH_FAILED",
        reason: `${registry} does not accept the credentials`,
        hint: `they may be wrong, expired or without access to this repository: stax login ${registry}`,
      }
    : {
        code: "AUTH_REQUIRED",
        reason: `${registry} wants credentials and none are known for it`,
        hint: `stax login ${registry}`,
      };
}

function forbidden({ registry, hasCredentials }: FailureContext): Verdict {
  return {
    code: "ACCESS_DENIED",
    reason: `${registry} denies access`,
    hint: hasCredentials
      ? "the account lacks the permission; check the repository's name and the scopes of the token"
      : `stax login ${registry}`,
  };
}

// Harbor answers 412, Quay and GitLab 403, others 507 or 413.
function isQuota(status: number, { codes, text }: ErrorBody): boolean {
  if (status === 507 || codes.includes("QUOTA_EXCEEDED")) return true;
  return (
    [400, 403, 412, 413].includes(status) &&
    /\bquota\b|exceed\w* the configured|storage limit|insufficient storage/i.test(text)
  );
}

/** networkFailure is the error for a request that got no answer; errors of other kinds are returned as they are. */
export function networkFailure(
  error: unknown,
  context: Pick<FailureContext, "action" | "registry" | "secrets">,
  host: string,
): unknown {
  const verdict = networkVerdict(codeOf(error) ?? "", error, host);
  if (verdict === undefined) return error;
  return new OciError(verdict.code, `cannot ${context.action}: ${redact(verdict.reason, context.secrets)}`, {
    category: "registry",
    hint: verdict.hint,
    cause: error,
  });
}

function networkVerdict(code: string, error: unknown, host: string): Verdict | undefined {
  const text = error instanceof Error ? error.message : String(error);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "ERR_INVALID_URL") {
    return {
      code: "HOST_UNKNOWN",
      reason: `there is no host ${host}`,
      hint: "check the spelling of the registry, the network and its proxy settings",
    };
  }
  if (code === "ECONNREFUSED") {
    return {
      code: "CONNECTION_REFUSED",
      reason: `nothing listens at ${host}`,
      hint: "check the port, and whether the registry runs",
    };
  }
  if (code === "ADDRESS_REFUSED")
    return {
      code: "REDIRECT_REFUSED",
      reason: text,
      hint: "the registry names an address inside of this machine's network; nothing was sent there",
    };
  if (certificateCodes.test(code)) return certificateVerdict(code, host);
  if (code === "EPROTO" || code.startsWith("ERR_SSL")) {
    return {
      code: "TLS_FAILED",
      reason: `${host} does not speak TLS as it should`,
      hint: "if it speaks plain HTTP: --plain-http",
    };
  }
  if (code === "ETIMEDOUT")
    return {
      code: "REQUEST_TIMEOUT",
      reason: `${host} did not answer in time`,
      hint: "check the network and its proxy settings; try again later",
    };
  if (/^E[A-Z]+$|^HPE_|^ERR_(?:HTTP|STREAM|PROXY|GOT|READING|BODY)|^ERR_REQUEST/.test(code)) {
    return {
      code: "CONNECTION_LOST",
      reason: `the connection to ${host} failed (${code})`,
      hint: "try again; if it speaks HTTPS only or plain HTTP only, check --plain-http",
    };
  }
  return undefined;
}

const certificateCodes =
  /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_(?:GET|VERIFY)|HOSTNAME_MISMATCH|INVALID_CA|CRL_)/;

function certificateVerdict(code: string, host: string): Verdict {
  const trust = "give the certificate of its authority with --ca-file or SSL_CERT_FILE";
  if (code === "CERT_HAS_EXPIRED")
    return {
      code: "CERTIFICATE_INVALID",
      reason: `the certificate of ${host} has expired`,
      hint: "its administrator must renew it; check the clock of this machine",
    };
  if (code === "CERT_NOT_YET_VALID")
    return {
      code: "CERTIFICATE_INVALID",
      reason: `the certificate of ${host} is not valid yet`,
      hint: "check the clock of this machine",
    };
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return {
      code: "CERTIFICATE_INVALID",
      reason: `the certificate of ${host} is for another host`,
      hint: "check the spelling of the registry",
    };
  if (/SELF_SIGNED/.test(code))
    return {
      code: "CERTIFICATE_INVALID",
      reason: `the certificate of ${host} is signed by itself or an unknown authority`,
      hint: trust,
    };
  return { code: "CERTIFICATE_INVALID", reason: `the certificate of ${host} is not trusted (${code})`, hint: trust };
}
