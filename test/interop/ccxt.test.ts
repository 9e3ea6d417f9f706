/** ccxt, a client of people who trade on the real venue, over real loopback sockets in real time against the emulator. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import ccxt, { type kraken as Kraken } from 'ccxt'
import { type ServedEmulator, serveEmulator } from './served-emulator'

let served: ServedEmulator
let client: Kraken

/** Makes a client of an emulator, with a correct secret unless another is given. */
function clientOf(emulator: ServedEmulator, secret: string = emulator.key.apiSecret): Kraken {
  const made = new ccxt.kraken({ apiKey: emulator.key.apiKey, secret, enableRateLimit: false })
  made.urls['api'] = { public: emulator.base, private: emulator.base }
  // ccxt numbers its calls by the ms: two within one are a repeated nonce (ccxt issue 5846).
  let last = 0
  made.nonce = () => {
    last = Math.max(last + 1, Date.now() * 1_000)
    return last
  }
  return made
}

/** The methods of the API under their own names, as ccxt offers them beside its unified ones. */
interface RawMethods {
  privatePostAddOrder(form: Record<string, string>): Promise<unknown>
  privatePostEditOrder(form: Record<string, string>): Promise<{ readonly result: Record<string, unknown> }>
}

function isRaw(value: object): value is RawMethods {
  return 'privatePostAddOrder' in value && 'privatePostEditOrder' in value
}

function rawOf(from: object): RawMethods {
  if (!isRaw(from)) throw new Error('this ccxt has no raw methods')
  return from
}

/** The touch by the emulator's public face. */
async function touch(): Promise<{ bid: number; ask: number }> {
  const { bid, ask } = await client.fetchTicker('BTC/USD')
  if (bid === undefined || ask === undefined) throw new Error('no touch')
  return { bid, ask }
}

/** Places an order through ccxt and returns its id. */
async function place(...order: Parameters<Kraken['createOrder']>): Promise<string> {
  const { id } = await client.createOrder(...order)
  if (id === undefined) throw new Error('ccxt names no order')
  return id
}

async function failureOf(call: Promise<unknown>): Promise<Error> {
  try {
    await call
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('did not fail')
}

beforeAll(async () => {
  served = serveEmulator()
  client = clientOf(served)
  await client.loadMarkets()
})

afterAll(() => served.stop())

beforeEach(async () => {
  served.emulator.faults.clear('all')
  await client.cancelAllOrders()
})

describe('ccxt reads the emulator (real time, loopback)', () => {
  test('SIM-01 loadMarkets finds every pair with its grid, minimums and fees', () => {
    expect(Object.keys(client.markets ?? {}).sort()).toEqual(['BTC/USD', 'ETH/USD', 'SOL/USD', 'XRP/USD'])
    expect(client.market('BTC/USD')).toMatchObject({
      id: 'XXBTZUSD',
      altname: 'XBTUSD',
      base: 'BTC',
      quote: 'USD',
      active: true,
      taker: 0.004,
      maker: 0.0025,
      precision: { amount: 1e-8, price: 0.1 },
      limits: { amount: { min: 0.00005 }, cost: { min: 0.5 } },
    })
    expect(client.market('XRP/USD')).toMatchObject({ precision: { price: 0.00001 }, limits: { amount: { min: 2 } } })
  })

  test('SIM-01 fetchTicker, fetchOrderBook and fetchTrades agree with the engine', async () => {
    const { bid, ask } = await touch()
    expect(bid).toBeLessThan(ask)
    const book = await client.fetchOrderBook('BTC/USD', 10)
    expect(Number(book.bids[0]?.[0])).toBe(bid)
    expect(Number(book.asks[0]?.[0])).toBe(ask)
    expect(book.bids).toHaveLength(10)
    const trades = await client.fetchTrades('BTC/USD')
    expect(trades.length).toBeGreaterThan(0)
    expect(trades[0]).toMatchObject({ symbol: 'BTC/USD' })
    expect((await client.fetchStatus()).status).toBe('ok')
    const time = (await client.fetchTime()) ?? 0
    expect(Math.abs(time - Date.now())).toBeLessThan(2_000)
  })

  test('SIM-01 fetchOHLCV gives ascending bars of one minute, the running one last', async () => {
    const bars = await client.fetchOHLCV('BTC/USD', '1m')
    expect(bars).toHaveLength(721)
    for (let index = 1; index < bars.length; index++) expect((bars[index]?.[0] ?? 0) - (bars[index - 1]?.[0] ?? 0)).toBe(60_000)
    for (const [, open = 0, high = 0, low = 0, close = 0] of bars) {
      expect(high).toBeGreaterThanOrEqual(Math.max(open, close))
      expect(low).toBeLessThanOrEqual(Math.min(open, close))
    }
  })

  test('SIM-01 fetchBalance shows what orders hold', async () => {
    const before = await client.fetchBalance()
    const order = await place('BTC/USD', 'limit', 'buy', 0.01, 30_000)
    const held = await client.fetchBalance()
    expect(before['USD']?.used).toBe(0)
    expect(held['USD']?.used).toBeCloseTo(300 * 1.004, 4)
    expect(held['USD']?.total).toBe(before['USD']?.total as number)
    await client.cancelOrder(order)
    expect((await client.fetchBalance())['USD']?.used).toBe(0)
  })
})

describe('ccxt trades on the emulator (real time, loopback)', () => {
  test('SIM-01 a post-only limit order away from the market rests, is found and is canceled', async () => {
    const placed = await place('BTC/USD', 'limit', 'buy', 0.01, 30_000, { postOnly: true, clientOrderId: 'interop-1' })
    expect(await client.fetchOrder(placed)).toMatchObject({
      status: 'open',
      side: 'buy',
      type: 'limit',
      price: 30_000,
      amount: 0.01,
      filled: 0,
      postOnly: true,
      clientOrderId: 'interop-1',
    })
    expect(await client.fetchOpenOrders('BTC/USD')).toMatchObject([{ id: placed, status: 'open' }])
    expect(served.account().openOrders).toMatchObject([{ orderId: placed, clientId: 'interop-1', postOnly: true }])
    await client.cancelOrder(placed)
    expect(await client.fetchOrder(placed)).toMatchObject({ status: 'canceled', filled: 0 })
    expect(await failureOf(client.cancelOrder(placed))).toBeInstanceOf(ccxt.OrderNotFound)
  })

  test('SIM-01 a crossing limit order and a market order fill; trades, closed orders and balances agree with the record', async () => {
    const { ask } = await touch()
    const limit = await place('BTC/USD', 'limit', 'buy', 0.002, ask + 50)
    const market = await place('BTC/USD', 'market', 'sell', 0.001)
    expect(await client.fetchOrder(limit)).toMatchObject({ status: 'closed', filled: 0.002, remaining: 0 })
    expect(await client.fetchOrder(market)).toMatchObject({ status: 'closed', filled: 0.001, type: 'market' })
    const closed = await client.fetchClosedOrders('BTC/USD')
    expect(closed.map(({ id }) => id)).toEqual(expect.arrayContaining([limit, market]))
    const trades = (await client.fetchMyTrades('BTC/USD')).filter(({ order }) => order === limit || order === market)
    const { fills, balances } = served.account()
    const ours = fills.filter(({ orderId }) => orderId === limit || orderId === market)
    const total = (rows: readonly (number | undefined)[]): number => rows.reduce<number>((sum, row) => sum + (row ?? 0), 0)
    expect(total(trades.map(({ amount }) => amount))).toBeCloseTo(total(ours.map(({ quantity }) => Number(quantity))), 8)
    expect(total(trades.map(({ cost }) => cost))).toBeCloseTo(total(ours.map(({ cost }) => Number(cost))), 5)
    expect(total(trades.map(({ fee }) => Number(fee?.cost)))).toBeCloseTo(total(ours.map(({ fee }) => Number(fee))), 5)
    expect(trades.every(({ takerOrMaker }) => takerOrMaker === 'taker')).toBe(true)
    const shown = await client.fetchBalance()
    for (const { asset, total: amount } of balances) expect(shown[asset]?.total).toBe(Number(amount))
  })

  test('SIM-01 editOrder, which sends AmendOrder, keeps the order and its id', async () => {
    const placed = await place('BTC/USD', 'limit', 'buy', 0.01, 30_000)
    const edited = await client.editOrder(placed, 'BTC/USD', 'limit', 'buy', 0.02, 29_000)
    expect(edited.id).toMatch(/^T/) // ccxt shows the amend's id as the order's
    expect(await client.fetchOpenOrders('BTC/USD')).toMatchObject([{ id: placed, amount: 0.02, price: 29_000 }])
    expect(served.account().openOrders).toMatchObject([{ orderId: placed, quantity: '0.02', limitPrice: '29000', amendCount: 1 }])
  })

  test('SIM-01 the older EditOrder, called raw, replaces the order under a new id', async () => {
    const placed = await place('BTC/USD', 'limit', 'buy', 0.01, 30_000)
    const { result } = await rawOf(client).privatePostEditOrder({ txid: placed, pair: 'XBTUSD', volume: '0.03', price: '28000' })
    expect(result).toMatchObject({ status: 'ok', originaltxid: placed })
    expect(served.account().openOrders).toMatchObject([{ orderId: String(result['txid']), quantity: '0.03', limitPrice: '28000' }])
  })

  test('SIM-01 cancelOrders and cancelAllOrders leave nothing open', async () => {
    const ids: string[] = []
    for (let index = 0; index < 4; index++) ids.push(await place('BTC/USD', 'limit', 'buy', 0.01, 30_000 - index))
    await client.cancelOrders(ids.slice(0, 2))
    expect((await client.fetchOpenOrders()).map(({ id }) => id).sort()).toEqual(ids.slice(2).sort())
    await client.cancelAllOrders()
    expect(served.account().openOrders).toEqual([])
  })

  test('SIM-01 stop-loss, GTD and IOC orders reach the engine as meant', async () => {
    await client.createOrder('BTC/USD', 'market', 'buy', 0.001)
    const stop = await place('BTC/USD', 'market', 'sell', 0.001, undefined, { stopLossPrice: 20_000 })
    expect(served.account().openOrders).toMatchObject([{ orderId: stop, type: 'stopLoss', triggerPrice: '20000', status: 'untriggered' }])
    await client.cancelOrder(stop)
    const ioc = await place('BTC/USD', 'limit', 'buy', 0.001, 30_000, { timeInForce: 'IOC' })
    expect(await client.fetchOrder(ioc)).toMatchObject({ status: 'canceled', filled: 0 })
  })
})

describe('ccxt places conditional orders (real time, loopback)', () => {
  test('EXE-14 stops, targets and trailing stops, with and without a limit, wait as it meant them', async () => {
    await client.createOrder('BTC/USD', 'market', 'buy', 0.01)
    const forms: readonly [type: string, price: number | undefined, params: Record<string, unknown>, expected: Record<string, unknown>][] =
      [
        ['market', undefined, { takeProfitPrice: 120_000 }, { type: 'takeProfit', triggerPrice: '120000' }],
        ['limit', 19_000, { stopLossPrice: 20_000 }, { type: 'stopLossLimit', triggerPrice: '20000', limitPrice: '19000' }],
        ['limit', 119_000, { takeProfitPrice: 120_000 }, { type: 'takeProfitLimit', triggerPrice: '120000', limitPrice: '119000' }],
        ['market', undefined, { trailingPercent: '50' }, { type: 'trailingStop', trailing: { offset: '50', unit: 'percent' } }],
        ['market', undefined, { trailingAmount: '9000' }, { type: 'trailingStop', trailing: { offset: '9000', unit: 'quote' } }],
        [
          'limit',
          undefined,
          { trailingAmount: '9000', trailingLimitAmount: 100 },
          { type: 'trailingStopLimit', trailing: { offset: '9000', unit: 'quote', limitOffset: '-100', limitUnit: 'quote' } },
        ],
      ]
    for (const [type, price, params, expected] of forms) {
      const id = await place('BTC/USD', type, 'sell', 0.001, price, params)
      expect(served.account().openOrders).toMatchObject([{ orderId: id, status: 'untriggered', ...expected }])
      expect(await client.fetchOpenOrders('BTC/USD')).toMatchObject([{ id, status: 'open', side: 'sell', amount: 0.001, filled: 0 }])
      await client.cancelOrder(id)
      expect((await client.fetchOrder(id)).status).toBe('canceled')
    }
  })
})

describe('ccxt maps the errors of the emulator (real time, loopback)', () => {
  test('SIM-01 what the venue refuses for good', async () => {
    expect(await failureOf(client.createOrder('BTC/USD', 'limit', 'buy', 100, 30_000))).toBeInstanceOf(ccxt.InsufficientFunds)
    expect(await failureOf(client.createOrder('BTC/USD', 'limit', 'buy', 0.00001, 30_000))).toBeInstanceOf(ccxt.InvalidOrder)
    const { ask } = await touch()
    const crossing = await failureOf(client.createOrder('BTC/USD', 'limit', 'buy', 0.001, ask + 50, { postOnly: true }))
    expect(crossing.message).toContain('EOrder:Post only order')
    const raw = rawOf(client)
    const form = { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', volume: '0.01', price: '30000' }
    expect(await failureOf(raw.privatePostAddOrder({ ...form, pair: 'NOPEUSD' }))).toBeInstanceOf(ccxt.ExchangeError)
    // ccxt writes a small number with an exponent, and the venue refuses it (sheet §1.1).
    expect(await failureOf(raw.privatePostAddOrder({ ...form, volume: '1e-7' }))).toBeInstanceOf(ccxt.InvalidOrder)
    expect((await failureOf(raw.privatePostAddOrder({ ...form, price: '30000.05' }))).message).toContain('EOrder:')
  })

  test('SIM-01 a wrong secret and a nonce that does not rise', async () => {
    const forged = clientOf(served, Buffer.alloc(64, 7).toString('base64'))
    expect((await failureOf(forged.fetchBalance())).message).toContain('EAPI:Invalid signature')
    const late = clientOf(served)
    late.nonce = () => 1
    expect(await failureOf(late.fetchBalance())).toBeInstanceOf(ccxt.InvalidNonce)
    expect(served.emulator.record().counters.invalidNonce).toBeGreaterThan(0)
  })

  test('SIM-01 what may pass later: busy, rate limits, the edge', async () => {
    const { faults } = served.emulator
    const errorFor = async (rule: Parameters<typeof faults.add>[0]): Promise<Error> => {
      faults.add({ ...rule, methods: ['Balance', 'BalanceEx'], count: 1 })
      return failureOf(client.fetchBalance())
    }
    expect(await errorFor({ kind: 'apiError', text: 'EService:Busy' })).toBeInstanceOf(ccxt.ExchangeNotAvailable)
    expect(await errorFor({ kind: 'apiError', text: 'EAPI:Rate limit exceeded' })).toBeInstanceOf(ccxt.DDoSProtection)
    expect(await errorFor({ kind: 'apiError', text: 'EGeneral:Temporary lockout' })).toBeInstanceOf(ccxt.DDoSProtection)
    expect(await errorFor({ kind: 'tooManyRequests' })).toBeInstanceOf(ccxt.NetworkError)
    expect(await errorFor({ kind: 'serverError', status: 502 })).toBeInstanceOf(ccxt.ExchangeNotAvailable)
    expect(await errorFor({ kind: 'lostReply' })).toBeInstanceOf(ccxt.NetworkError)
  })

  test('SIM-01 the counters of the venue reach it as errors when it calls too fast', async () => {
    const limited = serveEmulator({ hasLimits: true, tier: 'starter' })
    try {
      const eager = clientOf(limited)
      await eager.loadMarkets()
      let answered = 0
      const error = await failureOf(
        (async () => {
          for (; answered < 40; answered++) await eager.fetchBalance()
        })(),
      )
      expect(error).toBeInstanceOf(ccxt.DDoSProtection)
      expect(answered).toBe(15) // the maximum of the tier, before any decay to speak of
      expect(limited.emulator.record().counters.restRateLimit).toBe(1)
    } finally {
      await limited.stop()
    }
  })
})
