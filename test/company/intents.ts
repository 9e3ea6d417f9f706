import type { ExecutionTerms, PlanResult } from '#actors/desk/desk'
import type { OrderRecord } from '#actors/desk/order-record'
import { add, type Decimal, decimal, divide, multiply, roundToStep } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { type instrumentId, intentId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { World } from './world'

export interface Wish {
  /** Signed target of the position, base. */
  readonly target: string
  /** Limit price; null lets the plan route it marketably. */
  readonly price?: Decimal | null
  readonly postOnly?: boolean
  readonly bot?: string
  readonly id?: string
  readonly isOperatorFlatten?: boolean
  readonly kind?: Intent['kind']
  readonly style?: ExecutionTerms['routing']['style']
}

let made = 0

/** A price so many basis points off the mid; negative is below. Rounded to the tick. */
export function priceAt(world: World, bps: number, bot = 'tester'): Decimal {
  const instrument = world.company.market.instrument(lineOf(world, bot))
  const mid = mustExist(world.company.market.mid(instrument.instrumentId), 'no mid')
  return roundToStep(divide(multiply(mid, decimal(String(10_000 + bps))), decimal('10000')), instrument.tickSize, 'down')
}

export function lineOf(world: World, bot: string): ReturnType<typeof instrumentId> {
  return mustExist(world.company.bots.get(bot as never)?.spec.instruments[0], `no bot ${bot}`)
}

/** Builds the intent of a wish, in a bot's name. */
export function intentOf(world: World, wish: Wish): Intent {
  const bot = wish.bot ?? 'tester'
  const { spec } = mustExist(world.company.bots.get(bot as never), `no bot ${bot}`)
  const price = wish.price ?? null
  const isFlat = Number(wish.target) === 0
  return {
    intentId: intentId(wish.id ?? `wish:${++made}:${world.clock.now()}`),
    botId: spec.botId,
    strategyId: spec.strategy.strategyId,
    instrumentId: lineOf(world, bot),
    kind: wish.kind ?? (isFlat ? 'exit' : 'enter'),
    target: isFlat ? { kind: 'flat' } : { kind: 'quantity', quantity: decimal(wish.target) },
    stopPrice: null,
    takeProfitPrice: null,
    conviction: 1,
    timeframe: spec.strategy.decidesOn,
    decidedOnMs: world.clock.now(),
    routing: price === null ? null : { kind: 'limit', limitPrice: price, postOnly: wish.postOnly ?? false },
    metadata: {},
  }
}

/** Hands a wish to the desk as the bot would, without waiting. */
export function wish(world: World, asked: Wish): { result: PlanResult | null | undefined } {
  const bot = asked.bot ?? 'tester'
  const { spec } = mustExist(world.company.bots.get(bot as never), `no bot ${bot}`)
  const answer: { result: PlanResult | null | undefined } = { result: undefined }
  const routing = { ...spec.routing, style: asked.style ?? 'marketable' }
  const terms: ExecutionTerms = { routing, sizing: spec.sizing, isOperatorFlatten: asked.isOperatorFlatten ?? false, shouldPreview: false }
  void world.company.desk.execute(intentOf(world, asked), terms).then((result) => {
    answer.result = result
  })
  return answer
}

/** Hands a wish to the desk and runs until it was sent, blocked or dropped. */
export function done(world: World, asked: Wish): PlanResult | null {
  const answer = wish(world, asked)
  world.until('the intent is worked', () => answer.result !== undefined, 30_000)
  return answer.result ?? null
}

/** Places one order and returns its record; fails when it was not sent. */
export function place(world: World, asked: Wish): OrderRecord {
  const result = done(world, asked)
  const first = result?.results[0]
  if (first?.kind !== 'sent') throw new Error(`not sent: ${JSON.stringify(first ?? result)}`)
  return first.record
}

/** A resting buy, 50 bps below the market. */
export function rest(world: World, quantity = '0.01', over: Partial<Wish> = {}): OrderRecord {
  const record = place(world, { target: quantity, price: priceAt(world, -50, over.bot), postOnly: true, ...over })
  world.until('the order rests', () => world.company.orders.stateOf(record) === 'open')
  return record
}

/** Sum of a list of decimals. */
export function total(values: Iterable<Decimal>): Decimal {
  let sum = decimal('0')
  for (const value of values) sum = add(sum, value)
  return sum
}
