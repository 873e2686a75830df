/** How a code is answered. `retryAfterSeconds` is sent where trying again later can help. */
export type ProblemKind = { readonly status: number; readonly title: string; readonly retryAfterSeconds?: number };

const unavailable = (title: string, retryAfterSeconds = 5): ProblemKind => ({ status: 503, title, retryAfterSeconds });

/**
 * Code to HTTP status: the one table. A code that is not here is answered 500 `http.internal`, and nothing of it leaves.
 * Foreign and absent rows share one code, so that their answers are the same bytes. Source: RFC 9110, RFC 9457.
 */
export const problemTable = {
  'http.request_invalid': { status: 400, title: 'The request does not fit what this endpoint takes' },
  'http.body_not_json': { status: 400, title: 'The body is not valid JSON' },
  'http.url_invalid': { status: 400, title: 'The address is malformed' },
  'http.cursor_invalid': { status: 400, title: 'The cursor is not one that this list gave out' },
  'http.idempotency_key_invalid': { status: 400, title: 'The Idempotency-Key is empty, too long or not printable' },
  'http.content_digest_needed': { status: 400, title: 'An Idempotency-Key for an upload needs the Content-Digest of its bytes' },
  'http.content_digest_mismatch': { status: 400, title: 'The bytes do not have the digest that Content-Digest says' },
  'http.upload_broken_off': { status: 400, title: 'The upload ended before all of it had come' },
  'http.route_unknown': { status: 404, title: 'There is nothing at this address' },
  'http.method_not_allowed': { status: 405, title: 'This address does not take this method' },
  'http.idempotency_key_reused': { status: 409, title: 'The Idempotency-Key was used for another request' },
  'http.idempotency_in_progress': { status: 409, title: 'The first request with this Idempotency-Key is still at work' },
  'http.idempotency_not_replayable': { status: 409, title: 'The request was carried out; its answer held a secret and is not kept' },
  'http.body_too_large': { status: 413, title: 'The body is too large' },
  'http.url_too_long': { status: 414, title: 'The address is too long' },
  'http.media_type_unsupported': { status: 415, title: 'The body is of a media type that this address does not take' },
  'http.rate_limited': { status: 429, title: 'Too many requests', retryAfterSeconds: 1 },
  'http.internal': { status: 500, title: 'Something on our side failed' },
  'http.answer_invalid': { status: 500, title: 'Our answer did not fit its own description and was withheld' },
  'http.closing': unavailable('The service is shutting down'),

  'identity.unauthenticated': { status: 401, title: 'A valid credential is needed' },
  'identity.code_invalid': { status: 401, title: 'The sign-in code or token is not valid (any more)' },
  'identity.scope_too_small': { status: 403, title: 'The credential does not reach this far' },
  'identity.role_forbids': { status: 403, title: 'The role of this member does not include that' },
  'identity.origin_refused': { status: 403, title: 'A cookie may only be used from the dashboard itself' },
  'identity.request_header_missing': { status: 403, title: 'A change by cookie needs the header x-aegis-request: 1' },

  'presence.needed': { status: 403, title: 'This has to be signed with a passkey' },
  'presence.person_needed': { status: 403, title: 'This is done by a person who is signed in and has a passkey' },
  'presence.challenge_invalid': { status: 401, title: 'The challenge is not valid (any more)' },
  'presence.passkey_refused': { status: 401, title: 'The passkey was not accepted' },
  'presence.passkey_copied': { status: 401, title: 'The passkey was not accepted: a copy of it was used' },
  'presence.place_unfit': {
    status: 403,
    title: 'Passkeys do not work at this address: use the name of the host, with https unless it is localhost',
  },
  'presence.sign_in_again': { status: 403, title: 'Sign in again first: the first passkey is added shortly after that' },
  'presence.operation_unknown': { status: 400, title: 'There is no such operation that is signed' },
  'passkey.not_found': { status: 404, title: 'There is no such passkey' },
  'passkey.last_one': { status: 409, title: 'The last passkey stays: add another one first' },
  'passkey.too_many': { status: 409, title: 'There are as many passkeys as a member may have' },
  'session.not_found': { status: 404, title: 'There is no such session' },
  'member.exists': { status: 409, title: 'Somebody with this address is a member' },
  'member.not_leaving': { status: 409, title: 'The member is not leaving, or has left for good' },
  'invitation.not_found': { status: 404, title: 'There is no such invitation' },
  'invitation.exists': { status: 409, title: 'An invitation for this address waits already' },
  'invitation.too_many': { status: 409, title: 'Too many invitations wait' },
  'member.not_found': { status: 404, title: 'There is no such member' },
  'member.last_owner': { status: 409, title: 'A tenant keeps an owner: make somebody else one first' },
  'member.role_too_high': { status: 403, title: 'Owners are made and unmade by owners alone' },
  'token.not_found': { status: 404, title: 'There is no such token' },
  'repository.not_found': { status: 404, title: 'There is no such repository' },
  'archive.not_found': { status: 404, title: 'There is no such archive that waits for a scan' },
  'scan.not_found': { status: 404, title: 'There is no such scan' },
  'finding.not_found': { status: 404, title: 'There is no such finding' },
  'finding.fixed': { status: 409, title: 'The finding is fixed: there is nothing to decide until it is seen again' },
  'finding.count_differs': { status: 409, title: 'The number of findings is not the one that was confirmed' },
  'alarm.not_found': { status: 404, title: 'There is no such alarm' },
  'alarm.human_required': { status: 403, title: 'An alarm is acknowledged by a person who is signed in, not by a token' },
  'alarm.already_acknowledged': { status: 409, title: 'The alarm has been acknowledged' },
  'evidence.none': { status: 409, title: 'The scan has no evidence that is still kept' },
  'evidence.not_held': { status: 409, title: 'The evidence is not under a legal hold' },
  'evidence.retention_shortened': { status: 409, title: 'Evidence is never kept for less long than it was to be' },
  'evidence.retention_invalid': { status: 400, title: 'The date is in the past or further away than evidence can be kept' },

  'connect.folder_not_allowed': { status: 403, title: 'The folder is not under one that the operator allows' },
  'connect.name_taken': { status: 409, title: 'A repository of this name exists' },
  'sarif.invalid': { status: 400, title: 'The bytes are no SARIF 2.1.0 log that can be read' },
  'connect.uploads_off': { status: 403, title: 'The operator takes no uploads' },
  'connect.too_many_archives': { status: 429, title: 'Too many uploads wait for their scans', retryAfterSeconds: 60 },
  'forge.no_public_origin': { status: 409, title: 'A forge cannot reach this Aegis: the operator has set no public origin' },
  'forge.flow_invalid': { status: 409, title: 'This registration was not begun here, was used already, or is too old' },
  'forge.code_refused': { status: 409, title: 'The forge does not know this code (any more)' },
  'forge.key_refused': { status: 409, title: 'The forge does not know this App under this key' },
  'forge.app_known': { status: 409, title: 'This App is registered' },
  'forge.app_not_found': { status: 404, title: 'There is no such App' },
  'forge.installation_not_found': { status: 404, title: 'The forge knows no such installation of this App' },
  'forge.installation_claimed': { status: 409, title: 'This installation belongs to somebody else' },
  'forge.hook_unknown': { status: 404, title: 'There is nothing at this address' },
  'forge.signature_invalid': { status: 401, title: 'The signature does not fit the bytes' },
  'forge.delivery_invalid': { status: 400, title: 'The delivery is not what the forge describes' },
  'scan.archive_needed': { status: 409, title: 'Scans of this repository need an archive' },
  'ingest.archive_format_unknown': { status: 400, title: 'This is no tar, tar.gz, tar.zst or zip' },
  'ingest.folder_missing': { status: 400, title: 'The folder does not exist or is not a folder' },
  'export.not_found': { status: 404, title: 'There is no such export (any more)' },
  'export.not_ready': { status: 409, title: 'The export is not ready to be downloaded' },
  'export.log_empty': { status: 409, title: 'The log has no signed checkpoint yet' },
  'audit.event_not_found': { status: 404, title: 'There is no such event' },
  'audit.entry_not_placed': { status: 409, title: 'It has no place in the log yet', retryAfterSeconds: 1 },
  'audit.witness_key_invalid': { status: 400, title: 'This is no key of a witness (cosignature/v1 or ML-DSA-44)' },
  'audit.witness_url_invalid': { status: 400, title: 'A witness is asked at an HTTPS address without a user or password in it' },
  'audit.witness_not_found': { status: 404, title: 'There is no such witness' },
  'audit.witness_exists': { status: 409, title: 'A witness with this key is asked already' },
  'audit.witnesses_full': { status: 409, title: 'No more witnesses can be asked' },
  'audit.sink_secret_invalid': {
    status: 400,
    title: 'A webhook is signed with `whsec_` and 24 to 64 bytes in base64, a collector has a token, other places have no secret',
  },
  'audit.sink_not_found': { status: 404, title: 'There is no such sink' },
  'audit.sinks_full': { status: 409, title: 'The log is streamed to no more places than this' },
  'audit.witness_needed': { status: 409, title: 'The rule asks for more witnesses than there are' },
  'scan.already_ended': { status: 409, title: 'The scan has already ended' },
  'scan.too_many_streams': { status: 429, title: 'Too many live views are open', retryAfterSeconds: 5 },

  'db.unavailable': unavailable('The database does not answer'),
  'db.timeout': unavailable('The database took too long'),
  'db.conflict': unavailable('Another change came in between', 1),
  'db.disk_full': unavailable('There is no space left to write', 60),
  'db.out_of_resources': unavailable('The database is out of resources', 10),
  'objects.unavailable': unavailable('The evidence store does not answer'),
  'ingest.disk_full': unavailable('There is no space left to write', 60),
  'objects.disk_full': unavailable('There is no space left to write', 60),
  'forge.unavailable': unavailable('The forge does not answer', 30),
  'forge.rate_limited': unavailable('The forge asks us to wait', 60),
  'kms.unavailable': unavailable('The key store does not answer'),
  'queue.unavailable': unavailable('The queue does not answer'),
  'audit.unavailable': unavailable('The audit log cannot be written, so nothing is done'),
} as const satisfies Readonly<Record<string, ProblemKind>>;

/** A code that has a line in the table: what a verb may refuse with. */
export type ProblemCode = keyof typeof problemTable;

const kinds: ReadonlyMap<string, ProblemKind> = new Map(Object.entries(problemTable));

/** The line of a code, or nothing when the table has none. */
export function problemKind(code: string): ProblemKind | undefined {
  return kinds.get(code);
}
