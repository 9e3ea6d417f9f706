import { add, isPositive, multiply, ZERO } from '#domain/decimal'
import type { UniverseInstrumentView, UniverseView } from '#ports/universe'
import type { UniverseTier } from '#risk/universe'
import { themesOf } from '#risk/themes'
import type { Company } from '../company/company'
import type { WatchedRow } from '../company/universe-watch'

/** Returns the universe as of the last look, with what is in its tiers now. */
export function universeView(company: Company): UniverseView {
  const { universe, deps } = company
  const rows = universe.rows()
  return {
    currency: deps.settings.rules.valuationAsset,
    refreshMs: universe.config.refreshMs,
    lookedAtMs: universe.lookedAtMs,
    tiers: universe.config.tiers.map((tier) => tierView(company, tier, rows)),
    instruments: rows.map((row) => instrumentView(company, row)),
  }
}

function tierView({ portfolio, gate, limits }: Company, tier: UniverseTier, rows: readonly WatchedRow[]): UniverseView['tiers'][number] {
  const { name, candidates, volume24hMin, spreadBpsMax, allocationRatioMax, orderNotional } = tier
  let exposure = gate.book.notionalWhere(({ instrumentId }) => candidates.includes(instrumentId))
  for (const position of portfolio.netPositions())
    if (candidates.includes(position.instrumentId)) exposure = add(exposure, portfolio.valueOf(position) ?? ZERO)
  const equity = isPositive(portfolio.equity) ? portfolio.equity : ZERO
  const { capScale } = limits.effective(null, null).limits
  return {
    name,
    volume24hMin,
    spreadBpsMax,
    allocationRatioMax,
    orderNotional,
    exposure,
    exposureMax: allocationRatioMax === null ? null : multiply(multiply(equity, allocationRatioMax), capScale),
    instruments: candidates.length,
    admitted: rows.filter((row) => row.tier === name && row.exclusion === null).length,
  }
}

function instrumentView({ universe, market, limits, deps }: Company, row: WatchedRow): UniverseInstrumentView {
  const { instrumentId, tier, exclusion, volume24h, spreadBps, sinceMs } = row
  const instrument = market.findInstrument(instrumentId)
  const bots = deps.bots.filter(({ botId, instruments }) => {
    if (!instruments.includes(instrumentId)) return false
    return universe.admissionOf(botId, instrumentId)?.exclusion?.reason !== 'not_in_top'
  })
  return {
    instrumentId,
    tier,
    themes: instrument === null ? [] : themesOf(limits.effective(null, null).limits.themes, instrument),
    isAdmitted: exclusion === null,
    exclusionReason: exclusion?.reason ?? null,
    text: exclusion?.text ?? '',
    current: exclusion?.current ?? null,
    limit: exclusion?.limit ?? null,
    volume24h,
    spreadBps,
    sinceMs,
    bots: bots.map(({ botId }) => botId),
  }
}
