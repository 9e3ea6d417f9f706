import { describe, expect, test } from 'bun:test'
import { clientOrderIdOf } from '#domain/digest'
import { clientOrderId } from '#domain/ids'
import type { Intent, IntentTarget } from '#domain/intent'
import type { Proposal, Side } from '#domain/order'
import { planIntent } from '#risk/plan'
import { DEFAULT_ROUTING, type PlanRequest, type RoutingConfig, type WorkingOrder } from '#risk/types'
import { ACCOUNT, BOT, BTC, d, instrumentOf, intentOf, NOW_MS, quoteOf, requestOf } from './fixtures'

const plan = (overrides: Partial<PlanRequest> = {}) => planIntent(requestOf(overrides))
const quantity = (text: string): IntentTarget => ({ kind: 'quantity', quantity: d(text) })
const enter = (target: IntentTarget): Intent => intentOf({ kind: 'enter', target })
const exit = intentOf({ kind: 'exit', target: { kind: 'flat' } })
const shape = ({ side, quantity: amount, effect }: Proposal) => `${effect} ${side} ${amount}`
const shapes = (overrides: Partial<PlanRequest>) => {
  const { action, reason, proposals } = plan(overrides)
  return [action, reason, ...proposals.map(shape)]
}
const routed = (routing: Partial<RoutingConfig>, overrides: Partial<PlanRequest> = {}) => {
  const [proposal] = plan({ ...overrides, routing: { ...DEFAULT_ROUTING, ...routing } }).proposals
  if (proposal === undefined) throw new Error('nothing was planned')
  return proposal
}

let serial = 0
function working(side: Side, leaves: string, isCanceling = false): WorkingOrder {
  serial += 1
  return { clientOrderId: clientOrderId(String(serial).padStart(32, '0')), side, leavesQuantity: d(leaves), isCanceling }
}

describe('plan: actions by delta', () => {
  test('EXE-01 opens, increases, reduces, closes and leaves alone', () => {
    expect(shapes({ intent: enter(quantity('0.01')) })).toEqual(['open', 'planned', 'open buy 0.01'])
    expect(shapes({ intent: enter(quantity('-0.01')) })).toEqual(['open', 'planned', 'open sell 0.01'])
    expect(shapes({ intent: enter(quantity('0.03')), position: d('0.01') })).toEqual(['increase', 'planned', 'increase buy 0.02'])
    expect(shapes({ intent: enter(quantity('0.01')), position: d('0.03') })).toEqual(['reduce', 'planned', 'reduce sell 0.02'])
    expect(shapes({ intent: exit, position: d('0.03') })).toEqual(['close', 'planned', 'close sell 0.03'])
    expect(shapes({ intent: exit, position: d('-0.03') })).toEqual(['close', 'planned', 'close buy 0.03'])
    expect(shapes({ intent: enter(quantity('0.01')), position: d('0.01') })).toEqual(['none', 'at_target'])
    expect(shapes({ intent: exit })).toEqual(['none', 'at_target'])
    expect(shapes({ intent: intentOf({ kind: 'hold', target: { kind: 'unchanged' } }), position: d('1') })).toEqual(['none', 'hold'])
    expect(shapes({ intent: enter({ kind: 'unchanged' }), position: d('1') })).toEqual(['none', 'at_target'])
  })

  test('EXE-01 states current and target size beside the action', () => {
    expect(plan({ intent: enter(quantity('0.03')), position: d('0.01') })).toMatchObject({
      current: d('0.01'),
      target: d('0.03'),
      cancels: [],
    })
  })

  test('EXE-01 splits a plan that crosses zero into a close and an open, numbered 0 and 1', () => {
    const { proposals, action } = plan({ intent: enter(quantity('-0.02')), position: d('0.01') })
    expect(action).toBe('close')
    expect(proposals.map(shape)).toEqual(['close sell 0.01', 'open sell 0.02'])
    expect(proposals.map(({ reduceOnly }) => reduceOnly)).toEqual([true, false])
    const idAt = (index: number) =>
      clientOrderIdOf({
        tag: 'abcdef',
        accountId: ACCOUNT,
        botId: BOT,
        instrumentId: BTC.instrumentId,
        intentId: intentOf().intentId,
        index,
      })
    expect(proposals.map((proposal) => proposal.clientOrderId)).toEqual([idAt(0), idAt(1)])
  })

  test('EXE-01 never closes more than is held when two roundings leave a lot between them', () => {
    const coarse = instrumentOf('BTC', { tickSize: '0.1', lotSize: '0.01', quantityMin: '0.01', notionalMin: '0.5' })
    const { proposals } = plan({ instrument: coarse, intent: enter(quantity('-1.005')), position: d('1.005') })
    expect(proposals.map(shape)).toEqual(['close sell 1', 'open sell 1'])
  })

  test('EXE-01 closes what the lot lets it and never more than is held, fees in base or not', () => {
    expect(shapes({ intent: exit, position: d('0.019920318725') })).toEqual(['close', 'planned', 'close sell 0.01992031'])
  })

  test('EXE-01 keeps an increase from lowering and a reduce from raising a position or crossing zero', () => {
    const increase = (text: string) => intentOf({ kind: 'increase', target: quantity(text) })
    const reduce = (text: string) => intentOf({ kind: 'reduce', target: quantity(text) })
    const position = d('0.03')
    expect(shapes({ intent: increase('0.01'), position })).toEqual(['none', 'at_target'])
    expect(shapes({ intent: increase('0.05'), position })).toEqual(['increase', 'planned', 'increase buy 0.02'])
    expect(shapes({ intent: reduce('0.05'), position })).toEqual(['none', 'at_target'])
    expect(shapes({ intent: reduce('0.01'), position })).toEqual(['reduce', 'planned', 'reduce sell 0.02'])
    expect(shapes({ intent: reduce('-0.01'), position })).toEqual(['close', 'planned', 'close sell 0.03'])
  })

  test('EXE-03 REQ-X1 gives the same decision the same ids, a replacement and another intent new ones', () => {
    const ids = (overrides: Partial<PlanRequest>) => plan(overrides).proposals.map((proposal) => proposal.clientOrderId)
    expect(ids({})).toEqual(ids({ nowMs: NOW_MS + 5_000, quote: quoteOf('50100', '50102', NOW_MS + 5_000) }))
    expect(ids({})).not.toEqual(ids({ ids: { tag: 'abcdef', accountId: ACCOUNT, firstIndex: 1 } }))
    expect(ids({})).not.toEqual(ids({ intent: intentOf({ intentId: 'another' as Intent['intentId'] }) }))
  })
})

describe('plan: sizing', () => {
  test('EXE-05 sizes risk and notional with the fee inside', () => {
    // Limit at 50,250 with 40 bps: 50,451 a BTC. 100 / 50,451 = 0.00198212…
    expect(shapes({})).toEqual(['open', 'planned', 'open buy 0.00198212'])
    expect(shapes({ intent: enter({ kind: 'notional', notional: d('100') }) })).toEqual(['open', 'planned', 'open buy 0.00198212'])
    const short = shapes({ intent: enter({ kind: 'risk', direction: 'short' }) })
    expect(short).toEqual(['open', 'planned', 'open sell 0.00199207']) // at the bid of 49,999, above the limit
    expect(shapes({ intent: enter({ kind: 'notional', notional: d('-100') }) })).toEqual(short)
  })

  test('EXE-01 keeps a held entry, tops up a partial one, and turns one that opposes', () => {
    expect(shapes({ position: d('0.0018') })).toEqual(['none', 'at_target'])
    expect(shapes({ position: d('0.005') })).toEqual(['none', 'at_target'])
    expect(shapes({ position: d('0.0005') })).toEqual(['increase', 'planned', 'increase buy 0.00148212'])
    expect(shapes({ position: d('-0.001') })).toEqual(['close', 'planned', 'close buy 0.001', 'open buy 0.00198212'])
  })

  test('EXE-01 adds one size more with an increase by risk', () => {
    const intent = intentOf({ kind: 'increase', target: { kind: 'risk', direction: 'long' } })
    expect(shapes({ intent, position: d('0.005') })).toEqual(['increase', 'planned', 'increase buy 0.00198212'])
    expect(shapes({ intent, position: d('0') })).toEqual(['open', 'planned', 'open buy 0.00198212'])
  })
})

describe('plan: what is never sent', () => {
  const coarse = instrumentOf('BTC', { tickSize: '0.1', lotSize: '0.001', quantityMin: '0.002', notionalMin: '50' })

  test('EXE-01 leaves out what is below lot or minimum, with the reason', () => {
    const at = (target: string, overrides: Partial<PlanRequest> = {}) =>
      shapes({ intent: enter(quantity(target)), instrument: coarse, ...overrides })
    expect(at('0.0009')).toEqual(['none', 'below_lot'])
    expect(at('0.001')).toEqual(['none', 'below_quantity_min'])
    const cheap = { quote: quoteOf('23999', '24001') }
    expect(at('0.002', cheap)).toEqual(['none', 'below_notional_min'])
    expect(shapes({ intent: enter(quantity('0.0003')) })).toEqual(['none', 'below_order_notional_min'])
    expect(plan({ intent: enter(quantity('0.0003')) }).text).toContain('the least order is 20')
  })

  test('EXE-01 holds a reducing order to 20 as well and a closing one to the venue alone', () => {
    expect(shapes({ intent: enter(quantity('0.01')), position: d('0.0103') })).toEqual(['none', 'below_order_notional_min'])
    expect(shapes({ intent: exit, position: d('0.0003') })).toEqual(['close', 'planned', 'close sell 0.0003'])
  })

  test('PAIN-10 calls what cannot be closed dust', () => {
    expect(shapes({ intent: exit, position: d('0.0009'), instrument: coarse })).toEqual(['none', 'dust'])
    expect(shapes({ intent: exit, position: d('0.001'), instrument: coarse })).toEqual(['none', 'dust'])
    expect(shapes({ intent: exit, position: d('0.002'), instrument: coarse, quote: quoteOf('23999', '24001') })).toEqual(['none', 'dust'])
  })

  test('PAIN-10 opens beyond zero though the close before it is dust', () => {
    const { proposals, reason, text } = plan({ intent: enter(quantity('-0.01')), position: d('0.001'), instrument: coarse })
    expect(reason).toBe('planned')
    expect(proposals.map(shape)).toEqual(['open sell 0.01'])
    expect(text).toContain('close: sell 0.001 at 49750 not sent')
  })

  test('MKT-05 plans nothing without a quote', () => {
    expect(shapes({ quote: null })).toEqual(['none', 'market_data_unavailable'])
    expect(shapes({ quote: null, intent: exit, position: d('1') })).toEqual(['none', 'market_data_unavailable'])
  })

  test('EXE-02 plans nothing at a price that the tick rounds to zero', () => {
    const instrument = instrumentOf('BTC', { tickSize: '1', lotSize: '1', quantityMin: '1', notionalMin: '0.5' })
    const cheap = { instrument, quote: quoteOf('0.1', '0.2'), intent: enter(quantity('1000')) }
    expect(shapes(cheap)).toEqual(['none', 'market_data_unavailable'])
    expect(shapes({ ...cheap, intent: intentOf() })).toEqual(['none', 'at_target'])
  })
})

describe('plan: routing', () => {
  test('EXE-02 prices a limit at the mid ± 50 bps by default, GTC, not post-only', () => {
    expect(routed({})).toMatchObject({
      type: 'limit',
      limitPrice: d('50250'),
      referencePrice: d('50250'),
      timeInForce: 'gtc',
      postOnly: false,
    })
    expect(routed({}, { intent: exit, position: d('1') })).toMatchObject({ limitPrice: d('49750'), side: 'sell' })
    expect(routed({ timeInForce: 'ioc' }).timeInForce).toBe('ioc')
    expect(routed({})).toMatchObject({ arrivalMid: d('50000'), proposedAtMs: NOW_MS, expiresAtMs: null, venueId: BTC.venueId })
  })

  test('EXE-02 rounds a buy down and a sell up to the tick, never beyond the bound', () => {
    const odd = { quote: quoteOf('49999.3', '50001.4') } // mid 50,000.35, bounds 50,250.35175 and 49,750.34825
    expect(routed({}, odd).limitPrice).toBe(d('50250.3'))
    expect(routed({}, { ...odd, intent: exit, position: d('1') }).limitPrice).toBe(d('49750.4'))
  })

  test('EXE-02 takes the far side with a marketable limit, within the bound', () => {
    expect(routed({ style: 'marketable' }).limitPrice).toBe(d('50001'))
    expect(routed({ style: 'marketable' }, { intent: exit, position: d('1') }).limitPrice).toBe(d('49999'))
    const wide = { quote: quoteOf('49000', '51000') }
    expect(routed({ style: 'marketable' }, wide).limitPrice).toBe(d('50250'))
    expect(routed({ style: 'marketable' }, { ...wide, intent: exit, position: d('1') }).limitPrice).toBe(d('49750'))
  })

  test('EXE-02 joins the near side post-only, always GTC', () => {
    expect(routed({ style: 'postOnly', timeInForce: 'ioc' })).toMatchObject({ limitPrice: d('49999'), postOnly: true, timeInForce: 'gtc' })
    expect(routed({ style: 'postOnly' }, { intent: exit, position: d('1') }).limitPrice).toBe(d('50001'))
  })

  test('EXE-02 sends a market order without a price, judged at the far side', () => {
    expect(routed({ style: 'market' })).toMatchObject({ type: 'market', limitPrice: null, referencePrice: d('50001'), timeInForce: 'ioc' })
    expect(routed({ style: 'market' }, { intent: exit, position: d('1') }).referencePrice).toBe(d('49999'))
    expect(plan({ routing: { ...DEFAULT_ROUTING, style: 'market' } }).text).toContain('at market')
  })
})

describe('plan: a price that the intent wishes', () => {
  const wished = (limitPrice: string, postOnly: boolean, side: Side = 'buy') => {
    const wish = { kind: 'limit', limitPrice: d(limitPrice), postOnly } as const
    const sale = { ...exit, routing: wish }
    const overrides = side === 'buy' ? { intent: { ...enter(quantity('0.01')), routing: wish } } : { intent: sale, position: d('0.01') }
    return routed({ style: 'market' }, overrides)
  }

  test('EXE-02 takes the wished price, rounded, whatever the style', () => {
    expect(wished('49000.07', false)).toMatchObject({ type: 'limit', limitPrice: d('49000'), postOnly: false, timeInForce: 'gtc' })
    expect(wished('51000.07', false, 'sell')).toMatchObject({ limitPrice: d('51000.1'), effect: 'close' })
  })

  test('EXE-02 brings a wished price back within the slippage bound', () => {
    expect(wished('60000', false).limitPrice).toBe(d('50250'))
    expect(wished('40000', false, 'sell').limitPrice).toBe(d('49750'))
  })

  test('EXE-02 keeps a wished post-only price from crossing', () => {
    expect(wished('50000', true)).toMatchObject({ limitPrice: d('50000'), postOnly: true, timeInForce: 'gtc' })
    expect(wished('50001', true).limitPrice).toBe(d('50000.9'))
    expect(wished('49999', true, 'sell').limitPrice).toBe(d('49999.1'))
  })
})

describe('plan: working orders', () => {
  const intent = enter(quantity('0.03'))

  test('EXE-01 counts what works toward the target', () => {
    expect(shapes({ intent, working: [working('buy', '0.03')] })).toEqual(['none', 'working_covers'])
    expect(shapes({ intent, working: [working('buy', '0.01'), working('buy', '0.005')] })).toEqual(['open', 'planned', 'open buy 0.015'])
    const crossing = shapes({ intent: enter(quantity('-0.02')), position: d('0.01'), working: [working('sell', '0.004')] })
    expect(crossing).toEqual(['close', 'planned', 'close sell 0.006', 'open sell 0.02'])
    const closed = shapes({
      intent: enter(quantity('-0.02')),
      position: d('0.01'),
      working: [working('sell', '0.01'), working('sell', '0.004')],
    })
    expect(closed).toEqual(['close', 'planned', 'open sell 0.016'])
  })

  test('EXE-01 cancels what opposes the target and waits for its end', () => {
    const opposing = working('buy', '0.01')
    const result = plan({ intent: exit, position: d('0.03'), working: [opposing] })
    expect(result).toMatchObject({ action: 'none', reason: 'awaiting_cancel', cancels: [opposing.clientOrderId], proposals: [] })
    const canceling = plan({ intent: exit, position: d('0.03'), working: [{ ...opposing, isCanceling: true }] })
    expect(canceling).toMatchObject({ reason: 'awaiting_cancel', cancels: [] })
  })

  test('EXE-13 a stop at the venue gives way to what sells the same coins, and to nothing else', () => {
    const stop = { ...working('sell', '0.03'), isStop: true }
    const closing = plan({ intent: exit, position: d('0.03'), working: [stop] })
    expect(closing).toMatchObject({ action: 'none', reason: 'awaiting_cancel', cancels: [stop.clientOrderId] })
    const more = plan({ intent: enter(quantity('0.04')), position: d('0.03'), working: [stop] })
    expect(more).toMatchObject({ action: 'increase', cancels: [] })
    const same = plan({ intent, position: d('0.03'), working: [stop] })
    expect(same).toMatchObject({ reason: 'at_target', cancels: [] })
  })

  test('EXE-14 a stop is planned with its trigger toward the market, beside an entry that works', () => {
    const routing = { ...DEFAULT_ROUTING, triggerPrice: d('45000.01') }
    const planned = plan({ intent: exit, position: d('0.03'), working: [working('buy', '0.01')], routing })
    expect(planned).toMatchObject({ action: 'close', cancels: [] })
    const terms = { type: 'stop', side: 'sell', quantity: d('0.03'), limitPrice: d('45000.1'), effect: 'close', reduceOnly: true } as const
    expect(planned.proposals).toMatchObject([terms])
    const covered = plan({ intent: exit, position: d('0.03'), working: [{ ...working('sell', '0.03'), isStop: true }], routing })
    expect(covered).toMatchObject({ reason: 'working_covers', cancels: [] })
  })

  test('EXE-01 cancels what exceeds the target and keeps what fits', () => {
    const [fits, exceeds] = [working('buy', '0.02'), working('buy', '0.02')]
    const result = plan({ intent, working: [fits, exceeds] })
    expect(result).toMatchObject({ reason: 'awaiting_cancel', cancels: [exceeds.clientOrderId], proposals: [] })
    const canceling = working('buy', '0.01', true)
    expect(shapes({ intent, working: [canceling] })).toEqual(['open', 'planned', 'open buy 0.02'])
    expect(shapes({ intent, working: [working('buy', '0.03', true)] })).toEqual(['none', 'awaiting_cancel'])
  })

  test('EXE-01 cancels every working order once the position is on target', () => {
    const orders = [working('buy', '0.01'), working('sell', '0.01'), working('sell', '0.01', true)]
    const result = plan({ intent, position: d('0.03'), working: orders })
    expect(result).toMatchObject({
      action: 'none',
      reason: 'awaiting_cancel',
      cancels: orders.slice(0, 2).map((order) => order.clientOrderId),
    })
  })

  test('EXE-01 leaves working orders alone while the strategy holds', () => {
    const hold = intentOf({ kind: 'hold', target: { kind: 'unchanged' } })
    expect(plan({ intent: hold, working: [working('buy', '0.01')] })).toMatchObject({ reason: 'hold', cancels: [] })
  })
})
