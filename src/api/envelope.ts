import { z } from '@hono/zod-openapi'
import type { ErrorCode } from '#domain/errors'

/** Body of every refused or failed answer. */
export const ErrorEnvelope = z
  .object({
    data: z.null(),
    error: z.object({
      code: z.string().openapi({ example: 'COMMAND_REFUSED' satisfies ErrorCode }),
      message: z.string().openapi({ example: 'Bot "mm-btc" is HALTED; reset it first' }),
      details: z.record(z.string(), z.unknown()),
    }),
  })
  .openapi('Error')

/** Returns the schema of the answer that carries `data`. */
export function envelopeOf<T extends z.ZodType>(data: T) {
  return z.object({ data, error: z.null() })
}

/** Wraps what a handler answers. */
export function ok<T>(data: T): { readonly data: T; readonly error: null } {
  return { data, error: null }
}

const REFUSALS = {
  400: 'A field is missing or out of range, or the confirmation is not the expected text',
  401: 'No token, or a wrong one',
  403: 'Read-only, not allowed by the configuration, or called from a foreign page',
  404: 'No such thing',
  409: 'The present state refuses the command; the message says why',
  413: 'The body is too big',
  429: 'Too many requests; Retry-After says when to come again',
} as const

type RefusalStatus = keyof typeof REFUSALS

/** Returns the `responses` of a route: the answer, and the refusals that it shares with all others plus its own. */
export function responsesOf<T extends z.ZodType>(description: string, data: T, ...own: readonly RefusalStatus[]) {
  const refusals: Record<string, { description: string; content: { 'application/json': { schema: typeof ErrorEnvelope } } }> = {}
  for (const status of new Set<RefusalStatus>([...own, 400, 401, 403, 429])) {
    refusals[status] = { description: REFUSALS[status], content: { 'application/json': { schema: ErrorEnvelope } } }
  }
  return { ...refusals, 200: { description, content: { 'application/json': { schema: envelopeOf(data) } } } }
}
