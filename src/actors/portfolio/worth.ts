import { add, type Decimal, isZero, multiply, ZERO } from '#domain/decimal'
import type { AssetCode, BotId } from '#domain/ids'
import { type SubAccountId, subAccountOf } from '#domain/sub-account'
import { isExcluded, type ValuationRules } from '#domain/valuation'
import type { Portfolio } from './portfolio'

/** What somebody is worth now, and what of it could be told. */
export interface Worth {
  /** Account currency; an asset without a price counts 0. */
  readonly equity: Decimal
  /** Deposits less withdrawals; for a bot its capital. What was booked away as rounding to our cost is no withdrawal: it was lost. */
  readonly flows: Decimal
  readonly priced: readonly AssetCode[]
  readonly unpriced: readonly AssetCode[]
}

/** Returns what a bot's sub-account is worth at mark, or (null) the whole company. Asked for with each fill: no list is made of what is held. */
export function worthOf(portfolio: Portfolio, rules: ValuationRules, botId: BotId | null): Worth {
  const { ledger } = portfolio
  const subAccount = botId === null ? null : subAccountOf(botId)
  const priced: AssetCode[] = []
  const unpriced: AssetCode[] = []
  let equity: Decimal = ZERO
  ledger.eachHeld(subAccount, (asset, quantity) => {
    if (isZero(quantity) || isExcluded(asset, rules)) return
    const rate = portfolio.rateOf(asset)
    if (rate === null) unpriced.push(asset)
    else {
      priced.push(asset)
      equity = add(equity, multiply(quantity, rate))
    }
  })
  return { equity, flows: flowsOf(portfolio, subAccount), priced, unpriced }
}

/** Roundings are the treasury's. */
function flowsOf({ ledger, drift }: Portfolio, subAccount: SubAccountId | null): Decimal {
  const { flows } = ledger.totals(subAccount)
  const { lost } = drift.roundings
  return subAccount !== null || lost === ZERO ? flows : add(flows, lost)
}
