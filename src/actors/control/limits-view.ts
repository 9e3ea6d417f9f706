import { clientOrderIdOf } from '#domain/digest'
import { type AccountId, type BotId, type InstrumentId, intentId, type StrategyId, strategyId, venueOf } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Proposal } from '#domain/order'
import type { LimitsView, LimitView } from '#ports/gate-control'
import type { CheckName } from '#risk/check-names'
import type { LimitStanding } from '#risk/standing-row'
import { type BotSpec, strategiesOf } from '../bots/bot-spec'
import type { Company } from '../company/company'

/** The bot that the gate is asked for where none of ours trades; no bot of a configuration can bear the name. */
const NOBODY = '(nobody)' as BotId

/** A bot on an instrument; bot and strategy are null for what is held or works there beside our bots. */
interface Line {
  readonly botId: BotId | null
  readonly strategyId: StrategyId | null
  readonly accountId: AccountId
  readonly instrumentId: InstrumentId
}

/**
 * Returns what every limit stands at (RSK-01, RSK-02): for each bot on each of its instruments the gate is asked what an order would be
 * judged by now. What is the same for several bots is one row.
 */
export function limitsView(company: Company, botId: string | null): LimitsView {
  const rows: Rows = new Map()
  const unknown = new Set<string>()
  for (const line of linesOf(company, botId)) {
    const instrument = company.market.findInstrument(line.instrumentId)
    if (instrument === null) unknown.add(line.instrumentId)
    else addStanding(rows, company, line, instrument)
  }
  const { limits, sources } = company.limits.effective(botId as BotId | null, null)
  return {
    atMs: company.deps.clock.now(),
    currency: company.deps.settings.rules.valuationAsset,
    equity: company.portfolio.equity,
    capScale: limits.capScale,
    capScaleSource: sources.capScale,
    limits: [...rows.values()].map(({ view, bots }) => ({ ...view, bots })),
    unknown: [...unknown],
  }
}

/** Every bot on every instrument that it trades; of the whole company also what others hold or let work. */
function linesOf(company: Company, botId: string | null): readonly Line[] {
  const { deps, portfolio, gate } = company
  const bots = deps.bots.filter((bot) => botId === null || bot.botId === botId)
  const own: readonly Line[] = bots.flatMap((bot) =>
    bot.instruments.flatMap((instrumentId) => strategiesOf(bot).map((strategyId) => ({ ...lineOf(bot), strategyId, instrumentId }))),
  )
  if (botId !== null) return own
  const traded = new Set(own.map(({ instrumentId }) => instrumentId))
  const beside = [...portfolio.netPositions(), ...gate.book.all()].map(({ instrumentId }) => instrumentId)
  const foreign = [...new Set(beside)].filter((instrumentId) => !traded.has(instrumentId))
  const ports = new Map(deps.venues.map(({ venueId, accountId }) => [venueId, accountId]))
  return [
    ...own,
    ...foreign.flatMap((instrumentId) => {
      const accountId = ports.get(venueOf(instrumentId))
      return accountId === undefined ? [] : [{ botId: null, strategyId: null, accountId, instrumentId }]
    }),
  ]
}

function lineOf({ botId, accountId }: BotSpec): Pick<Line, 'botId' | 'accountId'> {
  return { botId, accountId }
}

/** Rows by what makes them one, with the bots that each is of. */
type Rows = Map<string, { readonly view: Omit<LimitView, 'bots'>; readonly bots: BotId[] }>

function addStanding(rows: Rows, company: Company, line: Line, instrument: Instrument): void {
  const { facts, gate, memory, limits, deps } = company
  const { botId, instrumentId } = line
  const probe = probeOf(company, line, instrument)
  const intent = botId === null ? null : memory.gate.intentOf(botId, instrumentId)
  const view = facts.gateView(probe, { isOperatorFlatten: false, isRetry: false, intent })
  const { sources } = limits.effective(botId, instrument.venueId)
  for (const row of gate.standing(probe, view)) {
    if (botId === null && !isOfInstrument(row)) continue
    const source = row.key === null ? (SOURCES[row.check] ?? 'built in') : sources[row.key]
    const key = [row.check, row.scope, row.what, row.configured, row.limit, row.used, source].join('|')
    const known = rows.get(key)
    const bots = botId === null ? [] : [botId]
    if (known === undefined) rows.set(key, { view: limitView(row, source, deps.settings.rules.valuationAsset), bots })
    else if (botId !== null && known.bots.at(-1) !== botId) known.bots.push(botId) // a bot's instruments come one after the other
  }
}

/** What there is to say of an instrument that no bot of ours trades. */
function isOfInstrument({ unit, bound, scope }: LimitStanding): boolean {
  return unit === 'money' && bound === 'most' && /^(instrument|asset|window):/.test(scope)
}

/** An order of one lot on the side that adds: what the gate is asked with, and never sent. */
function probeOf({ market, portfolio, deps }: Company, line: Line, { venueId, lotSize, tickSize, instrumentId }: Instrument): Proposal {
  const { accountId } = line
  const botId = line.botId ?? NOBODY
  const intent = intentId('limits')
  const price = market.mid(instrumentId) ?? tickSize
  const nowMs = deps.clock.now()
  return {
    clientOrderId: clientOrderIdOf({ tag: deps.settings.tag, accountId, botId, instrumentId, intentId: intent, index: 0 }),
    accountId,
    venueId,
    instrumentId,
    botId,
    strategyId: line.strategyId ?? strategyId('manual'),
    intentId: intent,
    side: portfolio.positionOf(botId, instrumentId).startsWith('-') ? 'sell' : 'buy',
    type: 'limit',
    quantity: lotSize,
    limitPrice: price,
    referencePrice: price,
    timeInForce: 'gtc',
    expiresAtMs: null,
    postOnly: false,
    reduceOnly: false,
    effect: 'open',
    arrivalMid: price,
    proposedAtMs: nowMs,
  }
}

/** Where what no limit sets comes from. */
const SOURCES: Readonly<Partial<Record<CheckName, string>>> = {
  product_status: 'venue',
  instrument_rules: 'venue',
  shorting_disallowed: 'venue',
  insufficient_balance: 'books',
  region_disallowed: 'config',
}

function limitView(row: LimitStanding, source: string, money: string): Omit<LimitView, 'bots'> {
  const { key: _key, unit, ...figures } = row
  return { ...figures, unit: unit === 'money' ? money : unit, usedRatio: usedRatioOf(row), source }
}

/** For a bar, where a double is enough; the figures stay text. */
function usedRatioOf({ bound, limit, used, holds }: LimitStanding): number | null {
  if (bound === null || limit === null || used === null) return null
  const [part, whole] = bound === 'most' ? [Number(used), Number(limit)] : [Number(limit), Number(used)]
  if (Number.isNaN(part) || Number.isNaN(whole) || part === Number.POSITIVE_INFINITY) return null
  return whole > 0 ? part / whole : holds === null ? 0 : 1
}
