import { add, type Decimal, isGreater, isPositive, subtract, ZERO } from '#domain/decimal'
import { CommandRefusedError, NotFoundError } from '#domain/errors'
import type { AccountId, AssetCode } from '#domain/ids'
import { type SubAccountId, subAccountOf, TREASURY } from '#domain/sub-account'
import type { ExposureBook } from '#risk/exposure'
import type { BotSpec } from '../bots/bot-spec'
import type { Portfolio } from '../portfolio/portfolio'

export interface CapitalDeps {
  readonly portfolio: Portfolio
  readonly book: Pick<ExposureBook, 'all'>
  readonly bots: readonly BotSpec[]
  readonly valuationAsset: AssetCode
}

/** Capital that moves from one sub-account to another; names are those of bots, or `treasury`. */
export interface CapitalMove {
  readonly from: string
  readonly to: string
  /** Valuation asset, positive. */
  readonly amount: Decimal
}

/** Lends bots capital of the treasury, or of one another, and recalls it (PAIN-19). Only what the giver has free can move. */
export class Capital {
  readonly #deps: CapitalDeps

  constructor(deps: CapitalDeps) {
    this.#deps = deps
  }

  /**
   * Moves capital at once.
   * @throws {NotFoundError} for a name that nobody bears, {@link CommandRefusedError} for more than the giver has free, for accounts of two
   * venues, or when giver and taker are one.
   */
  move({ from, to, amount }: CapitalMove): void {
    const { portfolio, valuationAsset } = this.#deps
    const [giver, taker] = [this.#partOf(from), this.#partOf(to)]
    const accountId = giver.accountId ?? taker.accountId
    if (!isPositive(amount)) throw new CommandRefusedError(`${amount} ${valuationAsset} is nothing to move`)
    if (accountId === null || giver.subAccount === taker.subAccount) throw new CommandRefusedError(`"${from}" cannot give to itself`)
    if (taker.accountId !== null && taker.accountId !== accountId)
      throw new CommandRefusedError(`"${from}" and "${to}" trade at different venues: money there is moved by its owner`)
    const free = this.freeOf(accountId, giver.subAccount)
    if (isGreater(amount, free))
      throw new CommandRefusedError(`"${from}" has ${free} ${valuationAsset} free, not ${amount}`, { free, amount })
    portfolio.cash.transfer(accountId, giver.subAccount, taker.subAccount, amount)
    portfolio.refresh()
  }

  /** What a sub-account holds of the valuation asset, less what its working orders may still take of it. */
  freeOf(accountId: AccountId, subAccount: SubAccountId): Decimal {
    const { portfolio, book, valuationAsset } = this.#deps
    let reserved = ZERO
    for (const { accountId: account, botId, side, quoteAsset, cash } of book.all()) {
      const isOwn = account === accountId && side === 'buy' && quoteAsset === valuationAsset && botId !== null
      if (isOwn && subAccountOf(botId) === subAccount) reserved = add(reserved, cash)
    }
    const free = subtract(portfolio.ledger.held(accountId, subAccount, valuationAsset), reserved)
    return isPositive(free) ? free : ZERO
  }

  #partOf(name: string): { readonly subAccount: SubAccountId; readonly accountId: AccountId | null } {
    if (name === TREASURY) return { subAccount: TREASURY, accountId: null }
    const bot = this.#deps.bots.find(({ botId }) => botId === name)
    if (bot === undefined) throw new NotFoundError(`there is no bot "${name}"; capital is a bot's or the treasury's`)
    return { subAccount: subAccountOf(bot.botId), accountId: bot.accountId }
  }
}
