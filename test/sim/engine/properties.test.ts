import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { add, isNegative, subtract, sum } from '#domain/decimal'
import type { HouseEngine } from '#sim/engine/house-types'
import type { EngineOrder, LedgerEntry } from '#sim/engine/types'
import { type Bench, d, openBench, request } from './fixture'

const ACCOUNTS = ['alice', 'bob'] as const

type Command =
  | {
      readonly kind: 'place'
      readonly account: 0 | 1
      readonly side: 'buy' | 'sell'
      readonly ticks: number
      readonly lots: number
      readonly form: number
    }
  | { readonly kind: 'cancel'; readonly index: number }
  | { readonly kind: 'amend'; readonly index: number; readonly ticks: number | null; readonly lots: number | null }
  | { readonly kind: 'quote'; readonly side: 'buy' | 'sell'; readonly ticks: number; readonly lots: number }
  | { readonly kind: 'take'; readonly side: 'buy' | 'sell'; readonly lots: number }
  | { readonly kind: 'wait'; readonly ms: number }

const side = fc.constantFrom('buy' as const, 'sell' as const)
const ticks = fc.integer({ min: 185, max: 215 })
const lots = fc.oneof(fc.integer({ min: 10, max: 5_000 }), fc.integer({ min: 40_000, max: 110_000 }))

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('place' as const),
      account: fc.constantFrom(0 as const, 1 as const),
      side,
      ticks,
      lots,
      form: fc.nat(11),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), index: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('amend' as const),
      index: fc.nat(20),
      ticks: fc.option(ticks, { nil: null }),
      lots: fc.option(lots, { nil: null }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('quote' as const), side, ticks, lots }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('take' as const), side, lots }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 5_000 }) }) },
)

const price = (count: number): string => String(count / 2)
const volume = (count: number): string => (count / 1_000).toFixed(3)

function openOrders(engine: HouseEngine): readonly EngineOrder[] {
  return ACCOUNTS.flatMap((account) => engine.openOrders(account))
}

function placeForm(bench: Bench, one: Extract<Command, { kind: 'place' }>): void {
  const base = { accountId: ACCOUNTS[one.account], side: one.side, volume: volume(one.lots) }
  const limit = { ...base, limit: price(one.ticks) }
  const expiresAtMs = bench.clock.now() + 3_000
  const forms = [
    request(limit),
    request({ ...limit, selfTrade: 'cancelOldest' }),
    request({ ...limit, selfTrade: 'cancelBoth' }),
    request({ ...limit, timeInForce: 'ioc' }),
    request({ ...limit, timeInForce: 'fok' }),
    request({ ...limit, timeInForce: 'gtd', expiresAtMs }),
    request({ ...limit, postOnly: true }),
    request({ ...limit, feeIn: 'base' }),
    request({ ...base, type: 'market' }),
    request({ ...base, type: 'stopLoss', triggerPrice: d(price(one.ticks)) }),
    request({ ...limit, type: 'takeProfitLimit', triggerPrice: d(price(one.ticks)) }),
    request({ ...base, type: 'trailingStop', trailing: { offset: d('2'), unit: 'quote', limitOffset: null, limitUnit: 'quote' } }),
  ]
  const form = forms[one.form]
  if (form !== undefined) bench.engine.place(form)
}

function run(bench: Bench, one: Command): void {
  const { engine, clock } = bench
  const desk = engine.house('AAA/USD')
  const open = openOrders(engine)
  const chosen = 'index' in one && open.length > 0 ? open[one.index % open.length] : undefined
  switch (one.kind) {
    case 'place':
      placeForm(bench, one)
      return
    case 'cancel':
      if (chosen !== undefined) engine.cancel(chosen.orderId, 'userRequested')
      return
    case 'amend':
      if (chosen === undefined) return
      engine.amend(chosen.orderId, {
        quantity: one.lots === null ? null : d(volume(one.lots)),
        limitPrice: one.ticks === null || chosen.limitPrice === null ? null : d(price(one.ticks)),
        triggerPrice: null,
        trailing: null,
        postOnly: null,
        extra: null,
      })
      return
    case 'quote':
      desk.quote(one.side, one.ticks * 5, BigInt(one.lots))
      return
    case 'take':
      desk.take(one.side, BigInt(one.lots), null)
      return
    case 'wait':
      clock.advance(one.ms)
      return
  }
}

/** What must hold after every command. */
function check({ engine }: Bench): void {
  const book = engine.book('AAA/USD', 1_000)
  const [bid, ask] = [book.bids[0], book.asks[0]]
  if (bid !== undefined && ask !== undefined) expect(Number(bid.price)).toBeLessThan(Number(ask.price))
  const sorted = (prices: readonly string[], sign: number): boolean =>
    prices.every((one, i) => i === 0 || sign * (Number(one) - Number(prices[i - 1])) > 0)
  expect(
    sorted(
      book.asks.map((level) => level.price),
      1,
    ) &&
      sorted(
        book.bids.map((level) => level.price),
        -1,
      ),
  ).toBe(true)
  for (const account of ACCOUNTS) {
    for (const { total, held } of engine.balances(account)) {
      expect(isNegative(held)).toBe(false)
      expect(isNegative(subtract(total, held))).toBe(false)
    }
    checkHolds(engine, account)
  }
  for (const { accounts, house, fees, paidIn } of engine.totals()) expect(sum([accounts, house, fees])).toBe(paidIn)
}

/** The base that is held is what open sells still have to give (fees in quote); open orders are never done ones. */
function checkHolds(engine: HouseEngine, account: string): void {
  const open = engine.openOrders(account)
  expect(open.every((order) => order.closedAtMs === null)).toBe(true)
  const held = engine.balances(account).find((one) => one.asset === 'AAA')?.held
  const sells = open.filter((order) => order.side === 'sell')
  if (sells.every((order) => order.feeIn === 'quote')) {
    expect(held).toBe(sum(sells.map((order) => subtract(order.quantity, order.filledQuantity))))
  }
  if (open.every((order) => order.side === 'sell')) expect(engine.balances(account).find((one) => one.asset === 'USD')?.held).toBe(d('0'))
}

function checkLedger(rows: readonly LedgerEntry[]): void {
  const balances = new Map<string, ReturnType<typeof d>>()
  for (const row of rows) {
    const before = balances.get(row.asset) ?? d('0')
    expect(row.balance).toBe(subtract(add(before, row.amount), row.fee))
    balances.set(row.asset, row.balance)
  }
}

/** Fills of one taker walk prices from the best on, and every order's figures are the sums of its fills. */
function checkFills({ engine, events }: Bench): void {
  for (const account of ACCOUNTS) {
    const fills = engine.fills(account).toReversed()
    for (const order of [...engine.openOrders(account), ...engine.closedOrders(account)]) {
      const own = fills.filter((fill) => fill.orderId === order.orderId)
      expect(sum(own.map((fill) => fill.quantity))).toBe(order.filledQuantity)
      expect(sum(own.map((fill) => fill.cost))).toBe(order.filledCost)
      expect(sum(own.map((fill) => fill.fee))).toBe(order.fee)
      const limit = order.limitPrice
      const isWithin = (fill: { readonly price: string }): boolean =>
        order.side === 'buy' ? Number(fill.price) <= Number(limit) : Number(fill.price) >= Number(limit)
      if (limit !== null && order.amendCount === 0) expect(own.every(isWithin)).toBe(true)
    }
    checkLedger(engine.ledger(account).toReversed())
  }
  const tradeIds = events.flatMap((event) => (event.kind === 'print' ? [event.print.tradeId] : []))
  expect(tradeIds).toEqual(tradeIds.map((_, index) => index + 1))
}

describe('whatever is asked of the engine (virtual clock)', () => {
  test('SIM-01 no negative balance, holds equal needs, never crossed, money conserved, ledger adds up', () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 60 }), (commands) => {
        const bench = openBench({ printsMax: 10_000 })
        for (const one of commands) {
          run(bench, one)
          check(bench)
        }
        checkFills(bench)
      }),
      { numRuns: 250 },
    )
  })

  test('SIM-08 the same requests at the same times give the same events', () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 40 }), (commands) => {
        const [first, second] = [openBench(), openBench()]
        for (const one of commands) for (const bench of [first, second]) run(bench, one)
        expect(second.events).toEqual(first.events)
      }),
      { numRuns: 40 },
    )
  })

  test('SIM-01 price-time priority: a fill never passes over a better or an earlier order of the same side', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ ticks, lots: fc.integer({ min: 10, max: 3_000 }) }), { minLength: 2, maxLength: 15 }),
        lots,
        (asks, wanted) => {
          const { engine } = openBench()
          const ids = asks.map((ask) =>
            engine.place(request({ accountId: 'bob', side: 'sell', limit: price(ask.ticks), volume: volume(ask.lots) })),
          )
          const resting = ids.flatMap((result) => (result.kind === 'accepted' ? [result.order] : []))
          engine.place(request({ limit: price(220), volume: volume(Math.min(wanted, 80_000)) }))
          const queue = [...resting].sort((a, b) => Number(a.limitPrice) - Number(b.limitPrice) || a.ordinal - b.ordinal)
          const statuses = queue.map((order) => engine.order(order.orderId)?.filledQuantity ?? '0')
          const firstShort = queue.findIndex((order, index) => statuses[index] !== order.quantity)
          if (firstShort >= 0) expect(statuses.slice(firstShort + 1).every((filled) => filled === '0')).toBe(true)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('SIM-08 a snapshot restored into a new engine goes on as the old one', () => {
    fc.assert(
      fc.property(
        fc.array(command, { minLength: 1, maxLength: 30 }),
        fc.array(command, { minLength: 1, maxLength: 20 }),
        (before, after) => {
          const withoutHouse = (commands: readonly Command[]): readonly Command[] =>
            commands.filter((one) => one.kind !== 'quote' && one.kind !== 'take')
          const first = openBench()
          for (const one of withoutHouse(before)) run(first, one)
          const second = openBench()
          second.clock.runUntil(first.clock.now())
          second.engine.restore(first.engine.snapshot())
          expect(second.engine.snapshot()).toEqual(first.engine.snapshot())
          for (const account of ACCOUNTS) expect(second.engine.closedOrders(account)).toEqual(first.engine.closedOrders(account))
          first.events.length = 0
          second.events.length = 0
          for (const one of withoutHouse(after)) for (const bench of [first, second]) run(bench, one)
          expect(second.events).toEqual(first.events)
        },
      ),
      { numRuns: 80 },
    )
  })
})
