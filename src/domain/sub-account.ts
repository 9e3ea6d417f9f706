import type { Brand } from './brand'
import { InvariantError } from './errors'
import { type BotId, botId } from './ids'
import type { Json } from './json'
import { readText } from './json-read'

/** A part of a venue account: one a bot, `treasury` for capital that no bot has, `external` for fills of nobody's order. */
export type SubAccountId = Brand<string, 'SubAccountId'>

/** Where opening balances and deposits land, and where bots get their capital from. */
export const TREASURY = 'treasury' as SubAccountId
/** Where a fill is booked that carries no id of ours. */
export const EXTERNAL = 'external' as SubAccountId

/**
 * Returns the sub-account of a bot; `external` for null.
 * @throws {InvariantError} for a bot that bears the name of one of the two others.
 */
export function subAccountOf(bot: BotId | null): SubAccountId {
  if (bot === null) return EXTERNAL
  const name: string = bot
  if (name === TREASURY || name === EXTERNAL) throw new InvariantError(`subAccountOf(): no bot may be called "${name}"`)
  return name as SubAccountId
}

/** Reads the name of a sub-account. @throws {AppError} `REPLAY_INVALID`, {@link InvariantError} for a malformed name. */
export function readSubAccount(value: Json | undefined, path: string): SubAccountId {
  const name = readText(value, path)
  return name === TREASURY || name === EXTERNAL ? (name as SubAccountId) : subAccountOf(botId(name))
}
