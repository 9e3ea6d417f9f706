import type { Brand } from './brand'
import { InvariantError } from './errors'
import { type BotId, botId, type StrategyId, strategyId } from './ids'
import type { Json } from './json'
import { readText } from './json-read'

/** A part of a venue account: one a bot, `treasury` for capital that no bot has, `external` for fills of nobody's order. */
export type SubAccountId = Brand<string, 'SubAccountId'>

/** Where opening balances and deposits land, and where bots get their capital from. */
export const TREASURY = 'treasury' as SubAccountId
/** Where a fill is booked that carries no id of ours and that nobody claims: manual trades. */
export const EXTERNAL = 'external' as SubAccountId

/**
 * Returns where a fill without an id of ours is booked: a part of its own for the strategy that claims it (PFL-10), so that its position,
 * PnL and fees never mix with manual ones; `external` for null.
 */
export function externalOf(strategy: StrategyId | null): SubAccountId {
  return strategy === null ? EXTERNAL : (`${EXTERNAL}:${strategy}` as SubAccountId)
}

/** True for a part that no bot of ours trades in and that is not the treasury: manual trades, and those of other programs. */
export function isExternal(subAccount: SubAccountId): boolean {
  return subAccount === EXTERNAL || subAccount.startsWith(`${EXTERNAL}:`)
}

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
  if (name === TREASURY || name === EXTERNAL) return name as SubAccountId
  if (name.startsWith(`${EXTERNAL}:`)) return externalOf(strategyId(name.slice(EXTERNAL.length + 1)))
  return subAccountOf(botId(name))
}
