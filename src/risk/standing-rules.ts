import type { CheckName } from './check-names'
import { botState } from './checks/bot-state'
import { companyState } from './checks/company-state'
import { cooldown, cooldownsOf } from './checks/cooldown'
import { agesOf, dataStale } from './checks/data-stale'
import { drift } from './checks/drift'
import { executionThrottle } from './checks/execution-throttle'
import { gasMax } from './checks/gas-max'
import { killSwitch } from './checks/kill-switch'
import { liquidityMin } from './checks/liquidity-min'
import { marketData } from './checks/market-data'
import { messageThrottle } from './checks/message-throttle'
import { nearExpiry } from './checks/near-expiry'
import { outlier } from './checks/outlier'
import { productStatus } from './checks/product-status'
import { reducingOnly } from './checks/reducing-only'
import { regionDisallowed } from './checks/region-disallowed'
import { spreadMax } from './checks/spread-max'
import { universeExcluded } from './checks/universe-excluded'
import { venueState } from './checks/venue-state'
import type { CheckResult, Judgement, Size } from './judgement'
import { type LimitStanding, type StandingFacts, standing } from './standing-row'
import type { RiskLimits } from './types'

/** One question to the gate: a judgement, with the limits as they are set. */
interface Asked {
  readonly judgement: Judgement
  readonly size: Size
  readonly given: RiskLimits
  /** Scopes of the order. */
  readonly bot: string
  readonly venue: string
  readonly instrument: string
  readonly line: string
}

/** Returns what everything but the caps stands at for an order: states, throttles, data, prices, permissions. */
export function ruleStandings(judgement: Judgement, size: Size, given: RiskLimits): readonly LimitStanding[] {
  const { botId, venueId, instrumentId } = judgement.proposal
  const scopes = { bot: `bot:${botId}`, venue: `venue:${venueId}`, instrument: `instrument:${instrumentId}` }
  const asked = { judgement, size, given, ...scopes, line: `bot:${botId} ${instrumentId}` }
  return [...states(asked), ...throttles(asked), ...markets(asked), ...permissions(asked), ...ofOrders(asked), ...costs(asked)]
}

function holdsOf(result: CheckResult | null): string | null {
  return result?.figure.outcome === 'block' ? result.figure.message : null
}

function states({ judgement, given, venue, instrument, line }: Asked): readonly LimitStanding[] {
  const { scope } = judgement.view
  const state = (check: CheckName, facts: Pick<StandingFacts, 'scope' | 'what'>, limit: string, used: string, result: CheckResult | null) =>
    standing(check, { ...facts, limit, used, holds: holdsOf(result) })
  const kill = killSwitch(judgement)
  const reducing = given.reducingAllowedUnderKillSwitch
  return [
    {
      ...state('kill_switch', at('company', 'The kill switch'), 'inactive', scope.isKillSwitchActive ? 'active' : 'inactive', kill),
      ...{ key: 'reducingAllowedUnderKillSwitch' as const, configured: reducing ? 'reducing passes' : 'nothing passes' },
    },
    state('company_state', at('company', 'The company'), 'trading', scope.company, companyState(judgement)),
    state('bot_state', at(line, 'The bot'), 'active', scope.bot, botState(judgement)),
    state(
      'reducing_only',
      at(line, 'Only reducing orders'),
      'none',
      scope.reducing === null ? 'none' : 'reducing',
      reducingOnly(judgement),
    ),
    state('venue_state', at(venue, 'The venue'), 'online', scope.venue, venueState(judgement)),
    state('product_status', at(instrument, 'The product'), 'online', judgement.view.instrument.status, productStatus(judgement)),
    state('drift', at('company', 'Books and venue'), 'none', scope.hasDrift ? 'drift' : 'none', drift(judgement)),
  ]
}

function at(scope: string, what: string): Pick<StandingFacts, 'scope' | 'what'> {
  return { scope, what }
}

function throttles({ judgement, given, bot, line }: Asked): readonly LimitStanding[] {
  const { messages, executions } = judgement.view.guards.throttle
  const { executionsMax, executionsWindowMs, messagesPerSecMax } = given
  return [
    standing('message_throttle', {
      ...at(bot, 'Orders and amends within a second'),
      key: 'messagesPerSecMax',
      configured: textOf(messagesPerSecMax),
      bound: 'most',
      limit: textOf(messagesPerSecMax),
      used: String(messages),
      unit: 'messages',
      holds: holdsOf(messageThrottle(judgement)),
    }),
    standing('execution_throttle', {
      ...at(line, `Orders of the side that adds within ${executionsWindowMs} ms`),
      key: 'executionsMax',
      configured: textOf(executionsMax),
      bound: 'most',
      limit: textOf(executionsMax),
      used: String(executions),
      unit: 'orders',
      holds: holdsOf(executionThrottle(judgement)),
    }),
  ]
}

function textOf(value: number | string | null): string | null {
  return value === null ? null : String(value)
}

/** What a check that tells its figures with every answer says now. */
function answered(check: CheckName, result: CheckResult | null, facts: StandingFacts): LimitStanding {
  if (result === null) return standing(check, facts)
  const { current, limit } = result.figure
  return standing(check, { ...facts, limit, used: current, holds: holdsOf(result) })
}

function markets({ judgement, given, instrument, line }: Asked): readonly LimitStanding[] {
  const { view } = judgement
  const { quoteAgeMs, barAgeMs } = agesOf(view)
  const isSound = marketData(judgement)
  const jump = view.guards.jump
  const age = (what: string, key: 'quoteAgeMsMax' | 'barAgeMsMax', ageMs: number | null) =>
    standing('data_stale', {
      ...at(instrument, what),
      key,
      configured: String(given[key]),
      basis: 'ms',
      bound: 'most',
      limit: String(given[key]),
      used: textOf(ageMs),
      unit: 'ms',
      holds: ageMs !== null && ageMs > given[key] ? holdsOf(dataStale(judgement)) : null,
    })
  const isTold = jump !== null && given.outlierSigmaMax !== null
  return [
    standing('market_data_unavailable', {
      ...at(instrument, 'The quote'),
      limit: 'sound',
      used: holdsOf(isSound) === null ? 'sound' : 'none',
      holds: holdsOf(isSound),
    }),
    age('The age of the quote', 'quoteAgeMsMax', quoteAgeMs),
    age('The age of the one-minute bar', 'barAgeMsMax', barAgeMs),
    standing('outlier', {
      ...at(instrument, `The jump of the mid from the minute before, beyond ${given.outlierBpsMin} bps`),
      key: 'outlierSigmaMax',
      configured: textOf(given.outlierSigmaMax),
      basis: 'σ',
      bound: 'most',
      limit: textOf(given.outlierSigmaMax),
      used: isTold ? (jump.bps < given.outlierBpsMin ? '0' : jump.sigmas.toFixed(1)) : null,
      unit: 'σ',
      holds: holdsOf(outlier(judgement)),
    }),
    answered('spread_max', spreadMax(judgement), {
      ...at(instrument, 'The spread'),
      key: 'spreadBpsMax',
      configured: given.spreadBpsMax,
      basis: 'bps of the mid',
      bound: 'most',
      unit: view.instrument.quoteAsset,
    }),
    answered('liquidity_min', liquidityMin(judgement), {
      ...at(instrument, 'Traded within 24 hours'),
      key: 'volume24hMin',
      configured: given.volume24hMin,
      bound: 'least',
      unit: 'money',
    }),
    answered('universe_excluded', universeExcluded(judgement), at(line, 'The universe of the bot')),
    ...expiry({ judgement, given, instrument }),
    ...cooldowns({ judgement, given, instrument }),
  ]
}

function expiry({ judgement, given, instrument }: Pick<Asked, 'judgement' | 'given' | 'instrument'>): readonly LimitStanding[] {
  const result = nearExpiry(judgement)
  const facts = { key: 'nearExpiryMs' as const, configured: textOf(given.nearExpiryMs), basis: 'ms', bound: 'least' as const, unit: 'ms' }
  const scope = result === null ? 'instrument' : instrument
  return [answered('near_expiry', result, { ...at(scope, 'The time to the expiry of an instrument'), ...facts })]
}

function cooldowns({ judgement, given, instrument }: Pick<Asked, 'judgement' | 'given' | 'instrument'>): readonly LimitStanding[] {
  const { afterFill, afterStop } = cooldownsOf(judgement)
  const row = (what: string, key: 'cooldownMs' | 'cooldownAfterStopMs', leftMs: number) => {
    const facts = { key, configured: given[key] === 0 ? null : String(given[key]), basis: 'ms', unit: 'ms' }
    if (given[key] === 0) return standing('cooldown', { ...at('instrument', what), ...facts })
    const [limit, used] = [String(given[key]), String(Math.max(0, leftMs))]
    return standing('cooldown', { ...at(instrument, what), ...facts, limit, used, holds: leftMs > 0 ? holdsOf(cooldown(judgement)) : null })
  }
  return [
    row('The cool-down yet to go after a fill', 'cooldownMs', afterFill),
    row('The cool-down yet to go after a stop-out', 'cooldownAfterStopMs', afterStop),
  ]
}

function permissions({ judgement, size, venue, instrument }: Asked): readonly LimitStanding[] {
  const { view } = judgement
  const { lotSize, tickSize, quantityMin, notionalMin, quoteAsset } = view.instrument
  const allowed = (isAllowed: boolean) => (isAllowed ? 'allowed' : 'barred')
  const region = regionDisallowed(judgement, size)
  return [
    standing('region_disallowed', {
      ...at(instrument, 'Entering the instrument from the account’s region'),
      configured: view.guards.region?.code ?? null,
      limit: 'allowed',
      used: allowed(holdsOf(region) === null),
      holds: holdsOf(region),
    }),
    standing('shorting_disallowed', { ...at(venue, 'Shorts'), configured: allowed(view.capabilities.shorts) }),
    standing('margin_disallowed', { ...at(venue, 'Borrowing'), configured: allowed(view.capabilities.margin) }),
    standing('instrument_rules', {
      ...at(instrument, 'The venue’s grid and minimums'),
      configured: `lot ${lotSize}, tick ${tickSize}, at least ${quantityMin} and ${notionalMin} ${quoteAsset}`,
    }),
  ]
}

/** What each order is held to on its own: there is nothing to count before it comes. */
function ofOrders({ given }: Asked): readonly LimitStanding[] {
  const row = (check: CheckName, what: string, key: keyof RiskLimits, configured: string | null, basis = '') =>
    standing(check, { scope: 'order', what, key, configured, basis })
  return [
    row('price_sanity', 'How far a price may be on the costly side', 'priceDeviationBpsMax', given.priceDeviationBpsMax, 'bps of the mid'),
    row('price_zone', 'Zones in which outcome tokens are entered', 'priceZones', given.priceZones.join(' ')),
    row('duplicate_intent', 'An order equal to the last that still works', 'duplicateWindowMs', textOf(given.duplicateWindowMs), 'ms'),
    row('conviction_min', 'The conviction of an intent', 'convictionMin', given.convictionMin > 0 ? String(given.convictionMin) : null),
    row('post_only_required', 'Only post-only orders add risk', 'postOnlyRequired', given.postOnlyRequired ? 'yes' : null),
    standing('own_order_match', { scope: 'order', what: 'Orders that would meet one of our own', configured: 'barred' }),
    standing('order_notional_min', {
      scope: 'order',
      what: 'The worth of an order after its fee',
      key: 'orderNotionalMin',
      configured: given.orderNotionalMin,
      bound: 'least',
      limit: given.orderNotionalMin,
      unit: 'money',
    }),
  ]
}

function costs({ judgement, given, venue }: Asked): readonly LimitStanding[] {
  const { venueId } = judgement.proposal
  const gas = Object.hasOwn(given.gasMax, venueId) ? given.gasMax[venueId] : undefined
  const configured = gas === undefined ? null : `${gas.priceGweiMax}, priority ${gas.priorityGweiMax}`
  const facts = { key: 'gasMax' as const, configured, basis: 'gwei', bound: 'most' as const, unit: 'gwei' }
  return [
    answered('gas_max', gasMax(judgement), { ...at(venue, 'What a transaction costs'), ...facts }),
    standing('cost_benefit', {
      scope: 'order',
      what: 'The cost of a transaction',
      key: 'gasCostRatioMax',
      configured: given.gasCostRatioMax,
      basis: 'of the expected profit',
    }),
  ]
}
