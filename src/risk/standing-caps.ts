import { type Decimal, isPositive, subtract } from '#domain/decimal'
import { budgetInstruments } from './budget'
import type { CheckName } from './check-names'
import { assetCap } from './checks/asset-max'
import type { Cap } from './checks/cap'
import { dailyNotionalCap } from './checks/daily-notional-max'
import { instrumentNotionalCap } from './checks/instrument-notional-max'
import { baseRoom, quoteRooms, type Room } from './checks/insufficient-balance'
import { kellyCap } from './checks/kelly'
import { concentrationCap } from './checks/market-concentration'
import { openingBeyond } from './checks/open-positions-max'
import { orderNotionalCap } from './checks/order-notional-max'
import { portfolioRiskCap } from './checks/portfolio-risk'
import { positionCap } from './checks/position-max'
import { riskPerTradeCap } from './checks/risk-per-trade'
import { strategyBudgetCap } from './checks/strategy-cap'
import { strategyMaxCap } from './checks/strategy-max'
import { capOfTheme } from './checks/theme-cap'
import { capOfTier } from './checks/tier-cap'
import { totalAtRiskCap } from './checks/total-at-risk'
import { totalExposureCap } from './checks/total-exposure-max'
import { venueCap } from './checks/venue-max'
import { windowCap } from './checks/window-max'
import type { Judgement, Size } from './judgement'
import { type LimitStanding, standing } from './standing-row'
import type { RiskLimits } from './types'

type Terms = Pick<LimitStanding, 'scope' | 'key' | 'configured' | 'basis'>

/** Returns what every cap stands at for an order, in the order in which they judge it. */
export function capStandings(judgement: Judgement, size: Size, given: RiskLimits): readonly LimitStanding[] {
  const row = new CapRows(given)
  const { proposal, view } = judgement
  const { botId, strategyId, venueId, instrumentId } = proposal
  const line = `bot:${botId} ${instrumentId}`
  const instrument = `instrument:${instrumentId}`
  const { baseAsset, terms } = view.instrument
  const windowId = terms?.windowId ?? null
  return [
    row.of('kelly', kellyCap(judgement), kellyTerms(judgement, given, line), 'A position whose intent states its edge'),
    row.of('order_notional_max', orderNotionalCap(judgement, size), row.amount('order', 'orderNotionalMax'), ''),
    row.of('strategy_cap', strategyBudgetCap(judgement), budgetTerms(judgement), `The budget of ${strategyId} in ${botId}`),
    row.of('total_at_risk', totalAtRiskCap(judgement), row.share('company', 'totalAtRiskRatioMax'), ''),
    row.of('portfolio_risk', portfolioRiskCap(judgement), row.share('company', 'portfolioRiskRatioMax'), 'What all positions can lose'),
    row.of('risk_per_trade', riskPerTradeCap(judgement), row.share(line, 'riskPerTradeRatioMax'), 'What a position can lose'),
    row.of('position_max', positionCap(judgement), row.share(instrument, 'positionRatioMax'), ''),
    row.of(
      'instrument_notional_max',
      instrumentNotionalCap(judgement),
      row.amount(given.instrumentNotionalMax === null ? 'instrument' : instrument, 'instrumentNotionalMax'),
      'The notional in one instrument',
    ),
    row.of('asset_max', assetCap(judgement), row.share(`asset:${baseAsset}`, 'assetRatioMax'), ''),
    ...themeRows(judgement, row),
    row.of('tier_cap', capOfTier(judgement), tierTerms(judgement), 'The exposure to a tier'),
    row.of('strategy_max', strategyMaxCap(judgement), strategyTerms(given, strategyId), `The exposure of ${strategyId}`),
    row.of('venue_max', venueCap(judgement), venueTerms(given, venueId), `The exposure at ${venueId}`),
    row.of(
      'window_max',
      windowCap(judgement),
      row.amount(windowId === null ? 'window' : `window:${windowId}`, 'windowNotionalMax'),
      'The notional in one market window',
    ),
    row.of(
      'market_concentration',
      concentrationCap(judgement),
      { ...row.share(instrument, 'marketConcentrationRatioMax'), basis: 'of all exposure or its limit' },
      '',
    ),
    row.of('total_exposure_max', totalExposureCap(judgement), row.amount('company', 'totalExposureMax'), ''),
    row.of('daily_notional_max', dailyNotionalCap(judgement), row.amount('day', 'dailyNotionalMax'), "The day's traded notional"),
    openPositions(judgement, given),
    ...balanceRows(judgement),
  ]
}

/** Limits that are one figure or off. */
type PlainKey = { [K in keyof RiskLimits]: RiskLimits[K] extends Decimal | null ? K : never }[keyof RiskLimits]

class CapRows {
  readonly #given: RiskLimits

  constructor(given: RiskLimits) {
    this.#given = given
  }

  amount(scope: string, key: PlainKey): Terms {
    return { scope, key, configured: this.#given[key], basis: '' }
  }

  share(scope: string, key: PlainKey): Terms {
    return { ...this.amount(scope, key), basis: 'of equity' }
  }

  /** @param cap null where it is off or does not apply; the row is then called `otherwise`. */
  of(check: CheckName, cap: Cap | null, terms: Terms, otherwise: string): LimitStanding {
    if (cap === null) return standing(check, { ...terms, what: otherwise, bound: 'most', unit: 'money' })
    const { current, held, limit, what } = cap
    const isFull = !isPositive(subtract(limit, current))
    return standing(check, {
      ...terms,
      what,
      bound: 'most',
      limit,
      filled: held,
      working: subtract(current, held),
      used: current,
      unit: 'money',
      holds: isFull ? `${what} is ${current}, and the limit is ${limit}` : null,
    })
  }
}

/** An edge is an intent's own: without one the limit has no amount, and is every bot's. */
function kellyTerms({ view }: Judgement, given: RiskLimits, line: string): Terms {
  const hasEdge = (view.guards.intent?.grounds?.edge ?? null) !== null
  return { scope: hasEdge ? line : 'order', key: 'kellyRatioMax', configured: given.kellyRatioMax, basis: 'of the Kelly stake' }
}

function budgetTerms({ view, proposal }: Judgement): Terms {
  const { atRiskRatioMax, allocationRatio } = view.guards.budget ?? { atRiskRatioMax: null, allocationRatio: null }
  const parts = [
    ...(atRiskRatioMax === null ? [] : [`${atRiskRatioMax} of equity`]),
    ...(allocationRatio === null ? [] : [`${allocationRatio} of the bot's capital`]),
  ]
  const configured = parts.length === 0 ? null : parts.join(', ')
  return { scope: `bot:${proposal.botId} strategy:${proposal.strategyId}`, key: null, configured, basis: '' }
}

function tierTerms({ view }: Judgement): Terms {
  const { tier } = view.guards
  return { scope: tier === null ? 'tier' : `tier:${tier.name}`, key: null, configured: tier?.ratioMax ?? null, basis: 'of equity' }
}

function strategyTerms({ strategyRatioMax, strategyRatioMaxDefault }: RiskLimits, strategyId: string): Terms {
  const own = Object.hasOwn(strategyRatioMax, strategyId) ? (strategyRatioMax[strategyId] ?? null) : null
  const key = own === null ? 'strategyRatioMaxDefault' : 'strategyRatioMax'
  return { scope: `strategy:${strategyId}`, key, configured: own ?? strategyRatioMaxDefault, basis: 'of equity' }
}

function venueTerms({ venueRatioMax, venueRatioMaxDefault }: RiskLimits, venueId: string): Terms {
  const own = Object.hasOwn(venueRatioMax, venueId) ? (venueRatioMax[venueId] ?? null) : null
  const key = own === null ? 'venueRatioMaxDefault' : 'venueRatioMax'
  return { scope: `venue:${venueId}`, key, configured: own ?? venueRatioMaxDefault, basis: 'of equity' }
}

/** Every theme's, whether or not the order's instrument belongs to it. */
function themeRows(judgement: Judgement, row: CapRows): readonly LimitStanding[] {
  const themes = Object.keys(judgement.limits.themes)
  if (themes.length === 0) {
    const off = { ...row.share('theme', 'themeRatioMax'), configured: null }
    return [row.of('theme_cap', null, off, 'The exposure to a theme: none is named')]
  }
  return themes.map((theme) => row.of('theme_cap', capOfTheme(judgement, theme), row.share(`theme:${theme}`, 'themeRatioMax'), ''))
}

function openPositions(judgement: Judgement, given: RiskLimits): LimitStanding {
  const open = budgetInstruments(judgement)
  const opening = openingBeyond(judgement, open, null)
  const count = open.size + opening
  const limit = judgement.limits.openPositionsMax
  return standing('open_positions_max', {
    scope: 'company',
    what: 'Instruments held or being opened',
    key: 'openPositionsMax',
    configured: String(given.openPositionsMax),
    bound: 'most',
    limit: String(limit),
    filled: String(open.size),
    working: String(opening),
    used: String(count),
    unit: 'instruments',
    holds: count >= limit ? `${count} instruments are held or being opened, and the limit is ${limit}: no other one is` : null,
  })
}

/** What an order can be paid with. What other orders may take is working; nothing of a balance is filled. */
function balanceRows(judgement: Judgement): readonly LimitStanding[] {
  const { proposal, view } = judgement
  const { quoteAsset, baseAsset } = view.instrument
  const { account, bot } = quoteRooms(judgement)
  const accountScope = `account:${proposal.accountId}`
  const row = (scope: string, { current, limit, what }: Room, unit: string) =>
    standing('insufficient_balance', {
      scope,
      what: `${what} that orders may take`,
      bound: 'most',
      limit,
      working: current,
      used: current,
      unit,
      holds: isPositive(subtract(limit, current)) ? null : `Nothing is free of ${limit} ${what}`,
    })
  const ofBase = view.capabilities.shorts ? [] : [{ ...row(accountScope, baseRoom(judgement), baseAsset), holds: null }]
  return [row(accountScope, account, quoteAsset), row(`bot:${proposal.botId}`, bot, quoteAsset), ...ofBase]
}
