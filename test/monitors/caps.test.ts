import { describe, expect, test } from 'bun:test'
import type { Decimal } from '#domain/decimal'
import { assetCode, botId, instrumentId, strategyId, venueOrderId } from '#domain/ids'
import type { Proposal } from '#domain/order'
import { subAccountOf } from '#domain/sub-account'
import { ACCOUNT } from './fake-venue'
import { BOT, BTC, figuresOf, fillOf, postingOf, proposal, Rig } from './rig'

const quantity = (text: string) => ({ quantity: text as Decimal })
const ETH = instrumentId('ETH-USD@kraken')

/** A rig whose gate has `figures` for each order: by default those of an order beside what is said to be at risk. */
function judged(terms: Proposal, current = 0, over: Readonly<Record<string, readonly [string, string, string]>> = {}) {
  return figuresOf(terms, current).map((row) => {
    const given = over[row[0] ?? '']
    return given === undefined ? row : [row[0] ?? '', 'pass', row[2] ?? '', ...given]
  })
}

function fill(at: Rig, terms: Proposal, name: string, part: string): void {
  const execution = fillOf(terms, name, part)
  at.company.booked.add(name)
  at.heard.onFill(execution)
  const posting = postingOf(execution, terms)
  at.fact(
    terms,
    'order.filled',
    { venueOrderId: execution.venueOrderId, quantity: part, fill: { ...execution }, posting },
    'partiallyFilled',
  )
}

describe('I6 (virtual clock, fake company): a verdict passes within the caps, all that works counted at worst', () => {
  test('I6 holds for orders that fit beside what is held and what works', () => {
    const at = new Rig().attach()
    const first = at.open('a')
    fill(at, first, 'T1', '0.4')
    const second = proposal('b')
    at.send(second, judged(second, 100))
    expect(at.texts()).toBe('')
    expect(at.monitors.checks.I6).toBe(4)
  })

  test('I6 breaks for an order that takes a scope beyond its cap, whatever the verdict counted', () => {
    const caps: readonly (readonly [string, Partial<Rig['company']['limits']>])[] = [
      ['total_at_risk', { totalAtRiskRatioMax: 0.019 }],
      ['position_max', { positionRatioMax: 0.019 }],
      ['asset_max', { assetRatioMax: 0.019 }],
      ['strategy_max', { strategyRatioMax: { 'trend-following': 0.019 } }],
      ['total_exposure_max', { totalExposureMax: 190 }],
    ]
    for (const [check, limits] of caps) {
      const at = new Rig().attach()
      at.open('a')
      at.company.limits = { ...at.company.limits, ...limits }
      const second = proposal('b')
      at.send(second, judged(second, 100))
      expect(at.texts()).toContain(`I6 the verdict on ${second.clientOrderId} passed with ${check} at 200 at least, above 190`)
    }
  })

  test('I6 breaks for one order above the greatest, and leaves a strategy without a limit to the other caps', () => {
    const at = new Rig().attach()
    at.company.limits = { ...at.company.limits, orderNotionalMax: 99 }
    at.send(proposal('a', { strategyId: strategyId('unlimited') }))
    expect(at.texts()).toContain('passed an order of 100, above 99')
    const other = new Rig().attach()
    other.send(proposal('a', { strategyId: strategyId('unlimited') }))
    expect(other.texts()).toBe('')
  })

  test('I6 breaks for a verdict that counts less than is at risk, less than the order adds, or not at all', () => {
    const sent = (figures: readonly (readonly (string | null)[])[]) => {
      const at = new Rig().attach()
      at.open('a')
      at.send(proposal('b'), figures)
      return at.texts()
    }
    const terms = proposal('b')
    expect(sent(judged(terms, 100))).toBe('')
    expect(sent(judged(terms, 0))).toContain('counted 0 by total_at_risk, where 100 at least was at risk')
    expect(sent(judged(terms, 100, { position_max: ['100', '150', '2500'] }))).toContain(
      'counted 50 for the order by position_max, where it adds 100 at least',
    )
    expect(sent(judged(terms, 100).filter(([check]) => check !== 'asset_max'))).toContain('passed without asset_max')
    expect(sent(judged(terms, 100, { total_exposure_max: ['100', '200', '20000'] }))).toContain('was held to 20000')
  })

  test('I6 breaks for a verdict without one of the other caps, or by another limit than is configured', () => {
    const sent = (over: readonly (readonly (string | null)[])[], limits: Partial<Rig['company']['limits']> = {}) => {
      const at = new Rig().attach()
      at.company.limits = { ...at.company.limits, ...limits }
      const replaced = new Set(over.map(([check]) => check))
      at.send(proposal('a'), [...figuresOf(proposal('a')).filter(([check]) => !replaced.has(check ?? '')), ...over])
      return at.texts()
    }
    expect(sent([])).toBe('')
    for (const check of ['order_notional_max', 'market_concentration', 'daily_notional_max', 'open_positions_max']) {
      const at = new Rig().attach()
      at.send(
        proposal('a'),
        figuresOf(proposal('a')).filter(([name]) => name !== check),
      )
      expect(at.texts()).toContain(`passed without ${check}`)
    }
    expect(sent([['order_notional_max', 'pass', 'order', '0', '100', '3000']])).toContain('was held to 3000 by order_notional_max')
    expect(sent([['market_concentration', 'pass', 'instrument', '0', '100', '3001']])).toContain('where the limit is 3000')
    expect(sent([['open_positions_max', 'pass', 'portfolio', '0', '1', '11']])).toContain('where the limit is 10')
    expect(sent([['daily_notional_max', 'pass', 'daily', '0', '100', '2000000']])).toContain('by daily_notional_max')
    expect(sent([['daily_notional_max', 'pass', 'daily', '0', '100', '2000000']], { dailyNotionalMax: null })).toBe('')
  })

  test('I6 breaks for a verdict by more equity than is held, at present prices or those that were last known', () => {
    const passed = (equity: string, rates: Record<string, string> = {}) => {
      const at = new Rig()
      at.company.held = [{ accountId: ACCOUNT, subAccount: subAccountOf(BOT), asset: assetCode('BTC'), quantity: '50' as Decimal }]
      at.attach()
      at.verdict(proposal('a'))
      at.sweep()
      at.company.equity = equity as Decimal
      at.company.rates = rates
      at.verdict(proposal('b'))
      at.sweep()
      return at.texts()
    }
    expect(passed('15000', { USD: '1', BTC: '100' })).toBe('')
    expect(passed('16400', { USD: '1', BTC: '100' })).toBe('')
    expect(passed('15000')).toBe('')
    expect(passed('60000', { USD: '1', BTC: '100' })).toContain('passed by an equity of 60000, where 15000 is held')
  })

  test('I6 breaks for a figure that the verdict itself has above its limit, unless the order adds nothing to it', () => {
    const passed = (row: readonly string[]) => {
      const at = new Rig().attach()
      at.verdict(proposal('a'), {}, [row])
      return at.broken()
    }
    const row = (current: string, proposed: string, outcome = 'pass') => ['daily_notional_max', outcome, 'daily', current, proposed, '100']
    expect(passed(row('90', '101'))).toEqual(['I6'])
    expect(passed(row('120', '120'))).toEqual([])
    expect(passed(row('90', '101', 'downsize'))).toEqual([])
    expect(passed(['price_sanity', 'pass', 'order', '1', '200', '100'])).toEqual([])
  })

  test('I6 counts the fee, the rate of the quote asset and what is held, at the marks of the verdict', () => {
    const at = new Rig()
    const held = { subAccount: subAccountOf(botId('beta')), botId: botId('beta'), strategyId: strategyId('trend-following') }
    at.company.gate = [
      { ...held, instrumentId: BTC, netQuantity: '-2' as Decimal },
      { ...held, instrumentId: ETH, netQuantity: '5' as Decimal },
    ]
    at.company.feeBps = 100
    at.company.rates = { USD: '2', BTC: '100', ETH: '10' }
    at.attach()
    const terms = proposal('a')
    at.send(terms, judged(terms, 0))
    expect(at.texts()).toContain('counted 0 by total_at_risk, where 250 at least was at risk')
    const other = new Rig()
    other.company.feeBps = 100
    other.company.rates = { USD: '2', BTC: '100' }
    other.attach()
    other.send(terms, judged(terms, 0))
    expect(other.texts()).toContain('counted 100 for the order by total_at_risk, where it adds 202 at least')
  })

  test('I6 takes what lowers a position for nothing, and what goes beyond it for its rest', () => {
    const at = new Rig()
    at.company.gate = [{ subAccount: subAccountOf(BOT), botId: BOT, strategyId: null, instrumentId: BTC, netQuantity: '3' as Decimal }]
    at.attach()
    const sell = (name: string, text: string) => proposal(name, { side: 'sell', effect: 'reduce', ...quantity(text) })
    at.send(sell('a', '2'), [])
    at.send(sell('b', '1'), [])
    expect(at.texts()).toBe('')
    const beyond = sell('c', '1')
    at.send(beyond, judged(beyond, 0))
    expect(at.texts()).toContain('counted 0 by total_at_risk, where 300 at least was at risk')
  })

  test('I6 holds the dearer of old and new while an amend is unanswered, and its answer after', () => {
    const amended = (answer: 'order.amended' | 'order.amendRefused' | 'order.reported' | null) => {
      const at = new Rig().attach()
      const terms = at.open('a')
      const more = { ...terms, ...quantity('3') }
      const verdictSeq = at.verdict(more, {}, figuresOf(more))
      at.fact(terms, 'order.amend', { quantity: '3', limitPrice: '100', verdictSeq, deadlineAtMs: 0 }, 'amending')
      if (answer !== null) at.fact(terms, answer, { status: 'open', reason: 'x', quantity: null, limitPrice: null }, 'open')
      at.commit()
      const second = proposal('b')
      at.send(second, judged(second, 0))
      return /where (\d+) at least/.exec(at.texts())?.[1]
    }
    expect(amended(null)).toBe('300')
    expect(amended('order.amended')).toBe('300')
    expect(amended('order.amendRefused')).toBe('100')
    expect(amended('order.reported')).toBe('100')
  })

  test('I6 lets go of an order that ended or waits for a retry, and counts a foreign one', () => {
    const at = new Rig().attach()
    const ended = at.open('a')
    at.fact(ended, 'order.canceled', { reason: 'x', filledQuantity: '0' }, 'canceled')
    const retried = at.send(proposal('b'))
    at.fact(retried, 'order.retry', { reason: 'busy' }, 'pending')
    const third = proposal('c')
    at.send(third, judged(third, 0))
    expect(at.texts()).not.toContain('I6')
    const foreign = proposal('hand', { botId: botId('external') })
    at.company.set(foreign, { isForeign: true })
    at.append('order.adopted', { proposal: { ...foreign }, venueOrderId: 'V-hand' }, { correlationId: foreign.clientOrderId })
    const fourth = proposal('d')
    at.send(fourth, judged(fourth, 100))
    expect(at.texts()).toContain('counted 100 by total_at_risk, where 200 at least was at risk')
  })

  test('I6 takes orders of before the restart in once their venue is in step, with what is left of them', () => {
    const at = new Rig()
    const old = proposal('old')
    at.company.set(old, { state: 'open', filledQuantity: '0.5' as Decimal, venueOrderId: venueOrderId('V-old') })
    const foreign = proposal('hand', { botId: botId('external') })
    at.company.set(foreign, { state: 'open', isForeign: true, venueOrderId: venueOrderId('V-hand') })
    at.company.set(proposal('waits'), { state: 'pending' })
    at.attach()
    at.company.blocks.venue = 'kraken is SYNCING'
    at.sweep()
    const early = proposal('a')
    at.submitting(early, at.verdict(early))
    expect(at.broken('I6')).toEqual([])
    at.company.blocks.venue = null
    const late = proposal('b')
    at.submitting(late, at.verdict(late, {}, judged(late, 100)))
    expect(at.broken('I6')).toContain('I6')
    expect(at.texts()).toContain('counted 100 by total_at_risk, where 250 at least was at risk')
  })
})

describe("I6 (virtual clock, fake company): the gate's book has what works, no less and no more", () => {
  const reserve = (at: Rig, terms: Proposal, text: string) => {
    at.company.reserved = [{ clientOrderId: terms.clientOrderId, leavesQuantity: text as Decimal }]
  }

  test('I6 holds for reservations of what is left, and breaks for less and for more', () => {
    const at = new Rig().attach()
    const terms = at.open('a')
    fill(at, terms, 'T1', '0.4')
    for (const [reserved, expected] of [
      ['0.6', ''],
      ['0.5', '0.5 is reserved for'],
      ['1', '1 is reserved for'],
    ] as const) {
      reserve(at, terms, reserved)
      at.sweep()
      const found = at.monitors.breaches.filter(({ invariant }) => invariant === 'I6').at(-1)?.text ?? ''
      expect(found).toStartWith(expected)
    }
  })

  test('I6 breaks for an order that may fill and for which nothing is reserved', () => {
    const at = new Rig().attach()
    at.open('a')
    expect(at.broken('I6')).toEqual(['I6'])
    expect(at.texts()).toContain('which may still fill')
  })

  test('I6 breaks for the reservation of an order that is over, and lets one stand whose fills are still to come', () => {
    const at = new Rig().attach()
    const terms = at.open('a')
    at.fact(terms, 'order.canceled', { reason: 'x', filledQuantity: '0.5' }, 'canceled', { leavesQuantity: '0.5' as Decimal })
    reserve(at, terms, '0.5')
    expect(at.broken('I6')).toEqual([])
    at.company.set(terms, { leavesQuantity: '0' as Decimal })
    expect(at.broken('I6')).toEqual(['I6'])
  })

  test('I6 asks for nothing before the venue is in step', () => {
    const at = new Rig()
    at.company.set(proposal('a'), { state: 'open' })
    at.attach()
    at.company.blocks.venue = 'kraken is SYNCING'
    reserve(at, proposal('a'), '7')
    expect(at.broken()).toEqual([])
  })

  test('I6 leaves it open what is reserved when nobody knows which terms of an amend hold', () => {
    const at = new Rig().attach()
    const terms = at.open('a')
    const less = { ...terms, ...quantity('0.2') }
    const amend = () => {
      const verdictSeq = at.verdict(less, {}, figuresOf(less))
      at.fact(terms, 'order.amend', { quantity: '0.2', limitPrice: '100', verdictSeq, deadlineAtMs: 0 }, 'amending')
    }
    amend()
    reserve(at, terms, '0.2')
    expect(at.broken('I6')).toEqual(['I6'])
    at.fact(terms, 'order.reported', { status: 'open', quantity: null }, 'open')
    for (const text of ['0.2', '1']) {
      reserve(at, terms, text)
      expect(at.broken('I6')).toHaveLength(1)
    }
    amend()
    at.fact(terms, 'order.amendRefused', { reason: 'x' }, 'open')
    reserve(at, terms, '1')
    expect(at.broken('I6')).toHaveLength(1)
  })
})

describe('I6 (virtual clock, fake company): what the venue tells of an order', () => {
  test('I6 counts the terms that a look-up told, and a price that it did not tell as it was', () => {
    const told = (quantity: string, limitPrice: string | null) => {
      const at = new Rig().attach()
      const terms = at.open('a')
      at.fact(terms, 'order.reported', { status: 'open', quantity, limitPrice }, 'open')
      at.commit()
      const second = proposal('b')
      at.send(second, judged(second, 0))
      return /where (\d+) at least/.exec(at.texts())?.[1]
    }
    expect(told('2', '90')).toBe('180')
    expect(told('2', null)).toBe('200')
    const at = new Rig().attach()
    at.fact(proposal('gone'), 'order.reported', { status: 'open', quantity: '1', limitPrice: null }, 'filled')
    at.company.orders.clear()
    expect(at.broken('I6')).toEqual([])
  })

  test('I6 breaks for a reservation whose order never comes', () => {
    const at = new Rig().attach()
    at.company.reserved = [{ clientOrderId: 'preview', leavesQuantity: '1' as Decimal }]
    for (let sweep = 0; sweep < 10; sweep++) at.sweep()
    expect(at.broken('I6')).toEqual(['I6'])
    expect(at.texts()).toContain('preview was never sent, and its reservation stands')
  })
})
