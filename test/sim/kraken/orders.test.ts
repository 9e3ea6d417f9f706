import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { krakenUniverse } from '#sim/market/universe'
import { Bench, resultOf } from './harness'

const UUID = '6d1b345e-2821-40e2-ad83-4ecb18a06876'
const HEX = 'da8e4ad59b78481c93e589746b0cf91f'

describe('AddOrder and its followers (emulator)', () => {
  test('SIM-01 rests a limit order: txid, open object, hold; then fills a market order: closed object, trade, ledger, balances', async () => {
    const bench = new Bench()
    const placed = await bench.result('AddOrder', bench.resting({ volume: '1.25', cl_ord_id: UUID, oflags: 'post', timeinforce: 'GTC' }))
    expect(placed.descr.order).toBe('buy 1.25000000 XBTUSD @ limit 30000.0')
    const id = placed.txid[0]
    expect(id).toMatch(/^O[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{6}$/)
    const open = (await bench.result('OpenOrders', { cl_ord_id: UUID })).open[id]
    expect(open).toMatchObject({
      refid: null,
      userref: 0,
      cl_ord_id: UUID,
      status: 'open',
      starttm: 0,
      expiretm: 0,
      vol: '1.25000000',
      vol_exec: '0.00000000',
      cost: '0.00000',
      fee: '0.00000',
      price: '0.00000',
      misc: '',
      oflags: 'post,fciq',
    })
    expect(open.descr).toEqual({
      pair: 'XBTUSD',
      type: 'buy',
      ordertype: 'limit',
      price: '30000.0',
      price2: '0',
      leverage: 'none',
      order: 'buy 1.25000000 XBTUSD @ limit 30000.0',
      close: '',
    })
    const held = await bench.result('BalanceEx')
    expect(held.ZUSD.balance).toBe('100000.0000')
    expect(Number(held.ZUSD.hold_trade)).toBeCloseTo(37500 * 1.004, 4) // the taker fee is held too: it may have to be paid

    const { ask } = await bench.touch()
    const market = await bench.place(bench.market({ volume: '0.01' }))
    const closed = (await bench.result('ClosedOrders', { trades: 'true' })).closed[market]
    expect(closed).toMatchObject({ status: 'closed', reason: null, vol_exec: '0.01000000', descr: { ordertype: 'market', price: '0' } })
    expect(Number(closed.price)).toBe(ask)
    const history = await bench.result('TradesHistory', { ledgers: 'true' })
    const [tradeId, trade] = Object.entries(history.trades)[0] as [string, Record<string, string>]
    expect(closed.trades).toEqual([tradeId])
    expect(tradeId).toMatch(/^T/)
    expect(trade).toMatchObject({ ordertxid: market, pair: 'XXBTZUSD', type: 'buy', ordertype: 'market', maker: false, vol: '0.01000000' })
    const cost = ask * 0.01
    expect(Number(trade['cost'])).toBeCloseTo(cost, 5)
    expect(Number(trade['fee'])).toBeCloseTo(cost * 0.004, 5)
    const ledger = await bench.result('Ledgers', { type: 'trade' })
    expect(ledger.count).toBe(2)
    expect(Object.keys(ledger.ledger).toSorted()).toEqual((trade['ledgers'] as unknown as string[]).toSorted())
    for (const row of Object.values(ledger.ledger) as Record<string, string>[]) expect(row['refid']).toBe(tradeId)
    const balance = await bench.result('Balance')
    expect(balance.XXBT).toBe('0.0100000000')
    expect(Number(balance.ZUSD)).toBeCloseTo(100_000 - cost * 1.004, 3)
    expect((await bench.result('QueryTrades', { txid: tradeId }))[tradeId].ordertxid).toBe(market)
    const ledgerId = Object.keys(ledger.ledger)[0] as string
    expect((await bench.result('QueryLedgers', { id: ledgerId }))[ledgerId].refid).toBe(tradeId)
  })

  test('takes the three forms of cl_ord_id, refuses others, one beside a userref, and one that is open already', async () => {
    const bench = new Bench()
    const place = async (extra: Record<string, string>): Promise<string[]> => (await bench.call('AddOrder', bench.resting(extra))).error
    for (const id of [UUID, HEX, 'my-order 1', 'x'.repeat(18)]) expect(await place({ cl_ord_id: id })).toEqual([])
    const refusal = ['EGeneral:Invalid arguments:cl_ord_id']
    for (const id of ['x'.repeat(19), `${HEX}0`, 'ä', UUID.replace('-', '')]) expect(await place({ cl_ord_id: id })).toEqual(refusal)
    expect(await place({ cl_ord_id: 'fresh', userref: '1' })).toEqual(refusal)
    expect(await place({ cl_ord_id: UUID })).toEqual(refusal)
    await bench.result('CancelOrder', { cl_ord_id: UUID })
    expect(await place({ cl_ord_id: UUID })).toEqual([]) // unique among open orders only
    expect(bench.emulator.record().clientIds.byId[UUID]).toEqual({ accepted: 2, live: 1, liveMax: 1 })
    expect(bench.emulator.record().clientIds.liveMax).toBe(1)
  })

  test('validates without placing: descr alone, no txid, no hold', async () => {
    const bench = new Bench()
    const result = await bench.result('AddOrder', bench.resting({ validate: 'true' }))
    expect(result).toEqual({ descr: { order: 'buy 0.01000000 XBTUSD @ limit 30000.0' } })
    expect((await bench.result('OpenOrders')).open).toEqual({})
    expect((await bench.call('AddOrder', bench.resting({ validate: 'true', volume: '0.00001' }))).error).toEqual([
      'EOrder:Order minimum not met',
    ])
  })

  test('fills what it can of an IOC order and cancels the rest; kills a FOK order that cannot fill whole', async () => {
    const bench = new Bench()
    const { ask } = await bench.touch()
    const ioc = await bench.place(bench.market({ ordertype: 'limit', price: String(ask), volume: '1', timeinforce: 'IOC' }))
    const filled = (await bench.result('QueryOrders', { txid: ioc }))[ioc]
    expect(filled.status).toBe('closed')
    const rest = await bench.place(bench.market({ ordertype: 'limit', price: '30000', volume: '1', timeinforce: 'IOC' }))
    expect((await bench.result('QueryOrders', { txid: rest }))[rest]).toMatchObject({
      status: 'canceled',
      vol_exec: '0.00000000',
      reason: 'Immediate or cancel',
    })
    const fok = await bench.place(bench.resting({ volume: '0.5', timeinforce: 'FOK' }))
    expect((await bench.result('QueryOrders', { txid: fok }))[fok]).toMatchObject({ status: 'canceled', reason: 'Fill or kill' })
  })

  test('expires a GTD order on the emulator clock', async () => {
    const bench = new Bench()
    const id = await bench.place(bench.resting({ timeinforce: 'GTD', expiretm: '+60' }))
    bench.clock.advance(59_000)
    expect(Object.keys((await bench.result('OpenOrders')).open)).toEqual([id])
    bench.clock.advance(2_000)
    expect((await bench.result('ClosedOrders')).closed[id]).toMatchObject({ status: 'expired', reason: 'Order expired' })
  })

  test('spends quote with viqc, and takes the fee in base with fcib', async () => {
    const bench = new Bench()
    const { ask } = await bench.touch()
    const id = await bench.place(bench.market({ volume: '1000', oflags: 'viqc,fcib' }))
    const order = (await bench.result('QueryOrders', { txid: id }))[id]
    expect(order).toMatchObject({ status: 'closed', vol: '1000.00000000', oflags: 'fcib,viqc' })
    expect(Number(order.vol_exec)).toBeCloseTo(1000 / ask, 6)
    const balance = await bench.result('Balance')
    expect(Number(balance.XXBT)).toBeCloseTo((1000 / ask) * 0.996, 6)
  })

  test('waits with stops, triggers them on the last price, and shows both prices', async () => {
    const bench = new Bench({ stepMs: 1_000, tradeEveryMs: 1_000 })
    await bench.place(bench.market({ volume: '0.1' }))
    const { bid } = await bench.touch()
    const far = await bench.place(
      bench.market({ type: 'sell', ordertype: 'stop-loss-limit', price: '22000', price2: '21000', volume: '0.01' }),
    )
    const near = await bench.place(
      bench.market({ type: 'sell', ordertype: 'stop-loss', price: String(Math.round(bid * 10 - 1) / 10), volume: '0.01' }),
    )
    const trailing = await bench.place(bench.market({ type: 'sell', ordertype: 'trailing-stop', price: '+50%', volume: '0.01' }))
    const open = (await bench.result('OpenOrders')).open
    expect(open[far]).toMatchObject({ status: 'open', trigger: 'last', stopprice: '22000.00000' })
    expect(open[far].descr.order).toBe('sell 0.01000000 XBTUSD @ stop loss 22000.0 -> limit 21000.0')
    expect(open[trailing].descr.price).toBe('+50%')
    bench.clock.advance(600_000)
    const order = (await bench.result('QueryOrders', { txid: near }))[near]
    expect(order).toMatchObject({ status: 'closed', misc: 'stopped' })
  })

  test('reads relative prices against the last trade', async () => {
    const bench = new Bench()
    const last = Number((await bench.get('Ticker', { pair: 'XBTUSD' })).result.XXBTZUSD.c[0])
    const priceOf = async (price: string, type: string): Promise<number> => {
      const id = await bench.place(bench.resting({ price, type, volume: '0.01' }))
      return Number((await bench.result('QueryOrders', { txid: id }))[id].descr.price)
    }
    expect(await priceOf('-100', 'buy')).toBeCloseTo(last - 100, 1)
    expect(await priceOf('#100', 'buy')).toBeCloseTo(last - 100, 1)
    expect(await priceOf('-10%', 'buy')).toBeCloseTo(last * 0.9, 1)
    await bench.place(bench.market({ volume: '0.1' }))
    expect(await priceOf('+100', 'sell')).toBeCloseTo(last + 100, 1)
    expect(await priceOf('#1%', 'sell')).toBeCloseTo(last * 1.01, 1)
  })

  test('refuses a post-only order that would cross, or accepts and cancels it, as set', async () => {
    const refusing = new Bench()
    const crossing = { ordertype: 'limit', price: '90000', oflags: 'post' }
    expect((await refusing.call('AddOrder', refusing.market(crossing))).error).toEqual(['EOrder:Post only order'])
    const canceling = new Bench({ postOnlyCross: 'cancel' })
    const id = await canceling.place(canceling.market(crossing))
    expect((await canceling.result('QueryOrders', { txid: id }))[id]).toMatchObject({ status: 'canceled', reason: 'Post only order' })
  })

  test('prevents self trades: cancel-newest by default, the others by name', async () => {
    const status = async (stptype: string | null): Promise<readonly string[]> => {
      const bench = new Bench()
      await bench.place(bench.market({ volume: '0.1' }))
      const { bid, ask } = await bench.touch()
      const inside = ((bid + ask) / 2).toFixed(1)
      const resting = await bench.place(bench.resting({ price: inside }))
      const crossing = await bench.place(bench.resting({ type: 'sell', price: inside, ...(stptype === null ? {} : { stptype }) }))
      const found = await bench.result('QueryOrders', { txid: `${resting},${crossing}` })
      return [found[resting].status, found[crossing].status]
    }
    expect(await status(null)).toEqual(['open', 'canceled'])
    expect(await status('cancel-newest')).toEqual(['open', 'canceled'])
    expect(await status('cancel-oldest')).toEqual(['canceled', 'open'])
    expect(await status('cancel-both')).toEqual(['canceled', 'canceled'])
  })

  test('VEN-04 fee vectors of §7: cost and fee are rounded half up at the cost decimals', async () => {
    const universe = krakenUniverse()
    const [first] = universe.instruments
    if (first === undefined) throw new Error('the universe is empty')
    const run = async (price: string, volume: string, tick: string, scale: number, taker: string): Promise<[string, string]> => {
      const tiers = [{ volumeMin: decimal('0'), makerPercent: decimal('0'), takerPercent: decimal(taker) }]
      const grid = { tickSize: decimal(tick), priceScale: scale, quantityMin: decimal('0.001'), feeTiers: tiers }
      const instrument = { ...first.instrument, ...grid }
      const deposits = [...universe.deposits, { asset: 'BTC', amount: decimal('1000') }]
      const keys = ['a', 'b'].map((name) => ({ apiKey: name, apiSecret: 'c2VjcmV0', accountId: name }))
      const one = { ...universe, deposits, instruments: [{ ...first, instrument, startPrice: decimal(price), spreadBps: 400 }] }
      const bench = new Bench({ universe: one, credentials: keys })
      const [maker, taking] = keys
      await bench.send('AddOrder', bench.resting({ type: 'sell', price, volume }), maker)
      await bench.send('AddOrder', bench.resting({ price, volume }), taking)
      const history = resultOf(JSON.parse(((await bench.send('TradesHistory', {}, taking)) as { body: string }).body))
      const [trade] = Object.values(history.trades) as Record<string, string>[]
      return [trade?.['cost'] ?? '', trade?.['fee'] ?? '']
    }
    expect(await run('0.121', '105.02014889', '0.001', 3, '0.40')).toEqual(['12.70744', '0.05083'])
    expect(await run('26599.9', '0.005', '0.1', 1, '0.26')).toEqual(['132.99950', '0.34580'])
  })
})

describe('amend, edit, cancel (emulator)', () => {
  test('amends in place by txid or cl_ord_id and lists what the order has been', async () => {
    const bench = new Bench()
    const id = await bench.place(bench.resting({ cl_ord_id: HEX }))
    const first = await bench.result('AmendOrder', { cl_ord_id: HEX, order_qty: '0.02', limit_price: '29999.9' })
    expect(first.amend_id).toMatch(/^T/)
    await bench.result('AmendOrder', { txid: id, limit_price: '29000.0', post_only: 'true' })
    const order = (await bench.result('QueryOrders', { txid: id }))[id]
    expect(order).toMatchObject({ vol: '0.02000000', misc: 'amended', cl_ord_id: HEX, descr: { price: '29000.0' } })
    const amends = await bench.result('OrderAmends', { order_id: id })
    expect(amends.count).toBe(3)
    expect(amends.amends.map((row: Record<string, string>) => [row['amend_type'], row['limit_price']])).toEqual([
      ['original', '30000.0'],
      ['user', '29999.9'],
      ['user', '29000.0'],
    ])
  })

  test('replaces an order with EditOrder: a new id, the old one canceled as replaced', async () => {
    const bench = new Bench()
    const id = await bench.place(bench.resting({ userref: '7' }))
    const edited = await bench.result('EditOrder', { txid: id, pair: 'XBTUSD', volume: '0.03', price: '31000.0' })
    expect(edited).toMatchObject({ status: 'ok', originaltxid: id, volume: '0.03', price: '31000', orders_cancelled: 1 })
    expect(edited.descr.order).toBe('buy 0.03000000 XBTUSD @ limit 31000.0')
    const both = await bench.result('QueryOrders', { txid: `${id},${edited.txid}` })
    expect(both[id]).toMatchObject({ status: 'canceled', reason: 'Order replaced' })
    expect(both[edited.txid]).toMatchObject({ status: 'open', userref: 7, vol: '0.03000000' })
    expect((await bench.call('EditOrder', { txid: edited.txid, pair: 'XBTUSD', volume: '0.00001' })).error).toEqual([
      'EOrder:Order minimum not met',
    ])
    expect(Object.keys((await bench.result('OpenOrders')).open)).toEqual([edited.txid])
  })

  test('cancels by txid, cl_ord_id and userref, in batches and altogether', async () => {
    const bench = new Bench()
    const one = await bench.place(bench.resting())
    expect(await bench.result('CancelOrder', { txid: one })).toEqual({ count: 1 })
    expect((await bench.call('CancelOrder', { txid: one })).error).toEqual(['EOrder:Unknown order'])
    expect((await bench.result('ClosedOrders')).closed[one]).toMatchObject({ status: 'canceled', reason: 'User requested' })
    await bench.place(bench.resting({ cl_ord_id: HEX }))
    expect(await bench.result('CancelOrder', { cl_ord_id: HEX })).toEqual({ count: 1 })
    for (let count = 0; count < 3; count++) await bench.place(bench.resting({ userref: '5' }))
    expect(await bench.result('CancelOrder', { txid: '5' })).toEqual({ count: 3 })
    const ids = [await bench.place(bench.resting()), await bench.place(bench.resting())]
    await bench.place(bench.resting({ cl_ord_id: UUID }))
    await bench.place(bench.resting({ userref: '6' }))
    const batch = await bench.callJson('CancelOrderBatch', { orders: [...ids, 6, 'ONOTHX-ERE00-000000'], cl_ord_ids: [UUID] })
    expect(batch.result).toEqual({ count: 4 })
    await bench.place(bench.resting())
    expect(await bench.result('CancelAll')).toEqual({ count: 1 })
    expect(await bench.result('CancelAll')).toEqual({ count: 0 })
  })

  test('places a batch slot by slot; validation refuses all, funds refuse one', async () => {
    const bench = new Bench()
    const slot = (volume: string, extra: Record<string, string> = {}): Record<string, string> => ({
      ordertype: 'limit',
      type: 'buy',
      volume,
      price: '30000',
      ...extra,
    })
    const good = await bench.callJson('AddOrderBatch', {
      pair: 'XBTUSD',
      orders: [slot('0.1', { cl_ord_id: UUID }), slot('50'), slot('0.2')],
    })
    expect(good.error).toEqual([])
    const [first, second, third] = good.result.orders
    expect(first.txid).toMatch(/^O/)
    expect(second).toEqual({ error: 'EOrder:Insufficient funds', descr: { order: 'buy 50.00000000 XBTUSD @ limit 30000.0' } })
    expect(third.descr.order).toBe('buy 0.20000000 XBTUSD @ limit 30000.0')
    const batch = async (orders: unknown[], extra: Record<string, unknown> = {}): Promise<string[]> =>
      (await bench.callJson('AddOrderBatch', { pair: 'XBTUSD', orders, ...extra })).error
    expect(await batch([slot('0.1'), slot('0.00001')])).toEqual(['EOrder:Order minimum not met'])
    expect(await batch([slot('0.1', { cl_ord_id: HEX }), slot('0.1', { cl_ord_id: HEX })])).toEqual([
      'EGeneral:Invalid arguments:cl_ord_id',
    ])
    expect(await batch([slot('0.1')])).toEqual(['EGeneral:Invalid arguments:orders'])
    expect(await batch(Array.from({ length: 16 }, () => slot('0.1')))).toEqual(['EGeneral:Invalid arguments:orders'])
    expect(await batch([slot('0.1'), slot('0.1')], { validate: true })).toEqual([])
    expect(Object.keys((await bench.result('OpenOrders')).open)).toHaveLength(2)
  })

  test('EXE-09 the dead-man switch cancels everything once, is reset by each call and cleared by 0', async () => {
    const bench = new Bench()
    const place = (): Promise<string> => bench.place(bench.resting())
    await place()
    await place()
    const armed = await bench.result('CancelAllOrdersAfter', { timeout: '60' })
    expect(armed).toEqual({ currentTime: '2026-01-05T12:00:00Z', triggerTime: '2026-01-05T12:01:00Z' })
    bench.clock.advance(50_000)
    await bench.result('CancelAllOrdersAfter', { timeout: '60' })
    bench.clock.advance(50_000)
    expect(Object.keys((await bench.result('OpenOrders')).open)).toHaveLength(2)
    bench.clock.advance(11_000)
    expect((await bench.result('OpenOrders')).open).toEqual({})
    expect(Object.values((await bench.result('ClosedOrders')).closed).map((order) => (order as { reason: string }).reason)).toEqual([
      'Cancel all orders after timeout',
      'Cancel all orders after timeout',
    ])
    await place()
    bench.clock.advance(3_600_000)
    expect(Object.keys((await bench.result('OpenOrders')).open)).toHaveLength(1) // fired once; it is off now
    await bench.result('CancelAllOrdersAfter', { timeout: '60' })
    expect((await bench.result('CancelAllOrdersAfter', { timeout: '0' })).triggerTime).toBe('0')
    bench.clock.advance(120_000)
    expect(Object.keys((await bench.result('OpenOrders')).open)).toHaveLength(1)
    expect(bench.emulator.record().counters.deadManFired).toBe(1)
  })
})
