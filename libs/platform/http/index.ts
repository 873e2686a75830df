export { Handle } from './handle.ts';
export type {
  FileAnswer,
  AnswerSlot,
  AnswerValue,
  Call,
  Caller,
  CallerClient,
  Handler,
  RawBody,
  Refusal,
  ServerEvent,
  SignedRequest,
} from './call.ts';
export type { AnswerStore, Door, KeptAnswer, KnownCredential, PresenceQuestion, Reservation } from './door.ts';
export { problemTable, type ProblemCode } from './problem-table.ts';
export { sealCursor, openCursor, type CursorInvalid, type CursorScope } from './cursor.ts';
export { checkAnswer } from './strip-answer.ts';
export { cutPage, type Page } from './cut-page.ts';
export { makeSecret, hashSecret, isSecret } from './bearer-secret.ts';
export { rateLimiter, type RateLimiter } from './rate-limiter.ts';
export { openApi, type OpenApiSource } from './open-api.ts';
export type { JsonObject } from './describe-operation.ts';
export { openServer, type OpenServer, type ServerOptions } from './open-server.ts';
export { openPlainServer, plainRoute, type PlainCall, type PlainRoute } from './open-plain-server.ts';
export { healthModule } from './health/health.module.ts';
export type { Readiness } from './health/health.controller.ts';
