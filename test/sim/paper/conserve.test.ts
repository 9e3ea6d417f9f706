import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { add, compare, type Decimal, decimal, isNegative, subtract, sum, ZERO } from '#domain/decimal'
import { accountId, assetCode, clientOrderId, instrumentId, venueId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Approved, Fill } from '#domain/order'
import type { VenueListener, VenuePort } from '#ports/venue'
import type { PaperSettings } from '#sim/paper/settings'
import { PaperVenue } from '#sim/paper/venue'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import { MemoryJournalDisk, openMemoryJournal } from '#store/memory-journal'
import { MemorySnapshots } from '#store/memory-store'

const VENUE = venueId('kraken')
const BTC = instrumentId('BTC-USD@kraken')
const USD = assetCode('USD')
const INSTRUMENT: Instrument = {
  instrumentId: BTC,
  venueId: VENUE,
  baseAsset: assetCode('BTC'),
  quoteAsset: USD,
  venueSymbols: { raw: 'XXBTZUSD', rest: 'XBTUSD', stream: 'BTC/USD' },
  status: 'online',
  tickSize: decimal('0.1'),
  lotSize: decimal('0.0001'),
  quantityMin: decimal('0.0001'),
  notionalMin: decimal('0.5'),
  costScale: 5,
  makerFeeBps: decimal('25'),
  takerFeeBps: decimal('40'),
  marginable: false,
}

const SETTINGS: PaperSettings = {
  balances: new Map([[USD, decimal('5000')]]),
  latencyMs: 0,
  slippageBpsMean: 10,
  slippageBpsMax: 50,
  restingFills: 'through',
  postOnlyFills: 'chance',
  postOnlyChance: 0.7,
  fees: null,
  takesOrders: true,
  checksAtVenue: false,
}

/** A market that a test moves by hand, in place of the adapter. */
function rig(over: Partial<PaperSettings> = {}, disk = new MemoryJournalDisk(true)) {
  const clock = new VirtualClock(1_000_000)
  const ears: { listener: VenueListener | null } = { listener: null }
  const inner = {
    venueId: VENUE,
    accountId: accountId('main@kraken'),
    capabilities: { preview: true },
    listen: (listener: VenueListener) => {
      ears.listener = listener
    },
    connect: () => Promise.resolve(),
    disconnect: () => undefined,
    subscribe: () => undefined,
    instruments: () => Promise.resolve([INSTRUMENT]),
  } as unknown as VenuePort // only what the paper venue asks of an adapter
  const fills: Fill[] = []
  const venue = new PaperVenue({
    inner,
    settings: { ...SETTINGS, ...over },
    clock,
    random: new SeededRandom('paper'),
    journal: openMemoryJournal(disk, clock),
    snapshots: new MemorySnapshots(),
    log: { debug() {}, info() {}, warn() {}, error() {}, fatal() {} },
  })
  venue.listen({
    onQuote() {},
    onTrade() {},
    onBar() {},
    onBook() {},
    onInstrument() {},
    onOrderReport() {},
    onFill: (fill) => fills.push(fill),
    onBalanceChange() {},
    onStream() {},
    onAlive() {},
    onFault() {},
  })
  const quote = (bid: string, ask: string, size = '1') =>
    ears.listener?.onQuote({
      instrumentId: BTC,
      bidPrice: decimal(bid),
      askPrice: decimal(ask),
      bidQuantity: decimal(size),
      askQuantity: decimal(size),
      venueAtMs: 0,
      receivedAtMs: 0,
    })
  const print = (price: string, quantity: string, side: 'buy' | 'sell') =>
    ears.listener?.onTrade({ instrumentId: BTC, tradeKey: 't', side, price: decimal(price), quantity: decimal(quantity), venueAtMs: 0 })
  const ready = async () => {
    await venue.instruments()
    await venue.connect(new AbortController().signal)
    return made
  }
  /** Lets what an order caused be told too, which is a turn after its answer. */
  const submit = async (...asked: Parameters<PaperVenue['submit']>) => {
    const answer = await venue.submit(...asked)
    clock.advance(1)
    return answer
  }
  const cancelAll = async () => {
    await venue.cancelAll()
    clock.advance(1)
  }
  const made = { venue, clock, fills, quote, print, ready, disk, submit, cancelAll }
  return made
}

let ids = 0
function order(side: 'buy' | 'sell', quantity: string, limitPrice: string | null, postOnly = false): Approved {
  const id = clientOrderId((++ids).toString(16).padStart(32, '0'))
  return {
    clientOrderId: id,
    venueId: VENUE,
    instrumentId: BTC,
    side,
    type: limitPrice === null ? 'market' : 'limit',
    quantity: decimal(quantity),
    limitPrice: limitPrice === null ? null : decimal(limitPrice),
    timeInForce: 'gtc',
    expiresAtMs: null,
    postOnly,
  } as Approved
}
const DEADLINE = { deadlineAtMs: Number.MAX_SAFE_INTEGER }

test('SIM-02 a market order slips within its bound, on average as configured', async () => {
  const { fills, quote, submit } = await rig({ balances: new Map([[USD, decimal('100000000')]]) }).ready()
  for (let round = 0; round < 2_000; round++) {
    quote('9999.9', '10000', '5')
    await submit(order('buy', '0.01', null), DEADLINE)
  }
  const slips = fills.map(({ price }) => Number(price) - 10_000)
  expect(Math.max(...slips)).toBeLessThanOrEqual(50.1)
  const mean = slips.reduce((total, slip) => total + slip, 0) / slips.length
  expect(mean).toBeGreaterThan(9)
  expect(mean).toBeLessThan(11.2)
})

test('SIM-02 fills as far as the touch goes: a limit rests with the rest, a market order ends', async () => {
  const { venue, fills, quote, submit, cancelAll } = await rig({ slippageBpsMean: 0 }).ready()
  quote('9999.9', '10000', '0.01')
  await submit(order('buy', '0.03', '10000'), DEADLINE)
  expect(fills.map(({ quantity }) => quantity)).toEqual([decimal('0.01')])
  expect((await venue.openOrders())[0]?.filledQuantity).toBe(decimal('0.01'))
  quote('9999.9', '10000', '0.01')
  await cancelAll()
  quote('9999.9', '10000', '0.01')
  await submit(order('buy', '0.03', null), DEADLINE)
  expect(await venue.openOrders()).toEqual([])
})

test('SIM-02 a post-only order is refused where it would take, and fills only beyond its price, 70 % of the time', async () => {
  const { fills, quote, print, submit, cancelAll } = await rig({ balances: new Map([[USD, decimal('100000000')]]) }).ready()
  quote('9999.9', '10000')
  expect(await submit(order('buy', '0.01', '10000', true), DEADLINE)).toMatchObject({
    kind: 'refused',
    refusal: { code: 'post_only_crosses' },
  })
  let served = 0
  for (let round = 0; round < 1_000; round++) {
    await submit(order('buy', '0.01', '9990', true), DEADLINE)
    print('9990', '5', 'sell')
    const before = fills.length
    print('9989.9', '5', 'sell')
    served += fills.length - before
    await cancelAll()
  }
  expect(fills).toHaveLength(served)
  expect(served).toBeGreaterThan(650)
  expect(served).toBeLessThan(750)
})

test('SIM-02 under the queue model an order waits for what stood before it', async () => {
  const { fills, quote, print, submit } = await rig({ restingFills: 'queue' }).ready()
  quote('9990', '10000', '2')
  await submit(order('buy', '0.4', '9990'), DEADLINE)
  print('9990', '1.5', 'sell')
  expect(fills).toEqual([])
  print('9990', '0.7', 'sell')
  expect(fills.map(({ quantity, liquidity }) => [quantity, liquidity])).toEqual([[decimal('0.2'), 'maker']])
})

test('SIM-02 refuses what is not there, and everything in a dry run', async () => {
  const { quote, submit } = await rig().ready()
  expect(await submit(order('buy', '0.01', '9990'), DEADLINE)).toMatchObject({ refusal: { code: 'no_market', retry: 'transient' } })
  quote('9990', '10000')
  expect(await submit(order('buy', '0.6', '9990'), DEADLINE)).toMatchObject({ refusal: { code: 'insufficient_funds' } })
  expect(await submit(order('sell', '0.1', '10010'), DEADLINE)).toMatchObject({ refusal: { code: 'insufficient_funds' } })
  expect(await submit(order('buy', '0.01', '9990'), { deadlineAtMs: 0 })).toMatchObject({ refusal: { code: 'deadline' } })
  const dry = await rig({ takesOrders: false }).ready()
  dry.quote('9990', '10000')
  expect(await dry.submit(order('buy', '0.01', '9990'), DEADLINE)).toMatchObject({ refusal: { code: 'dry_run' } })
})

const step = fc.oneof(
  fc.record({ kind: fc.constant('quote' as const), mid: fc.integer({ min: 9_000, max: 11_000 }), size: fc.integer({ min: 1, max: 500 }) }),
  fc.record({
    kind: fc.constant('print' as const),
    mid: fc.integer({ min: 9_000, max: 11_000 }),
    size: fc.integer({ min: 1, max: 500 }),
    isBuy: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('order' as const),
    isBuy: fc.boolean(),
    lots: fc.integer({ min: 1, max: 3_000 }),
    price: fc.option(fc.integer({ min: 9_000, max: 11_000 })),
    postOnly: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('cancel' as const) }),
)

test('SIM-02 balances and reservations conserve, and a restart folds the same account', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom('through' as const, 'queue' as const),
      async (steps, restingFills) => {
        const { venue, fills, quote, print, disk, clock, submit, cancelAll } = await rig({ restingFills }).ready()
        for (const one of steps) {
          if (one.kind === 'quote') quote(`${one.mid}`, `${one.mid + 1}`, `${one.size / 1_000}`)
          else if (one.kind === 'print') print(`${one.mid}`, `${one.size / 1_000}`, one.isBuy ? 'buy' : 'sell')
          else if (one.kind === 'cancel') await cancelAll()
          else {
            const isPostOnly = one.postOnly && one.price !== null
            const side = one.isBuy ? 'buy' : 'sell'
            await submit(order(side, `${one.lots / 10_000}`, one.price === null ? null : `${one.price}`, isPostOnly), DEADLINE)
          }
          clock.advance(1)
          const balances = new Map((await venue.balances()).map((entry) => [String(entry.asset), entry]))
          for (const { total, reserved } of balances.values()) {
            expect(isNegative(total)).toBe(false)
            expect(compare(reserved, total)).toBeLessThanOrEqual(0)
          }
          const paid = sum(
            fills.map((fill) => (fill.side === 'buy' ? add(fill.cost, fill.feeQuantity) : subtract(fill.feeQuantity, fill.cost))),
          )
          const bought = sum(fills.map((fill): Decimal => (fill.side === 'buy' ? fill.quantity : subtract(ZERO, fill.quantity))))
          expect(balances.get('USD')?.total ?? ZERO).toBe(subtract(decimal('5000'), paid))
          expect(balances.get('BTC')?.total ?? ZERO).toBe(bought)
          if ((await venue.openOrders()).length === 0) for (const { reserved } of balances.values()) expect(reserved).toBe(ZERO)
        }
        clock.advance(1)
        const again = await rig({ restingFills }, disk).ready()
        expect(await again.venue.balances()).toEqual(await venue.balances())
        expect(await again.venue.openOrders()).toEqual(await venue.openOrders())
      },
    ),
    { numRuns: 60 },
  )
})
