import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import {
  absolute,
  add,
  type Decimal,
  isGreater,
  isPositive,
  isZero,
  maximum,
  minimum,
  multiply,
  negate,
  roundToStep,
  subtract,
  sum,
  ZERO,
} from '#domain/decimal'
import type { BotId, InstrumentId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Proposal, Side } from '#domain/order'
import type { Verdict } from '#domain/verdict'
import { RiskGate } from '#risk/gate'
import { DEFAULT_RISK_LIMITS, type GateView, type RiskLimits } from '#risk/types'
import { BOT, d, instrumentOf, OTHER_BOT, proposalOf, quoteOf, STRATEGY, viewOf } from './fixtures'

setDefaultTimeout(60_000)

/*
 * A world beside the gate: positions and open orders kept plainly, their worst case worked out from scratch. Marks stand still, buys are
 * placed just under and sells just over the mark, so that a filled order is worth no more than what was reserved for it.
 */
const grid = { tickSize: '0.01', lotSize: '0.001', quantityMin: '0.001', notionalMin: '0.5' }
const INSTRUMENTS = [instrumentOf('AAA', grid), instrumentOf('BBB', grid)] as const
const MARK = d('100')
const EQUITY = d('10000')
const LIMITS: RiskLimits = {
  ...DEFAULT_RISK_LIMITS,
  orderNotionalMin: d('1'),
  strategyRatioMax: { [STRATEGY]: d('0.08') },
  dailyNotionalMax: null,
}
const CAPS = { instrument: d('500'), total: d('800') } // 5 % of equity; the strategy's 8 % binds before the total at risk

interface OpenOrder {
  readonly proposal: Proposal
  quantity: Decimal
  filled: Decimal
  amended: Decimal | null
}

type Step =
  | { readonly kind: 'judge'; readonly bot: number; readonly instrument: number; readonly side: Side; readonly lots: number }
  | { readonly kind: 'fill' | 'end' | 'settle'; readonly pick: number; readonly lots: number }
  | { readonly kind: 'amend'; readonly pick: number; readonly lots: number }

const pick = fc.nat(1_000)
// Few sizes and mostly one bot on one instrument, so that orders often compete for the same position.
const lots = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(500, 1_000, 1_500, 2_000) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 6_000 }) },
)
const first = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('judge' as const),
      bot: first,
      instrument: first,
      side: fc.constantFrom<Side>('buy', 'sell'),
      lots,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('fill' as const), pick, lots }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('end' as const, 'settle' as const), pick, lots }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('amend' as const), pick, lots }) },
)

class World {
  readonly gate: RiskGate
  readonly orders: OpenOrder[] = []
  readonly #positions = new Map<string, Decimal>()
  readonly #shorts: boolean

  constructor(shorts: boolean, capAction: RiskLimits['capAction']) {
    this.gate = new RiskGate({ ...LIMITS, capAction })
    this.#shorts = shorts
  }

  position(bot: BotId, instrumentId: InstrumentId): Decimal {
    return this.#positions.get(`${bot} ${instrumentId}`) ?? ZERO
  }

  /** Σ over bots of the largest absolute position that any subset of its open orders can lead to, at the mark. */
  worstCase(instruments: readonly Instrument[]): Decimal {
    const parts: Decimal[] = []
    for (const { instrumentId } of instruments) {
      for (const bot of [BOT, OTHER_BOT]) {
        const open = this.orders.filter(({ proposal }) => proposal.botId === bot && proposal.instrumentId === instrumentId)
        const leaves = (side: Side) => sum(open.filter(({ proposal }) => proposal.side === side).map(leavesOf))
        const position = this.position(bot, instrumentId)
        const long = absolute(add(position, leaves('buy')))
        const short = absolute(subtract(position, leaves('sell')))
        parts.push(multiply(maximum(maximum(long, short), absolute(position)), MARK))
      }
    }
    return sum(parts)
  }

  apply(action: Step): Verdict | null {
    switch (action.kind) {
      case 'judge':
        return this.#judge(
          action.bot === 0 ? BOT : OTHER_BOT,
          INSTRUMENTS[action.instrument] ?? INSTRUMENTS[0],
          action.side,
          quantityOf(action.lots),
        )
      case 'amend':
        return this.#amend(action.pick, quantityOf(action.lots))
      case 'fill':
        this.#fill(action.pick, quantityOf(action.lots))
        return null
      case 'settle':
        this.#settle(action.pick, action.lots % 2 === 0)
        return null
      case 'end':
        this.#end(action.pick)
        return null
    }
  }

  #judge(bot: BotId, instrument: Instrument, side: Side, quantity: Decimal): Verdict {
    const limitPrice = side === 'buy' ? d('99.9') : d('100.1')
    const proposal = proposalOf({
      botId: bot,
      instrumentId: instrument.instrumentId,
      side,
      quantity,
      limitPrice,
      referencePrice: limitPrice,
    })
    const verdict = this.gate.judge(proposal, this.#view(bot, instrument))
    if (verdict.kind === 'pass') this.orders.push({ proposal, quantity: verdict.approved.quantity, filled: ZERO, amended: null })
    return verdict
  }

  #amend(index: number, quantity: Decimal): Verdict | null {
    const order = this.orders[index % Math.max(1, this.orders.length)]
    if (order === undefined || order.amended !== null) return null
    const instrument = INSTRUMENTS.find(({ instrumentId }) => instrumentId === order.proposal.instrumentId) ?? INSTRUMENTS[0]
    const verdict = this.gate.reserveAmend({ ...order.proposal, quantity }, this.#view(order.proposal.botId, instrument))
    if (verdict.kind === 'pass') order.amended = quantity
    return verdict
  }

  #settle(index: number, isAccepted: boolean): void {
    const order = this.orders[index % Math.max(1, this.orders.length)]
    if (order === undefined || order.amended === null) return
    if (isAccepted) order.quantity = order.amended
    order.amended = null
    this.gate.settleAmend(order.proposal.clientOrderId, isAccepted ? 'accepted' : 'refused')
  }

  #fill(index: number, wanted: Decimal): void {
    const order = this.orders[index % Math.max(1, this.orders.length)]
    if (order === undefined) return
    // The venue may have either of the terms; it never fills beyond the larger.
    const quantity = minimum(wanted, leavesOf(order))
    if (!isPositive(quantity)) return
    const { botId, instrumentId, side, clientOrderId } = order.proposal
    const key = `${botId} ${instrumentId}`
    this.gate.book.fill(clientOrderId, quantity)
    this.#positions.set(key, add(this.position(botId, instrumentId), side === 'buy' ? quantity : negate(quantity)))
    order.filled = add(order.filled, quantity)
  }

  #end(index: number): void {
    const [order] = this.orders.splice(index % Math.max(1, this.orders.length), 1)
    if (order !== undefined) this.gate.book.release(order.proposal.clientOrderId)
  }

  #view(bot: BotId, instrument: Instrument): GateView {
    const held = (instruments: readonly Instrument[]) =>
      sum(
        instruments.flatMap(({ instrumentId }) =>
          [BOT, OTHER_BOT].map((name) => multiply(absolute(this.position(name, instrumentId)), MARK)),
        ),
      )
    const own = held([instrument])
    const all = held(INSTRUMENTS)
    const open = INSTRUMENTS.filter((candidate) => !isZero(held([candidate]))).map(({ instrumentId }) => instrumentId)
    return viewOf({
      instrument,
      equity: EQUITY,
      quote: quoteOf('99.95', '100.05'),
      positionOfBot: this.position(bot, instrument.instrumentId),
      held: { total: all, instrument: own, asset: own, strategy: all },
      openInstruments: new Set(open),
      capabilities: { shorts: this.#shorts, margin: this.#shorts },
    })
  }
}

const quantityOf = (count: number): Decimal => roundToStep(multiply(d(count), d('0.001')), d('0.001'), 'down')

function leavesOf({ quantity, amended, filled }: OpenOrder): Decimal {
  return maximum(subtract(maximum(quantity, amended ?? ZERO), filled), ZERO)
}

describe('properties of verdict and reservation', () => {
  for (const shorts of [false, true]) {
    for (const capAction of ['downsize', 'block'] as const) {
      test(`I6 keeps the worst case within the caps after any interleaving (shorts ${shorts}, caps ${capAction})`, () => {
        let passes = 0
        fc.assert(
          fc.property(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), (steps) => {
            const world = new World(shorts, capAction)
            for (const action of steps) {
              const verdict = world.apply(action)
              const total = world.worstCase(INSTRUMENTS)
              const reserved = add(world.gate.book.total(), heldOf(world))
              expect(isGreater(total, reserved), `worst case ${total} beyond the reserved ${reserved}`).toBe(false)
              if (verdict?.kind !== 'pass') continue
              passes += 1
              expect(isGreater(total, CAPS.total), `total ${total}`).toBe(false)
              for (const instrument of INSTRUMENTS) expect(isGreater(world.worstCase([instrument]), CAPS.instrument)).toBe(false)
              if (!shorts) for (const bot of [BOT, OTHER_BOT]) expectNoShort(world, bot)
            }
          }),
          { numRuns: 400 },
        )
        expect(passes).toBeGreaterThan(500)
      })
    }
  }

  test('RSK-01 never lets two orders pass on the same headroom', () => {
    fc.assert(
      fc.property(fc.array(lots, { minLength: 2, maxLength: 30 }), fc.constantFrom('downsize', 'block'), (sizes, capAction) => {
        const world = new World(false, capAction)
        for (const size of sizes) world.apply({ kind: 'judge', bot: 0, instrument: 0, side: 'buy', lots: size })
        const reserved = sum(world.orders.map(({ quantity }) => multiply(quantity, d('100.2996')))) // 99.9 with a fee of 40 bps
        expect(isGreater(reserved, CAPS.instrument)).toBe(false)
        expect(world.gate.book.total()).toBe(reserved)
      }),
    )
  })

  test('I13 leaves nothing in the book once every order has ended', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.boolean(), (steps, shorts) => {
        const world = new World(shorts, 'downsize')
        for (const action of steps) world.apply(action)
        while (world.orders.length > 0) world.apply({ kind: 'end', pick: 0, lots: 1 })
        const { book } = world.gate
        expect(book.all()).toEqual([])
        expect(book.total()).toBe(ZERO)
        for (const { instrumentId, baseAsset, quoteAsset } of INSTRUMENTS) {
          expect(book.notionalOfInstrument(instrumentId)).toBe(ZERO)
          expect(book.notionalOfAsset(baseAsset)).toBe(ZERO)
          for (const bot of [BOT, OTHER_BOT]) {
            for (const side of ['buy', 'sell'] as const) expect(book.leavesOf(bot, instrumentId, side)).toBe(ZERO)
            expect(book.cashOfBot(bot, proposalOf().accountId, quoteAsset)).toBe(ZERO)
          }
        }
      }),
    )
  })
})

function heldOf(world: World): Decimal {
  return sum(
    INSTRUMENTS.flatMap(({ instrumentId }) => [BOT, OTHER_BOT].map((bot) => multiply(absolute(world.position(bot, instrumentId)), MARK))),
  )
}

function expectNoShort(world: World, bot: BotId): void {
  for (const { instrumentId } of INSTRUMENTS) {
    const sells = sum(
      world.orders
        .filter(({ proposal }) => proposal.botId === bot && proposal.instrumentId === instrumentId && proposal.side === 'sell')
        .map(leavesOf),
    )
    expect(isGreater(sells, world.position(bot, instrumentId))).toBe(false)
  }
}
