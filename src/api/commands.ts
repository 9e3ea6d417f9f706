import { z } from '@hono/zod-openapi'
import { ApiError } from './errors'

/** Why, for the audit. */
const reason = z.string().trim().max(500).default('')

/** Body of a plain command. */
export const CommandBody = z.object({ reason, confirm: z.boolean().default(false) }).openapi('Command')

/** Body of a dangerous command: the operator types the word (API-05). */
export const TypedBody = z.object({ reason, confirm: z.string().max(100).default('') }).openapi('TypedCommand')

/** @throws {ApiError} CONFIRMATION_REQUIRED when a command that needs a plain confirmation came without it. */
export function requireConfirmation(isConfirmed: boolean, command: string): void {
  if (isConfirmed) return
  throw new ApiError('CONFIRMATION_REQUIRED', `"${command}" needs a confirmation: send "confirm": true`, { expected: true })
}

/** @throws {ApiError} CONFIRMATION_REQUIRED when the typed text is not exactly the expected word. */
export function requireTyped(typed: string, expected: string): void {
  if (typed === expected) return
  throw new ApiError('CONFIRMATION_REQUIRED', `Type the confirmation exactly: send "confirm": "${expected}"`, { expected })
}
