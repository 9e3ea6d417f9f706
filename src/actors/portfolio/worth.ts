import type { Decimal } from '#domain/decimal'
import type { AssetCode, BotId } from '#domain/ids'
import { subAccountOf } from '#domain/sub-account'
import { totalValueOf, type ValuationRules, valueAssets } from '#domain/valuation'
import type { Portfolio } from './portfolio'

/** What somebody is worth now, and what of it could be told. */
export interface Worth {
  /** Account currency; an asset without a price counts 0. */
  readonly equity: Decimal
  /** Deposits less withdrawals; for a bot its capital. */
  readonly flows: Decimal
  readonly priced: readonly AssetCode[]
  readonly unpriced: readonly AssetCode[]
}

/** Returns what a bot's sub-account is worth at mark, or (null) the whole company. */
export function worthOf(portfolio: Portfolio, rules: ValuationRules, botId: BotId | null): Worth {
  const { ledger, lookup } = portfolio
  const subAccount = botId === null ? null : subAccountOf(botId)
  const { total, assets } = valueAssets(ledger.holdingsOf({ accountId: null, subAccount }), lookup, rules)
  const { flows } = ledger.totals(subAccount)
  const named = (isUnvalued: boolean) => assets.filter((held) => held.isUnvalued === isUnvalued).map(({ asset }) => asset)
  return { equity: total, flows, priced: named(false), unpriced: named(true) }
}

/** Returns a text that changes with every posting and with what the whole company is worth: a cheap way to see that nothing moved. */
export function worthStampOf({ ledger, ledgerRevision, lookup }: Portfolio, rules: ValuationRules): string {
  return `${ledgerRevision} ${totalValueOf(ledger.heldOfAll(), lookup, rules)}`
}
