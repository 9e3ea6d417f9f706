import { add, type Decimal, isZero, ZERO } from '#domain/decimal'
import type { AssetCode } from '#domain/ids'
import type { PortfolioView, PositionView } from '#ports/control'
import type { Company } from '../company/company'
import { countsManual, pnlOf } from './scores-view'

/** Returns every position that is not flat, at mark. */
export function positionViews(company: Company): readonly PositionView[] {
  return company.portfolio
    .marked()
    .filter(({ position }) => !isZero(position.netQuantity))
    .map((marked) => ({
      instrumentId: marked.position.instrumentId,
      botId: marked.position.subAccount,
      netQuantity: marked.position.netQuantity,
      entryPrice: marked.position.entryPrice ?? ZERO,
      markPrice: marked.markPrice,
      notional: marked.notional,
      realizedPnl: marked.position.realizedPnl,
      unrealizedPnl: marked.unrealizedPnl,
      isStale: marked.isStale,
      protection: company.protections.view(marked.position.subAccount, marked.position.instrumentId),
    }))
}

/** What working orders hold of each asset: the quote that buys can still take, the base that sells would give. */
function reservedByAsset(company: Company): ReadonlyMap<AssetCode, Decimal> {
  const reserved = new Map<AssetCode, Decimal>()
  for (const row of company.gate.book.all()) {
    const [asset, quantity] = row.side === 'buy' ? [row.quoteAsset, row.cash] : [row.baseAsset, row.leavesQuantity]
    reserved.set(asset, add(reserved.get(asset) ?? ZERO, quantity))
  }
  return reserved
}

/** Returns the portfolio at mark, valued in the account currency (PFL-01, PFL-05). */
export function portfolioView(company: Company, includeManual: boolean | null): PortfolioView {
  const { portfolio, synchroniser } = company
  const performance = portfolio.performance(null)
  const reserved = reservedByAsset(company)
  const includesManual = countsManual(company, includeManual)
  return {
    valuationAsset: company.deps.settings.rules.valuationAsset,
    equity: performance.equity,
    cash: performance.cash,
    ...pnlOf(company, null, includesManual),
    flows: performance.flows,
    exposureGross: performance.exposureGross,
    exposureNet: performance.exposureNet,
    drawdownRatio: portfolio.drawdown?.ratio ?? 0,
    isPartial: performance.isPartial,
    costBasis: company.deps.settings.portfolio.method === 'fifo' ? 'fifo' : 'wac',
    includesManual,
    hasDrift: synchroniser.hasDrift,
    driftDetails: synchroniser.driftLines.map(({ asset, ledger, venue }) => ({ asset, ledger, venue })),
    assets: performance.assets.map(({ asset, quantity, value, isUnvalued }) => ({
      asset,
      total: quantity,
      reserved: reserved.get(asset) ?? ZERO,
      value: isUnvalued ? null : value,
      isUnvalued,
    })),
  }
}
