import { AppError, type ErrorCode } from '#domain/errors'

/** HTTP statuses of refused and failed requests. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 429 | 500 | 503

/** The `error` of an answer: `code` is stable, `message` is for a person, `details` depends on the code. */
export interface ErrorBody {
  readonly code: ErrorCode
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

/** A request that the API itself turns down, before the company hears of it. */
export class ApiError extends AppError {
  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message, { code, severity: 'LOW', details })
  }
}

const STATUS: Readonly<Partial<Record<ErrorCode, ErrorStatus>>> = {
  REQUEST_INVALID: 400,
  CONFIRMATION_REQUIRED: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  READ_ONLY: 403,
  ORIGIN_REFUSED: 403,
  NOT_FOUND: 404,
  COMMAND_REFUSED: 409,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  NOT_RUNNING: 503,
  DATA_NOT_READY: 503,
}

/**
 * Returns the status and body that tell a client of `error`. What is not a refusal becomes 500 without its text: a message that
 * was written for the log may name files or figures that no client should see.
 */
export function describeError(error: unknown, requestId: string): { readonly status: ErrorStatus; readonly body: ErrorBody } {
  if (error instanceof AppError) {
    const status = STATUS[error.code]
    if (status !== undefined) return { status, body: { code: error.code, message: error.message, details: error.details } }
  }
  return {
    status: 500,
    body: { code: 'INTERNAL', message: `Internal error; the log has it under request ${requestId}`, details: { requestId } },
  }
}

/** Returns the whole answer for an error, in the envelope. */
export function errorResponse(error: unknown, requestId: string, headers: Readonly<Record<string, string>> = {}): Response {
  const { status, body } = describeError(error, requestId)
  return Response.json(
    { data: null, error: body },
    { status, headers: { ...headers, 'x-request-id': requestId, 'cache-control': 'no-store' } },
  )
}
