import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  absolute,
  add,
  type Decimal,
  isGreater,
  isLess,
  isMultipleOf,
  multiply,
  negate,
  roundToStep,
  subtract,
  ZERO,
} from '#domain/decimal'
import type { Instrument } from '#domain/instrument'
import type { Intent, IntentTarget } from '#domain/intent'
import { RiskGate } from '#risk/gate'
import { planIntent } from '#risk/plan'
import { DEFAULT_SIZING } from '#risk/sizing-config'
import { DEFAULT_RISK_LIMITS, DEFAULT_ROUTING, type GateQuote, type RoutingConfig } from '#risk/types'
import { d, figureOf, instrumentOf, intentOf, NOW_MS, requestOf, viewOf } from './fixtures'

/** Grids and minimums as spot venues have them: fine and coarse ticks, whole-unit lots, steps that are no power of ten, cheap and dear. */
const MARKETS: readonly (readonly [instrument: Instrument, price: string])[] = [
  [instrumentOf('BTC', { tickSize: '0.1', lotSize: '0.00000001', quantityMin: '0.00005', notionalMin: '0.5' }), '64123.4'],
  [instrumentOf('ETH', { tickSize: '0.01', lotSize: '0.00000001', quantityMin: '0.001', notionalMin: '0.5' }), '2514.37'],
  [instrumentOf('ADA', { tickSize: '0.000001', lotSize: '0.00000001', quantityMin: '4.4', notionalMin: '0.5' }), '0.665432'],
  [instrumentOf('XRP', { tickSize: '0.00001', lotSize: '0.00000001', quantityMin: '1.65', notionalMin: '0.5' }), '2.31245'],
  [instrumentOf('SHIB', { tickSize: '0.00000001', lotSize: '0.00001', quantityMin: '50000', notionalMin: '0.5' }), '0.00000954'],
  [instrumentOf('PEPE', { tickSize: '0.000000001', lotSize: '1', quantityMin: '400000', notionalMin: '0.5' }), '0.000006789'],
  [instrumentOf('USDT', { tickSize: '0.00001', lotSize: '0.00000001', quantityMin: '5', notionalMin: '0.5' }), '1.00012'],
  [instrumentOf('GOLD', { tickSize: '0.25', lotSize: '0.005', quantityMin: '0.01', notionalMin: '10' }), '2650.75'],
  [
    instrumentOf(
      'BOND',
      { tickSize: '0.5', lotSize: '25', quantityMin: '100', notionalMin: '5' },
      { makerFeeBps: d('-1'), takerFeeBps: d('7.5') },
    ),
    '3.5',
  ],
  [instrumentOf('LOT', { tickSize: '0.01', lotSize: '1', quantityMin: '1', notionalMin: '25' }), '12.34'],
]

const signed = (max: number, scale: number): fc.Arbitrary<Decimal> =>
  fc.tuple(fc.boolean(), fc.integer({ min: 1, max: max * 10 ** scale })).map(([isNegative, units]) => {
    const value = d((units / 10 ** scale).toFixed(scale))
    return isNegative ? negate(value) : value
  })

const target: fc.Arbitrary<readonly [Intent['kind'], IntentTarget]> = fc.oneof(
  signed(400, 6).map((quantity) => ['enter', { kind: 'quantity', quantity }] as const),
  signed(900, 2).map((notional) => ['enter', { kind: 'notional', notional }] as const),
  signed(900, 2).map((notional) => ['reduce', { kind: 'notional', notional }] as const),
  fc.constantFrom('long', 'short').map((direction) => ['enter', { kind: 'risk', direction }] as const),
  fc.constant(['exit', { kind: 'flat' }] as const),
)

const routing: fc.Arbitrary<RoutingConfig> = fc.record({
  style: fc.constantFrom('market', 'limit', 'marketable', 'postOnly'),
  slippageBpsMax: fc.constantFrom(d('0'), d('10'), d('50'), d('99')),
  timeInForce: fc.constantFrom('gtc', 'ioc'),
})

/** A quote on the tick around the price, up to 10 ticks wide. */
function quoteAround(instrument: Instrument, price: string, ticks: number): GateQuote {
  const bid = roundToStep(d(price), instrument.tickSize, 'down')
  return { bidPrice: bid, askPrice: add(bid, multiply(instrument.tickSize, d(ticks))), receivedAtMs: NOW_MS }
}

const scene = fc.record({
  market: fc.constantFrom(...MARKETS),
  ticks: fc.integer({ min: 1, max: 10 }),
  position: fc.oneof({ weight: 1, arbitrary: fc.constant(ZERO) }, { weight: 3, arbitrary: signed(1_000, 9) }),
  target,
  routing,
  wish: fc.option(fc.record({ offset: fc.integer({ min: -200, max: 200 }), postOnly: fc.boolean() }), { freq: 2, nil: null }),
})

/** A wished price some basis points off the market's. */
function routingOf(wish: { readonly offset: number; readonly postOnly: boolean } | null, price: string): Intent['routing'] {
  if (wish === null) return null
  return { kind: 'limit', limitPrice: multiply(d(price), add(d('1'), multiply(d(wish.offset), d('0.0001')))), postOnly: wish.postOnly }
}

describe('properties of plans', () => {
  test('PAIN-09 plans only what passes the instrument rules and the least order, or gives a reason', () => {
    let planned = 0
    let denied = 0
    fc.assert(
      fc.property(scene, ({ market: [instrument, price], ticks, position, target: [kind, wanted], routing: routes, wish }) => {
        const quote = quoteAround(instrument, price, ticks)
        const plan = planIntent(
          requestOf({
            instrument,
            quote,
            position,
            routing: routes,
            intent: intentOf({ kind, target: wanted, instrumentId: instrument.instrumentId, routing: routingOf(wish, price) }),
          }),
        )
        if (plan.proposals.length === 0) {
          denied += 1
          expect(plan.action).toBe('none')
          expect(plan.reason).not.toBe('planned')
          expect(plan.text.length).toBeGreaterThan(10)
        }
        for (const proposal of plan.proposals) {
          planned += 1
          const view = viewOf({ instrument, quote, positionOfBot: position, capabilities: { shorts: true, margin: true } })
          const limits = { ...DEFAULT_RISK_LIMITS, priceDeviationBpsMax: d('20000'), capAction: 'block' as const }
          const verdict = new RiskGate(limits).judge(proposal, view)
          expect(figureOf(verdict, 'instrument_rules').message).toBeNull()
          expect(figureOf(verdict, 'order_notional_min').message).toBeNull()
        }
      }),
      { numRuns: 3_000 },
    )
    expect(planned).toBeGreaterThan(500)
    expect(denied).toBeGreaterThan(100)
  })

  test('EXE-02 never prices beyond the slippage bound, on either side', () => {
    fc.assert(
      fc.property(scene, ({ market: [instrument, price], ticks, position, target: [kind, wanted], routing: routes, wish }) => {
        const quote = quoteAround(instrument, price, ticks)
        const mid = multiply(add(quote.bidPrice, quote.askPrice), d('0.5'))
        const intent = intentOf({ kind, target: wanted, instrumentId: instrument.instrumentId, routing: routingOf(wish, price) })
        for (const { limitPrice, side, postOnly } of planIntent(requestOf({ instrument, quote, position, routing: routes, intent }))
          .proposals) {
          if (limitPrice === null) continue
          const away = side === 'buy' ? subtract(limitPrice, mid) : subtract(mid, limitPrice)
          expect(isGreater(multiply(away, d('10000')), multiply(mid, routes.slippageBpsMax))).toBe(false)
          expect(isMultipleOf(limitPrice, instrument.tickSize)).toBe(true)
          if (postOnly) expect(side === 'buy' ? isLess(limitPrice, quote.askPrice) : isGreater(limitPrice, quote.bidPrice)).toBe(true)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('EXE-01 leads toward the target and never past it, and closes no more than is held', () => {
    fc.assert(
      fc.property(scene, ({ market: [instrument, price], ticks, position, target: [kind, wanted] }) => {
        const intent = intentOf({ kind, target: wanted, instrumentId: instrument.instrumentId })
        const request = requestOf({
          instrument,
          quote: quoteAround(instrument, price, ticks),
          position,
          intent,
          routing: DEFAULT_ROUTING,
          sizing: DEFAULT_SIZING,
        })
        const plan = planIntent(request)
        const moved = plan.proposals.reduce((sum, { side, quantity }) => add(sum, side === 'buy' ? quantity : negate(quantity)), position)
        expect(isGreater(absolute(subtract(plan.target, moved)), absolute(subtract(plan.target, position)))).toBe(false)
        const [first] = plan.proposals
        if (first?.effect === 'close') expect(isLess(absolute(position), first.quantity)).toBe(false)
        expect(planIntent(request)).toEqual(plan)
      }),
      { numRuns: 1_000 },
    )
  })
})
