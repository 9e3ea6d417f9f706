import { z } from 'zod'
import { decimalFromNumber } from '#domain/decimal'
import { strategyId } from '#domain/ids'
import type { Intent, IntentTarget } from '#domain/intent'
import { TIMEFRAME_MS } from '#domain/time'
import { closedCount, indicativePrice, intentBase } from './decision'
import { timeframeParameter } from './parameters'
import { NO_STUDY, type Strategy, type StrategyContext } from './types'

/** Parameters of `busy` with their defaults. */
const parameters = z
  .strictObject({
    timeframe: timeframeParameter.default('1m'),
    /** Quote; the first order of a round. */
    notionalSmall: z.number().positive().max(1_000).default(25),
    /** Quote; what it is raised to. */
    notionalLarge: z.number().positive().max(1_000).default(50),
    /** Distance of the limit price from the last close, on the passive side, in basis points. The larger order rests half as far. */
    awayBps: z.number().positive().max(5_000).default(50),
    /** Length of one step in ms; null for one bar. Shorter steps need a bot whose `cycleMs` is this long. */
    stepMs: z.number().int().min(100).max(86_400_000).nullable().default(null),
  })
  .refine((values) => values.notionalSmall < values.notionalLarge, { path: ['notionalSmall'], message: 'must be below notionalLarge' })

export type BusyParameters = z.output<typeof parameters>

/**
 * A strategy for drills, not for money: it keeps the order path busy so that crashes, halts and faults meet orders in every state.
 * It has no opinion on the market. Each bar (or `stepMs`) is one step of a round of three: long small (an order is placed), long larger
 * and nearer (it is amended or replaced), flat (it is canceled, or what was filled is offered). All orders are post-only limits away
 * from the market. The step comes from the time of the decision, so that a restart continues the round. Disabled unless a config names it.
 */
export const busy: Strategy<BusyParameters> = {
  strategyId: strategyId('busy'),
  title: 'Drill: places, amends and cancels small orders',
  parameters,
  decidesOn: (values) => values.timeframe,
  warmUpBars: (values) => ({ [values.timeframe]: 1 }),
  study: () => NO_STUDY,
  decide,
}

function decide(context: StrategyContext, values: BusyParameters): readonly Intent[] {
  const bars = context.bars[values.timeframe]
  const end = bars === undefined ? 0 : closedCount(bars, context.nowMs, false)
  if (bars === undefined || end === 0) return []
  const { kind, target, awayBps, step } = stepAt(context.nowMs, values)
  const side = target.kind === 'flat' ? 1 : -1
  const limitPrice = indicativePrice(bars.close(end - 1) * (1 + (side * awayBps) / 10_000))
  return [
    {
      ...intentBase(context),
      strategyId: busy.strategyId,
      kind,
      target,
      stopPrice: null,
      takeProfitPrice: null,
      conviction: 1,
      routing: limitPrice === null ? null : { kind: 'limit', limitPrice, postOnly: true },
      metadata: { reason: `step ${step + 1} of 3`, step },
    },
  ]
}

interface Step {
  readonly step: number
  readonly kind: Intent['kind']
  readonly target: IntentTarget
  readonly awayBps: number
}

function stepAt(nowMs: number, values: BusyParameters): Step {
  const step = Math.floor(nowMs / (values.stepMs ?? TIMEFRAME_MS[values.timeframe])) % 3
  switch (step) {
    case 0:
      return { step, kind: 'enter', target: notional(values.notionalSmall), awayBps: values.awayBps }
    case 1:
      return { step, kind: 'increase', target: notional(values.notionalLarge), awayBps: values.awayBps / 2 }
    default:
      return { step, kind: 'exit', target: { kind: 'flat' }, awayBps: values.awayBps }
  }
}

function notional(value: number): IntentTarget {
  return { kind: 'notional', notional: decimalFromNumber(value, 8) }
}
