import { type Decimal, ONE } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import type { BotId, InstrumentId, StrategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { LogPort } from '#ports/alerter'
import type { JournalPort } from '#ports/journal'
import { type Aggregate, aggregate, type StrategyTerms } from '#risk/aggregate'
import type { Admission } from '#risk/guard-facts'
import { boundsProblem } from '#risk/proposal-bounds'
import type { BotSpec } from '../bots/bot-spec'
import { countIn, StrategyTallies } from './strategy-tally'

/** Decision cycles whose entries are remembered: a bar of an instrument may come after the next one of another. */
const CYCLES_MAX = 8

export interface StrategyDeskDeps {
  readonly log: LogPort
  readonly journal: JournalPort
  /** The strategy that holds a bot's position on an instrument, else the one whose orders work there; null for none. */
  holderOf(botId: BotId, instrumentId: InstrumentId): StrategyId | null
  /** Null for a bot that names its instruments. */
  admissionOf(botId: BotId, instrumentId: InstrumentId): Admission | null
  /** The mid of the last quote; null without one. */
  priceOf(instrumentId: InstrumentId): Decimal | null
  /** True when the bot's decision of that moment has led to an order. */
  hasOrderedOn(botId: BotId, instrumentId: InstrumentId, atMs: number): boolean
}

/** A wish that goes on to the desk. */
export interface Admitted {
  readonly intent: Intent
  /** Part of a full size, above 0 and up to 1. */
  readonly share: Decimal
}

/** Entries of one cycle: on which instruments each strategy entered. */
type Cycle = Map<StrategyId, Set<InstrumentId>>

/**
 * Between the strategies of a bot and the order desk (STR-03, STR-04, STR-05): of what they want on an instrument it lets at most one wish
 * through, within the bounds that the bot gives each, and tells what was dropped and why.
 */
export class StrategyDesk {
  readonly tallies = new StrategyTallies()
  readonly #deps: StrategyDeskDeps
  readonly #cycles = new Map<BotId, Map<number, Cycle>>()

  constructor(deps: StrategyDeskDeps) {
    this.#deps = deps
  }

  /** Returns what goes on of the wishes of one decision, all of them on one instrument. */
  admit(spec: BotSpec, intents: readonly Intent[]): readonly Admitted[] {
    const [first] = intents
    if (first === undefined) return []
    for (const { strategyId, kind } of intents) if (kind !== 'hold') this.tallies.of(spec.botId, strategyId).proposals++
    const open = this.#withoutExcluded(spec, first.instrumentId, intents)
    if (spec.aggregation === null) return open.map((intent) => ({ intent, share: ONE }))
    const cycle = this.#cycleOf(spec, first.decidedOnMs)
    const result = aggregate(open, {
      policy: spec.aggregation,
      holder: this.#deps.holderOf(spec.botId, first.instrumentId),
      termsOf: (strategyId) => termsIn(spec, strategyId),
      problemOf: (intent) => (spec.bounds === null ? null : boundsProblem(intent, this.#deps.priceOf(intent.instrumentId), spec.bounds)),
      entriesOf: (strategyId) => countBut(cycle.get(strategyId), first.instrumentId),
    })
    this.#tell(spec, first, result)
    const { chosen, share, from } = result
    if (chosen === null) return []
    if (chosen.kind === 'enter' || chosen.kind === 'increase')
      for (const strategyId of from) entriesIn(cycle, strategyId).add(chosen.instrumentId)
    return [{ intent: chosen, share }]
  }

  /** What adds on an instrument that the universe does not admit is not proposed; the exclusion itself was told of when it came to be. */
  #withoutExcluded({ botId }: BotSpec, instrumentId: InstrumentId, intents: readonly Intent[]): readonly Intent[] {
    if ((this.#deps.admissionOf(botId, instrumentId)?.exclusion ?? null) === null) return intents
    return intents.filter(({ kind, strategyId }) => {
      if (kind !== 'enter' && kind !== 'increase') return true
      countIn(this.tallies.of(botId, strategyId).dropped, 'universe_excluded')
      return false
    })
  }

  /** A cycle that began before a restart begins with what it led to: the orders are known, and whose they are. */
  #cycleOf({ botId, instruments }: BotSpec, atMs: number): Cycle {
    const cycles = this.#cycles.get(botId) ?? new Map<number, Cycle>()
    this.#cycles.set(botId, cycles)
    const known = cycles.get(atMs)
    if (known !== undefined) return known
    const cycle: Cycle = new Map()
    for (const instrumentId of instruments) {
      if (!this.#deps.hasOrderedOn(botId, instrumentId, atMs)) continue
      const holder = this.#deps.holderOf(botId, instrumentId)
      if (holder !== null) entriesIn(cycle, holder).add(instrumentId)
    }
    cycles.set(atMs, cycle)
    if (cycles.size > CYCLES_MAX) cycles.delete(mustExist(cycles.keys().next().value, 'a cycle that is there'))
    return cycle
  }

  #tell(spec: BotSpec, { instrumentId, decidedOnMs }: Intent, { chosen, share, from, dropped }: Aggregate): void {
    const { log, journal } = this.#deps
    for (const { intent, reason } of dropped) countIn(this.tallies.of(spec.botId, intent.strategyId).dropped, reason)
    if (dropped.length === 0 && from.length < 2) return
    const facts = {
      instrumentId,
      decidedOnMs,
      policy: spec.aggregation,
      chosen: chosen === null ? null : { strategyId: chosen.strategyId, kind: chosen.kind, conviction: chosen.conviction, share },
      from: [...from],
      dropped: dropped.map(({ intent, reason, text }) => ({
        strategyId: intent.strategyId,
        kind: intent.kind,
        conviction: intent.conviction,
        risk_reason: reason,
        text,
      })),
    }
    journal.append({
      actor: `bot:${spec.botId}`,
      kind: 'strategies.aggregated',
      payload: facts,
      correlationId: chosen?.intentId ?? spec.botId,
      causationSeq: null,
    })
    const texts = dropped.map(({ intent, reason, text }) => `${intent.strategyId} ${intent.kind}: ${reason}, ${text}`)
    log.info(`${spec.botId}: ${instrumentId}: ${chosen === null ? 'nothing' : from.join(' + ')} chosen`, { dropped: texts.join('; ') })
  }
}

function termsIn({ members }: BotSpec, strategyId: StrategyId): StrategyTerms | null {
  return members.find((member) => member.strategyId === strategyId) ?? null
}

function entriesIn(cycle: Cycle, strategyId: StrategyId): Set<InstrumentId> {
  const known = cycle.get(strategyId) ?? new Set<InstrumentId>()
  cycle.set(strategyId, known)
  return known
}

function countBut(entries: ReadonlySet<InstrumentId> | undefined, except: InstrumentId): number {
  return entries === undefined ? 0 : entries.size - (entries.has(except) ? 1 : 0)
}
