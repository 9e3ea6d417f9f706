import { describe, expect, test } from 'bun:test'
import { Bench } from './harness'

const now = (bench: Bench, ms: number): string => new Date(bench.clock.now() + ms).toISOString()

/** Every refusal of AddOrder that the request itself can earn. */
const ADD_ORDER: readonly [what: string, fields: Record<string, string>, text: string][] = [
  ['an unknown pair', { pair: 'FOOUSD' }, 'EQuery:Unknown asset pair'],
  ['a missing pair', { pair: '' }, 'EGeneral:Invalid arguments:pair'],
  ['an unknown side', { type: 'hold' }, 'EGeneral:Invalid arguments:type'],
  ['an unknown order type', { ordertype: 'iceberg' }, 'EGeneral:Invalid arguments:ordertype'],
  ['no volume', { volume: '' }, 'EGeneral:Invalid arguments:volume'],
  ['a volume of zero', { volume: '0' }, 'EGeneral:Invalid arguments:volume'],
  ['a volume in exponent notation', { volume: '1e-2' }, 'EGeneral:Invalid arguments:volume'],
  ['a volume finer than the lot', { volume: '0.010000001' }, 'EGeneral:Invalid arguments:volume'],
  ['a price that is no number', { price: 'x' }, 'EGeneral:Invalid arguments:price'],
  ['a price in exponent notation', { price: '3e4' }, 'EGeneral:Invalid arguments:price'],
  ['a limit order without a price', { price: '' }, 'EGeneral:Invalid arguments:price'],
  ['too many decimals', { price: '30000.01' }, 'EOrder:Invalid price:XXBTZUSD price can only be specified up to 1 decimals.'],
  ['too little volume', { volume: '0.00001' }, 'EOrder:Order minimum not met'],
  ['too little cost', { volume: '0.0001', price: '100' }, 'EOrder:Cost minimum not met'],
  ['too little money', { volume: '50' }, 'EOrder:Insufficient funds'],
  ['a sell of what is not there', { type: 'sell', price: '90000' }, 'EOrder:Insufficient funds'],
  ['post-only on a market order', { ordertype: 'market', oflags: 'post' }, 'EGeneral:Invalid arguments:oflags'],
  ['viqc on a limit order', { oflags: 'viqc' }, 'EGeneral:Invalid arguments:oflags'],
  ['both fee flags', { oflags: 'fcib,fciq' }, 'EGeneral:Invalid arguments:oflags'],
  ['an unknown flag', { oflags: 'nope' }, 'EGeneral:Invalid arguments:oflags'],
  ['an unknown time in force', { timeinforce: 'gtc' }, 'EGeneral:Invalid arguments:timeinforce'],
  ['FOK on a market order', { ordertype: 'market', timeinforce: 'FOK' }, 'EGeneral:Invalid arguments:timeinforce'],
  ['GTD without an expiry', { timeinforce: 'GTD' }, 'EGeneral:Invalid arguments:expiretm'],
  ['GTC with an expiry', { timeinforce: 'GTC', expiretm: '+60' }, 'EGeneral:Invalid arguments:expiretm'],
  ['an expiry below 5 s', { timeinforce: 'GTD', expiretm: '+4' }, 'EGeneral:Invalid arguments:expiretm'],
  ['an expiry beyond a month', { timeinforce: 'GTD', expiretm: '+9999999' }, 'EGeneral:Invalid arguments:expiretm'],
  ['a start time', { starttm: '+60' }, 'EGeneral:Invalid arguments:starttm'],
  ['a conditional close', { 'close[ordertype]': 'limit' }, 'EGeneral:Invalid arguments:close'],
  ['a display volume', { displayvol: '0.001' }, 'EGeneral:Invalid arguments:displayvol'],
  ['leverage', { leverage: '2' }, 'EAccount:Invalid permissions:margin trading restricted.'],
  ['reduce-only', { reduce_only: 'true' }, 'EOrder:Reduce only:Non-PC'],
  ['an index trigger', { ordertype: 'stop-loss', trigger: 'index' }, 'EGeneral:Invalid arguments:Index unavailable'],
  ['an unknown trigger', { ordertype: 'stop-loss', trigger: 'x' }, 'EGeneral:Invalid arguments:trigger'],
  ['a trailing stop without a sign', { ordertype: 'trailing-stop', price: '5' }, 'EGeneral:Invalid arguments:price'],
  ['an unknown self-trade policy', { stptype: 'cancel_newest' }, 'EGeneral:Invalid arguments:stptype'],
  ['a userref beyond 32 bits', { userref: '2147483648' }, 'EGeneral:Invalid arguments:userref'],
  ['a flag that is none', { validate: 'maybe' }, 'EGeneral:Invalid arguments:validate'],
  ['a deadline that is no time', { deadline: 'soon' }, 'EGeneral:Invalid arguments:deadline'],
]

describe('refusals of AddOrder (emulator)', () => {
  for (const [what, fields, text] of ADD_ORDER) {
    test(`SIM-01 refuses ${what} with ${text}`, async () => {
      const bench = new Bench()
      expect(await bench.call('AddOrder', bench.resting(fields))).toEqual({ error: [text] })
      expect((await bench.result('OpenOrders')).open).toEqual({})
    })
  }

  test('refuses a price off a tick that is coarser than its decimals', async () => {
    const { krakenUniverse } = await import('#sim/market/universe')
    const { decimal } = await import('#domain/decimal')
    const universe = krakenUniverse()
    const instruments = universe.instruments
      .slice(0, 1)
      .map((one) => ({ ...one, instrument: { ...one.instrument, tickSize: decimal('0.5') } }))
    const bench = new Bench({ universe: { ...universe, instruments } })
    expect((await bench.call('AddOrder', bench.resting({ price: '30000.1' }))).error).toEqual(['EOrder:Tick size check failed'])
    expect((await bench.call('AddOrder', bench.resting({ price: '30000.5' }))).error).toEqual([])
  })

  test('EService:Deadline elapsed once the deadline has passed; one too far ahead is an argument error', async () => {
    const bench = new Bench()
    expect((await bench.call('AddOrder', bench.resting({ deadline: now(bench, 5_000) }))).error).toEqual([])
    expect((await bench.call('AddOrder', bench.resting({ deadline: now(bench, -1) }))).error).toEqual(['EService:Deadline elapsed'])
    expect((await bench.call('AddOrder', bench.resting({ deadline: now(bench, 61_000) }))).error).toEqual([
      'EGeneral:Invalid arguments:deadline',
    ])
    // A request that was under way longer than its deadline allows.
    bench.fault({ kind: 'latency', methods: ['AddOrder'], stage: 'request', fixedMs: 3_000, count: 1 })
    expect((await bench.call('AddOrder', bench.resting({ deadline: now(bench, 2_000) }))).error).toEqual(['EService:Deadline elapsed'])
  })
})

const OTHERS: readonly [method: string, fields: Record<string, string>, text: string][] = [
  ['Foo', {}, 'EGeneral:Unknown method'],
  ['QueryOrders', { txid: 'OAAAAA-BBBBB-CCCCCC' }, 'EOrder:Unknown order'],
  ['QueryOrders', {}, 'EGeneral:Invalid arguments:txid'],
  ['OrderAmends', { order_id: 'OAAAAA-BBBBB-CCCCCC' }, 'EOrder:Unknown order'],
  ['QueryTrades', { txid: 'TAAAAA-BBBBB-CCCCCC' }, 'EOrder:Invalid order'],
  ['QueryTrades', {}, 'EGeneral:Invalid arguments:txid'],
  ['QueryLedgers', { id: 'LAAAAA-BBBBB-CCCCCC' }, 'EGeneral:Invalid arguments:id'],
  ['Ledgers', { asset: 'FOO' }, 'EQuery:Unknown asset'],
  ['Ledgers', { type: 'x' }, 'EGeneral:Invalid arguments:type'],
  ['TradesHistory', { type: 'x' }, 'EGeneral:Invalid arguments:type'],
  ['TradesHistory', { start: 'x' }, 'EGeneral:Invalid arguments:start'],
  ['ClosedOrders', { closetime: 'x' }, 'EGeneral:Invalid arguments:closetime'],
  ['ClosedOrders', { ofs: '-1' }, 'EGeneral:Invalid arguments:ofs'],
  ['TradeVolume', { pair: 'FOO' }, 'EQuery:Unknown asset pair'],
  ['TradeBalance', { asset: 'FOO' }, 'EQuery:Unknown asset'],
  ['CancelOrder', {}, 'EGeneral:Invalid arguments:txid'],
  ['CancelOrder', { txid: 'OAAAAA-BBBBB-CCCCCC' }, 'EOrder:Unknown order'],
  ['CancelOrder', { txid: '77' }, 'EOrder:Unknown order'],
  ['CancelOrder', { cl_ord_id: 'nobody' }, 'EOrder:Unknown order'],
  ['CancelOrderBatch', {}, 'EGeneral:Invalid arguments:orders'],
  ['CancelAllOrdersAfter', {}, 'EGeneral:Invalid arguments:timeout'],
  ['CancelAllOrdersAfter', { timeout: '86400' }, 'EGeneral:Invalid arguments:timeout'],
  ['AmendOrder', { cl_ord_id: 'nobody', order_qty: '1' }, 'EOrder:Unknown order'],
  ['AmendOrder', { txid: 'O', cl_ord_id: 'x', order_qty: '1' }, 'EGeneral:Invalid arguments:cl_ord_id'],
  ['AmendOrder', { txid: 'O', display_qty: '1' }, 'EGeneral:Invalid arguments:display_qty'],
  ['EditOrder', { txid: 'OAAAAA-BBBBB-CCCCCC', pair: 'XBTUSD' }, 'EOrder:Unknown order'],
  ['AddOrderBatch', { pair: 'XBTUSD' }, 'EGeneral:Invalid arguments:orders'],
]

describe('refusals of the other methods (emulator)', () => {
  for (const [method, fields, text] of OTHERS) {
    test(`SIM-01 ${method} refuses ${JSON.stringify(fields)} with ${text}`, async () => {
      expect(await new Bench().call(method, fields)).toEqual({ error: [text] })
    })
  }

  test('refuses amends: nothing to change, below the minimum, post-only that would match', async () => {
    const bench = new Bench()
    const txid = await bench.place(bench.resting())
    expect((await bench.call('AmendOrder', { txid })).error).toEqual(['EGeneral:Invalid arguments:order_qty'])
    expect((await bench.call('AmendOrder', { txid, order_qty: '0.00001' })).error).toEqual(['EOrder:Order minimum not met'])
    expect((await bench.call('AmendOrder', { txid, limit_price: '90000', post_only: 'true' })).error).toEqual(['EOrder:Post only order'])
    expect((await bench.call('AmendOrder', { txid, order_qty: '100' })).error).toEqual(['EOrder:Insufficient funds'])
    expect((await bench.call('EditOrder', { txid, pair: 'ETHUSD' })).error).toEqual(['EOrder:Unknown order'])
    expect((await bench.result('QueryOrders', { txid }))[txid]).toMatchObject({ status: 'open', vol: '0.01000000' })
  })

  test('EAPI:Bad request for a body that is no JSON object', async () => {
    const bench = new Bench()
    for (const body of ['{', '[]']) {
      const headers = { 'api-key': bench.key.apiKey, 'api-sign': 'x', 'content-type': 'application/json' }
      const response = await bench.emulator.handle({ method: 'POST', path: '/0/private/Balance', query: '', headers, body })
      expect(JSON.parse((response as { body: string }).body)).toEqual({ error: ['EAPI:Bad request'] })
    }
  })

  test('EAPI:Invalid key for an unknown key, EGeneral:Permission denied for one that may not', async () => {
    const limited = { apiKey: 'LIMITED', apiSecret: 'c2VjcmV0', permissions: ['query-funds'] as const }
    const bench = new Bench({ credentials: [limited] })
    expect((await bench.call('Balance')).error).toEqual([])
    for (const method of ['AddOrder', 'OpenOrders', 'TradesHistory', 'Ledgers', 'CancelAll', 'GetWebSocketsToken']) {
      expect((await bench.call(method)).error).toEqual(['EGeneral:Permission denied'])
    }
    expect((await bench.result('GetApiKeyInfo')).permissions).toEqual(['query-funds'])
    const stranger = { apiKey: 'STRANGER', apiSecret: 'c2VjcmV0' }
    expect(JSON.parse(((await bench.send('Balance', {}, stranger)) as { body: string }).body)).toEqual({ error: ['EAPI:Invalid key'] })
    expect(bench.emulator.record().counters.invalidKey).toBe(1)
  })
})

describe('status modes (emulator)', () => {
  const modes: readonly [system: string, add: string | null, post: string | null, cancel: string | null][] = [
    ['online', null, null, null],
    ['post_only', 'EService:Market in post_only mode', null, null],
    ['cancel_only', 'EService:Market in cancel_only mode', 'EService:Market in cancel_only mode', null],
    ['maintenance', 'EService:Unavailable', 'EService:Unavailable', 'EService:Unavailable'],
  ]
  for (const [system, add, post, cancel] of modes) {
    test(`VEN-16 ${system}: orders, post-only orders and cancels; status frames and instruments say so`, async () => {
      const bench = new Bench()
      const socket = bench.socket('/v2')
      socket.subscribe({ channel: 'instrument' })
      const id = await bench.place(bench.resting())
      await bench.control('POST', '/emulator/status', { system })
      const errors = (text: string | null): string[] => (text === null ? [] : [text])
      expect((await bench.get('SystemStatus')).result.status).toBe(system)
      expect((await bench.call('AddOrder', bench.resting())).error).toEqual(errors(add))
      expect((await bench.call('AddOrder', bench.resting({ oflags: 'post' }))).error).toEqual(errors(post))
      expect((await bench.call('CancelOrder', { txid: id })).error).toEqual(errors(cancel))
      expect((await bench.call('CancelAll')).error).toEqual(errors(cancel))
      expect(socket.of('status').at(-1).data[0].system).toBe(system)
      if (system !== 'online') expect(socket.of('instrument').at(-1).data.pairs[0].status).toBe(system)
      const rest = (await bench.get('AssetPairs', { pair: 'XBTUSD' })).result.XXBTZUSD.status
      expect(rest).toBe(system === 'maintenance' ? 'cancel_only' : system)
    })
  }

  test('limit_only and reduce_only of one pair refuse market orders; the others trade on', async () => {
    const bench = new Bench()
    await bench.control('POST', '/emulator/status', { symbol: 'BTC/USD', status: 'limitOnly' })
    expect((await bench.call('AddOrder', bench.market())).error).toEqual(['EService:Market in limit_only mode'])
    expect((await bench.call('AddOrder', bench.resting())).error).toEqual([])
    expect((await bench.call('AddOrder', bench.market({ pair: 'ETHUSD', volume: '0.1' }))).error).toEqual([])
    await bench.control('POST', '/emulator/status', { symbol: 'BTC/USD', status: 'reduceOnly' })
    expect((await bench.call('AddOrder', bench.resting())).error).toEqual(['EService:Market in reduce_only mode'])
  })

  test('EXE-09 an armed dead-man switch fires when the engine comes back from maintenance, not within it', async () => {
    const bench = new Bench()
    await bench.place(bench.resting())
    await bench.result('CancelAllOrdersAfter', { timeout: '60' })
    await bench.control('POST', '/emulator/status', { system: 'maintenance' })
    bench.clock.advance(120_000)
    expect(bench.emulator.record().accounts[0]?.openOrders).toHaveLength(1)
    await bench.control('POST', '/emulator/status', { system: 'online' })
    expect(bench.emulator.record().accounts[0]?.openOrders).toHaveLength(0)
  })
})
