import { soleTeam } from '#actors/bots/bot-team'
import { DEFAULT_PROTECTION } from '#risk/protection'
import { add, type Decimal, decimal, negate, ONE, ZERO } from '#domain/decimal'
import { InvariantError } from '#domain/errors'
import { accountId, botId, instrumentId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { ConfiguredStrategy } from '#strategies/types'
import { VirtualClock } from '#sim/virtual-clock'
import { SeededRandom } from '#sim/random'
import { at, type BarColumns, sliceColumns } from './columns'
import { BotLine } from './line'
import { BACKTEST_ROUTING } from './plan'

/** Most cut-off runs of one check. */
const CUTS_MAX = 200
/** How far a price or a figure may move with the start of the data, as a share of itself. */
const FIGURE_TOLERANCE = 1e-3

/** What a strategy decided on one bar of its deciding timeframe. */
export interface Decision {
  /** Index of the data's bar at whose close it fell. */
  readonly index: number
  readonly closeAtMs: number
  /** Bars of the deciding timeframe heard by then. */
  readonly heard: number
  /** False while the warm-up lasts: then nothing was asked. */
  readonly isWarm: boolean
  readonly intents: readonly Intent[]
  /** What was held when it decided, base. */
  readonly held: Decimal
}

/** Lets a strategy decide over columns. `heldAt` says what it holds (null: what it wanted before). */
export type Drive = (
  strategy: ConfiguredStrategy,
  columns: BarColumns,
  heldAt: ((closeAtMs: number) => Decimal | null) | null,
) => readonly Decision[]

/** A bar at which a strategy decided otherwise than it should. */
export interface LookaheadFinding {
  readonly check: 'lookAhead' | 'warmUp'
  /** Index of the data's bar. */
  readonly index: number
  readonly closeAtMs: number
  /** Bar at which the other run's data began; 0 for a cut-off run. */
  readonly startedAt: number
  readonly expected: string
  readonly found: string
}

/** Drives a strategy by the very line that a backtest uses; every wish counts as filled before the next bar. */
export const driveLine: Drive = (strategy, columns, heldAt) => {
  const instrument = instrumentId('AAA-BBB@check')
  const spec = {
    botId: botId('check'),
    accountId: accountId('check@check'),
    ...soleTeam(strategy),
    instruments: [instrument],
    universe: null,
    tierSizing: new Map(),
    isEnabled: true,
    cycleMs: null,
    jitterRatio: 0,
    capital: decimal('1'),
    routing: BACKTEST_ROUTING,
    sizing: { method: 'quantity', quantity: ONE, orderNotionalMin: ZERO, scale: ONE },
    shouldPreview: false,
    onStop: 'keep',
    protection: DEFAULT_PROTECTION,
  } as const
  const line = new BotLine(spec, columns, () => undefined)
  let held: Decimal = ZERO
  const runner = line.runner({
    clock: new VirtualClock(0),
    random: new SeededRandom('check'),
    positionOf: () => ({ netQuantity: held, entryPrice: held === ZERO ? null : ONE }),
    openPositions: () => (held === ZERO ? 0 : 1),
    shorts: true,
    hasActedOn: () => false,
    onIntents: () => undefined,
    onCrash: (error) => {
      throw new InvariantError(`strategy ${strategy.strategyId} threw: ${error}`)
    },
  })
  runner.start()
  const decisions: Decision[] = []
  let wanted: Decimal = ZERO
  for (let index = 0; index < columns.count; index++) {
    const before = line.heard
    const closeAtMs = at(columns.closeAtMs, index)
    held = heldAt?.(closeAtMs) ?? wanted
    line.forgetPosition()
    const intents = line.hear(closeAtMs)
    if (line.heard === before) continue
    decisions.push({ index, closeAtMs: line.nowMs, heard: line.heard, isWarm: line.isWarm, intents, held })
    for (const intent of intents) wanted = wantedBy(intent, held)
  }
  return decisions
}

/**
 * Checks that no decision needs a bar of the future: a run on data that is cut off right behind a decision's bar decides the same. All
 * decisions where they are few; else two hundred, those that want something first. Null when it holds, else the first bar where not.
 */
export function checkLookahead(
  strategy: ConfiguredStrategy,
  columns: BarColumns,
  drive: Drive = driveLine,
  onProgress: (share: number) => void = () => undefined,
): LookaheadFinding | null {
  const sample = sampleOf(drive(strategy, columns, null))
  for (const [number, expected] of sample.entries()) {
    onProgress(number / sample.length)
    const cut = drive(strategy, sliceColumns(columns, 0, expected.index + 1), null)
    const found = cut.at(-1)
    if (found?.closeAtMs === expected.closeAtMs && exactText(found.intents) === exactText(expected.intents)) continue
    return {
      check: 'lookAhead',
      index: expected.index,
      closeAtMs: expected.closeAtMs,
      startedAt: 0,
      expected: exactText(expected.intents),
      found: found === undefined ? 'no decision' : exactText(found.intents),
    }
  }
  return null
}

/**
 * Checks that a decision does not depend on where the data began: runs that start at later bars decide the same once they have heard what
 * the strategy declares (`settleBars`, and `warmUpBars` of every timeframe). Figures may differ by a thousandth; what is wanted may not.
 * Null when it holds, else the first bar where not.
 */
export function checkWarmUp(
  strategy: ConfiguredStrategy,
  columns: BarColumns,
  drive: Drive = driveLine,
  onProgress: (share: number) => void = () => undefined,
): LookaheadFinding | null {
  const full = new Map(drive(strategy, columns, null).map((decision) => [decision.closeAtMs, decision]))
  const heldAt = (closeAtMs: number) => full.get(closeAtMs)?.held ?? null
  const starts = startsOf(strategy, columns.count)
  for (const [number, start] of starts.entries()) {
    onProgress(number / starts.length)
    for (const decision of drive(strategy, sliceColumns(columns, start, columns.count), heldAt)) {
      if (decision.heard < strategy.settleBars || !decision.isWarm) continue
      const expected = full.get(decision.closeAtMs)
      if (expected === undefined || isAlike(expected.intents, decision.intents)) continue
      return {
        check: 'warmUp',
        index: start + decision.index,
        closeAtMs: decision.closeAtMs,
        startedAt: start,
        expected: exactText(expected.intents),
        found: exactText(decision.intents),
      }
    }
  }
  return null
}

function wantedBy(intent: Intent, held: Decimal): Decimal {
  const { target } = intent
  switch (target.kind) {
    case 'quantity':
      return target.quantity
    case 'notional':
      return target.notional.startsWith('-') ? negate(ONE) : ONE
    case 'risk': {
      const size = target.direction === 'long' ? ONE : negate(ONE)
      return intent.kind === 'increase' ? add(held, size) : size
    }
    case 'flat':
      return ZERO
    case 'unchanged':
      return held
  }
}

/** All decisions, or evenly chosen ones: those that want something, and as many of the others. */
function sampleOf(decisions: readonly Decision[]): readonly Decision[] {
  const warm = decisions.filter((decision) => decision.isWarm)
  if (warm.length <= CUTS_MAX) return warm
  const wanting = warm.filter((decision) => decision.intents.length > 0)
  const quiet = warm.filter((decision) => decision.intents.length === 0)
  return [...evenly(wanting, CUTS_MAX / 2), ...evenly(quiet, CUTS_MAX / 2)].sort((a, b) => a.index - b.index)
}

function evenly<T>(items: readonly T[], count: number): readonly T[] {
  const stride = Math.max(1, Math.ceil(items.length / count))
  return items.filter((_, index) => index % stride === 0)
}

/** Starts that fall within, at and well beyond the warm-up, in bars of the data. */
function startsOf(strategy: ConfiguredStrategy, count: number): readonly number[] {
  const needed = strategy.settleBars
  const starts = [1, 2, 3, Math.ceil(needed / 2), needed, 2 * needed + 1, Math.floor(count / 4), Math.floor(count / 2)]
  return [...new Set(starts)].filter((start) => start > 0 && start < count).sort((a, b) => a - b)
}

function exactText(intents: readonly Intent[]): string {
  return intents.length === 0 ? 'nothing' : JSON.stringify(intents)
}

function isAlike(one: readonly Intent[], other: readonly Intent[]): boolean {
  if (one.length !== other.length) return false
  return one.every((intent, index) => {
    const twin = other[index]
    if (twin === undefined || intent.kind !== twin.kind || JSON.stringify(intent.target) !== JSON.stringify(twin.target)) return false
    const prices = (from: Intent) => [from.stopPrice, from.takeProfitPrice, from.routing?.limitPrice ?? null, String(from.conviction)]
    const others = prices(twin)
    return prices(intent).every((price, at) => isNear(price, others[at] ?? null))
  })
}

function isNear(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return one === other
  const [a, b] = [Number(one), Number(other)]
  return Math.abs(a - b) <= FIGURE_TOLERANCE * Math.max(Math.abs(a), Math.abs(b))
}
