import { describe, expect, test } from 'bun:test'
import { GateMemory } from '#actors/company/gate-memory'
import { planDraft } from '#actors/desk/plan-draft'
import { decimal } from '#domain/decimal'
import { AppError } from '#domain/errors'
import type { Intent } from '#domain/intent'
import type { JsonObject } from '#domain/json'
import type { Plan } from '#risk/types'
import { BOT, BTC, d, intentOf, NOW_MS, OTHER_BOT, proposalOf } from '#test/risk/fixtures'

/* The fold of the journal's entries, fed by hand. */

const PLAN: Plan = { action: 'open', reason: 'planned', text: '', current: d('0'), target: d('1'), proposals: [], cancels: [] }

/** Folds the plan of an intent, with an order that the gate lets pass unless told otherwise. */
function plan(memory: GateMemory, over: Partial<Intent>, what: 'passed' | 'blocked' | 'unjudged' | 'none' = 'passed'): string {
  const proposal = proposalOf()
  const plan = { ...PLAN, ...(what === 'none' ? { current: d('1') } : { proposals: [proposal] }) }
  entry(memory, 'plan.made', planDraft(intentOf(over), plan, false).payload)
  if (what === 'passed' || what === 'blocked') judged(memory, what, proposal.clientOrderId)
  return proposal.clientOrderId
}
function judged(memory: GateMemory, what: 'passed' | 'blocked', clientOrderId: string): void {
  entry(memory, `verdict.${what}`, { clientOrderId, botId: BOT, instrumentId: BTC.instrumentId })
}
function entry(memory: GateMemory, kind: string, payload: JsonObject, correlationId: string | null = null, atMs = NOW_MS): void {
  memory.replay({ kind, payload, correlationId, atMs })
}
function fill(memory: GateMemory, side: 'buy' | 'sell', price: string, atMs: number, botId: string | null = BOT): void {
  entry(memory, 'order.filled', { posting: { kind: 'fill', trade: { instrumentId: BTC.instrumentId, botId, side, price } } }, 'x', atMs)
}
const stop = (memory: GateMemory) => memory.stopOf(BOT, BTC.instrumentId) as string | null

describe('the stop of a position', () => {
  test('RSK-04 is that of the newest intent to enter or to add', () => {
    const memory = new GateMemory()
    expect(stop(memory)).toBeNull()
    plan(memory, { stopPrice: d('49000') })
    expect(stop(memory)).toBe('49000')
    plan(memory, { kind: 'increase', stopPrice: d('49500') })
    expect(stop(memory)).toBe('49500')
    expect(memory.stopOf(OTHER_BOT, BTC.instrumentId)).toBeNull()
  })

  test('RSK-04 moves with an intent that finds its position on target, and stays with one that keeps or leaves it', () => {
    const memory = new GateMemory()
    plan(memory, { stopPrice: d('49000') })
    plan(memory, { stopPrice: d('49800') }, 'none')
    expect(stop(memory)).toBe('49800')
    plan(memory, { kind: 'hold', target: { kind: 'unchanged' } }, 'none')
    plan(memory, { kind: 'exit', target: { kind: 'flat' } })
    plan(memory, { kind: 'reduce', target: { kind: 'quantity', quantity: d('1') } })
    plan(memory, { stopPrice: null }, 'none')
    expect(stop(memory)).toBe('49800')
    plan(memory, { stopPrice: null })
    expect(stop(memory)).toBeNull()
  })
})

describe('what the gate does not approve', () => {
  test('RSK-04 the stop of an intent that is blocked, or not judged yet, is not the position’s', () => {
    const memory = new GateMemory()
    plan(memory, { stopPrice: d('49000') })
    const waiting = plan(memory, { kind: 'increase', stopPrice: d('49700') }, 'unjudged')
    plan(memory, { kind: 'increase', stopPrice: d('49990') }, 'blocked')
    expect(stop(memory)).toBe('49000')
    judged(memory, 'passed', waiting)
    expect(stop(memory)).toBe('49700')
    // The same order judged once more, as an amend or a retry is, says nothing new.
    plan(memory, { stopPrice: d('49800') })
    judged(memory, 'passed', waiting)
    expect(stop(memory)).toBe('49800')
  })

  test('RSK-04 one of two orders is enough, and a plan without an order says nothing of a position that is not held', () => {
    const memory = new GateMemory()
    const [close, open] = [proposalOf(), proposalOf()]
    entry(memory, 'plan.made', planDraft(intentOf({ stopPrice: d('49000') }), { ...PLAN, proposals: [close, open] }, false).payload)
    judged(memory, 'blocked', close.clientOrderId)
    expect(stop(memory)).toBeNull()
    judged(memory, 'passed', open.clientOrderId)
    expect(stop(memory)).toBe('49000')
    for (const current of ['0', '-1'])
      entry(memory, 'plan.made', planDraft(intentOf({ stopPrice: d('48000') }), { ...PLAN, current: d(current) }, false).payload)
    expect(stop(memory)).toBe('49000')
  })

  test('RSK-04 an amend counts when the gate lets it pass, and not when it is blocked', () => {
    const memory = new GateMemory()
    plan(memory, { stopPrice: d('49000') })
    entry(memory, 'plan.made', planDraft(intentOf({ stopPrice: d('49900') }), PLAN, true, true).payload)
    expect(stop(memory)).toBe('49000')
    entry(memory, 'plan.made', planDraft(intentOf({ stopPrice: d('49100') }), PLAN, true).payload)
    expect(stop(memory)).toBe('49100')
  })
})

describe('fills and stop-outs', () => {
  test('RSK-11 notes the newest fill of an instrument, whoever’s', () => {
    const memory = new GateMemory()
    expect(memory.filledAtMs(BTC.instrumentId)).toBeNull()
    fill(memory, 'buy', '50000', 1_000)
    fill(memory, 'buy', '50000', 2_000, null)
    expect([memory.filledAtMs(BTC.instrumentId), memory.stoppedAtMs(BTC.instrumentId)]).toEqual([2_000, null])
  })

  test('RSK-11 tells a stop-out from another exit: the trade that leaves at the stop or beyond', () => {
    const memory = new GateMemory()
    plan(memory, { stopPrice: d('49000') })
    fill(memory, 'buy', '48000', 1_000) // adds to the long
    fill(memory, 'sell', '49000.1', 2_000)
    expect(memory.stoppedAtMs(BTC.instrumentId)).toBeNull()
    fill(memory, 'sell', '49000', 3_000)
    expect(memory.stoppedAtMs(BTC.instrumentId)).toBe(3_000)
    fill(memory, 'sell', '50000', 4_000)
    expect([memory.filledAtMs(BTC.instrumentId), memory.stoppedAtMs(BTC.instrumentId)]).toEqual([4_000, 3_000])
  })

  test('RSK-11 knows the stop of a short, stated as a quantity or a notional', () => {
    for (const target of [
      { kind: 'quantity', quantity: d('-1') },
      { kind: 'notional', notional: d('-50') },
      { kind: 'risk', direction: 'short' },
    ] as const) {
      const memory = new GateMemory()
      plan(memory, { target, stopPrice: d('51000') })
      fill(memory, 'buy', '50999', 1_000)
      expect(memory.stoppedAtMs(BTC.instrumentId)).toBeNull()
      fill(memory, 'buy', '51000', 2_000)
      expect(memory.stoppedAtMs(BTC.instrumentId)).toBe(2_000)
    }
  })
})

describe('orders sent', () => {
  test('EXE-03 keeps the last of each side, and the ids of the newest', () => {
    const memory = new GateMemory()
    const orders = Array.from({ length: 70 }, (_, index) => proposalOf({ quantity: decimal(String(index + 1)) }))
    for (const [index, order] of orders.entries()) entry(memory, 'order.submitting', { proposal: { ...order } }, order.clientOrderId, index)
    const last = orders.at(-1)
    expect(memory.lastSent(BOT, BTC.instrumentId, 'buy')).toMatchObject({
      clientOrderId: last?.clientOrderId,
      quantity: '70',
      atMs: 69,
    } as object)
    expect(memory.lastSent(BOT, BTC.instrumentId, 'sell')).toBeNull()
    const known = orders.map((order) => memory.hasSent(BOT, BTC.instrumentId, order.clientOrderId))
    expect(known.filter(Boolean).length).toBe(64)
    expect([known[0], known[69]]).toEqual([false, true])
  })
})

describe('snapshots', () => {
  test('I10 a fold through a snapshot is the fold itself, and other JSON is refused', () => {
    const memory = new GateMemory()
    const grounds = { edge: { winProbability: 0.6, payoffRatio: 2 }, style: 'hedge', sourceNotional: d('5'), expectedProfit: null } as const
    plan(memory, { stopPrice: d('49000'), grounds })
    plan(memory, { stopPrice: d('49500') }, 'unjudged')
    entry(memory, 'order.submitting', { proposal: { ...proposalOf({ limitPrice: null }) } })
    fill(memory, 'sell', '48000', 5_000)
    entry(memory, 'throttle.tripped', { throttle: 'messages', reason: 'too many' }, BOT)
    entry(memory, 'scope.reducing', { source: 'operator', text: 'careful', isReducing: true }, 'company')
    const copy = new GateMemory()
    copy.restore(JSON.parse(JSON.stringify(memory.fold())))
    expect(copy.fold()).toEqual(memory.fold())
    expect(copy.intentOf(BOT, BTC.instrumentId)?.grounds).toEqual(grounds)
    expect(copy.latchOf(BOT)).toEqual({ kind: 'messages', reason: 'too many', sinceMs: NOW_MS })
    expect([...copy.reducing().values()]).toEqual([{ scope: 'company', source: 'operator', text: 'careful', sinceMs: NOW_MS }])
    expect(() => new GateMemory().restore(null)).toThrow(AppError)
    expect(() => new GateMemory().restore({ ...memory.fold(), latches: [{ botId: BOT, kind: 'other', reason: '', sinceMs: 0 }] })).toThrow(
      AppError,
    )
  })
})
