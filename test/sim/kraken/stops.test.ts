import { describe, expect, test } from 'bun:test'
import type { Answer } from './harness'
import { Tape } from './tape'

const CLIENT = '6d1b345e-2821-40e2-ad83-4ecb18a06876'

const sell = (extra: Record<string, string>): Record<string, string> => ({ pair: 'XBTUSD', type: 'sell', volume: '0.1', ...extra })
const stop = (extra: Record<string, string> = {}): Record<string, string> => sell({ ordertype: 'stop-loss', price: '49000.0', ...extra })

describe('conditional orders over REST (emulator, virtual time)', () => {
  test('VEN-04 the text of a stop with a limit is that of the sheet', async () => {
    const bench = new Tape()
    const described = async (fields: Record<string, string>): Promise<string> =>
      (await bench.result('AddOrder', sell({ validate: 'true', ...fields }))).descr.order
    const both = { price: '22000', price2: '21000' }
    expect(await described({ ordertype: 'stop-loss-limit', ...both })).toBe('sell 0.10000000 XBTUSD @ stop loss 22000.0 -> limit 21000.0')
    expect(await described({ ordertype: 'take-profit-limit', price: '60000', price2: '59000' })).toBe(
      'sell 0.10000000 XBTUSD @ take profit 60000.0 -> limit 59000.0',
    )
    expect(await described({ ordertype: 'stop-loss', price: '22000' })).toBe('sell 0.10000000 XBTUSD @ stop loss 22000.0')
    expect(await described({ ordertype: 'trailing-stop', price: '+5%' })).toBe('sell 0.10000000 XBTUSD @ trailing stop +5%')
    expect(await described({ ordertype: 'trailing-stop-limit', price: '+500', price2: '-1%' })).toBe(
      'sell 0.10000000 XBTUSD @ trailing stop +500 -> limit -1%',
    )
    expect(await described({ ordertype: 'trailing-stop-limit', price: '+500', price2: '49000' })).toBe(
      'sell 0.10000000 XBTUSD @ trailing stop +500 -> limit 49000.0',
    )
  })

  test('EXE-14 a stop-loss-limit waits as open, binds its coins, has no place in the book, then rests at its limit and fills', async () => {
    const bench = new Tape()
    await bench.tradeAt('50000')
    const depth = (await bench.get('Depth', { pair: 'XBTUSD' })).result
    const id = await bench.place(sell({ ordertype: 'stop-loss-limit', price: '49000', price2: '48900', cl_ord_id: CLIENT }))
    expect((await bench.get('Depth', { pair: 'XBTUSD' })).result).toEqual(depth)
    expect((await bench.result('BalanceEx')).XXBT.hold_trade).toBe('0.1000000000')
    const open = (await bench.result('OpenOrders', { cl_ord_id: CLIENT })).open[id]
    expect(open).toMatchObject({ status: 'open', vol_exec: '0.00000000', trigger: 'last', misc: '', cl_ord_id: CLIENT })
    expect(open).toMatchObject({ stopprice: '49000.00000', limitprice: '0.00000', price: '0.00000' })
    expect(open.descr).toMatchObject({ ordertype: 'stop-loss-limit', price: '49000.0', price2: '48900.0' })
    await bench.tradeAt('49000.1')
    expect(await bench.orderOf(id)).toMatchObject({ misc: '', limitprice: '0.00000' })
    await bench.tradeAt('48000') // the market has run through: the limit rests
    expect(await bench.orderOf(id)).toMatchObject({ status: 'open', misc: 'stopped', limitprice: '48900.00000', vol_exec: '0.00000000' })
    expect((await bench.get('Depth', { pair: 'XBTUSD' })).result.XXBTZUSD.asks[0].slice(0, 2)).toEqual(['48900.00000', '0.100'])
    await bench.tradeAt('48900.0')
    expect(await bench.orderOf(id)).toMatchObject({ status: 'open', vol_exec: '0.00100000', price: '48900.00000' })
  })

  test('EXE-14 each market form closes at the market once the last trade reaches its trigger', async () => {
    const run = async (fields: Record<string, string>, quiet: string, hit: string): Promise<Answer> => {
      const bench = new Tape()
      await bench.tradeAt('50000')
      const id = await bench.place(sell(fields))
      await bench.tradeAt(quiet)
      expect((await bench.orderOf(id)).status).toBe('open')
      await bench.tradeAt(hit)
      const { closed } = await bench.result('ClosedOrders')
      return closed[id]
    }
    const done = { status: 'closed', vol_exec: '0.10000000' }
    expect(await run({ ordertype: 'stop-loss', price: '49000' }, '49000.1', '49000')).toMatchObject({ ...done, misc: 'stopped' })
    expect(await run({ ordertype: 'take-profit', price: '51000' }, '50999.9', '51000')).toMatchObject({ ...done, misc: 'touched' })
    expect(await run({ ordertype: 'trailing-stop', price: '+2%' }, '52000', '50960')).toMatchObject({ ...done, misc: 'stopped' })
    expect(await run({ type: 'buy', ordertype: 'stop-loss', price: '51000' }, '50999.9', '51000')).toMatchObject(done)
    expect(await run({ type: 'buy', ordertype: 'take-profit', price: '49000' }, '49000.1', '49000')).toMatchObject(done)
    expect(await run({ type: 'buy', ordertype: 'trailing-stop', price: '+1000' }, '48000', '49000')).toMatchObject(done)
  })

  test('VEN-04 price and price2 of a stop are both relative to the last trade', async () => {
    const bench = new Tape()
    await bench.tradeAt('50000')
    const prices = async (fields: Record<string, string>): Promise<string[]> => {
      const { descr } = await bench.orderOf(await bench.place(sell(fields)))
      return [descr.price, descr.price2]
    }
    expect(await prices({ ordertype: 'stop-loss-limit', price: '-1000', price2: '-1100' })).toEqual(['49000.0', '48900.0'])
    expect(await prices({ ordertype: 'stop-loss-limit', price: '#2%', price2: '#3%' })).toEqual(['49000.0', '48500.0'])
    expect(await prices({ ordertype: 'take-profit-limit', price: '+2%', price2: '+1%' })).toEqual(['51000.0', '50500.0'])
    expect(await prices({ ordertype: 'stop-loss', price: '#1000' })).toEqual(['49000.0', '0'])
    expect(await prices({ ordertype: 'trailing-stop-limit', price: '+1000', price2: '-100' })).toEqual(['+1000', '-100'])
  })

  const refused: readonly [string, Record<string, string>, string][] = [
    ['a stop without a trigger', { ordertype: 'stop-loss' }, 'EGeneral:Invalid arguments:price'],
    ['a stop-limit without a limit', { ordertype: 'stop-loss-limit', price: '49000' }, 'EGeneral:Invalid arguments:price2'],
    ['a trigger on a limit order', { ordertype: 'limit', price: '60000', trigger: 'last' }, 'EGeneral:Invalid arguments:trigger'],
    ['the index', { ordertype: 'stop-loss', price: '49000', trigger: 'index' }, 'EGeneral:Invalid arguments:Index unavailable'],
    ['a trailing price', { ordertype: 'trailing-stop', price: '500' }, 'EGeneral:Invalid arguments:price'],
    ['a trailing distance of zero', { ordertype: 'trailing-stop', price: '+0' }, 'EGeneral:Invalid arguments:price'],
    [
      'a post-only stop',
      { ordertype: 'stop-loss-limit', price: '49000', price2: '48900', oflags: 'post' },
      'EGeneral:Invalid arguments:oflags',
    ],
    ['a FOK stop', { ordertype: 'stop-loss', price: '49000', timeinforce: 'FOK' }, 'EGeneral:Invalid arguments:timeinforce'],
    [
      'a fine trigger',
      { ordertype: 'stop-loss', price: '49000.01' },
      'EOrder:Invalid price:XXBTZUSD price can only be specified up to 1 decimals.',
    ],
    ['too little', { ordertype: 'stop-loss', price: '49000', volume: '0.00001' }, 'EOrder:Order minimum not met'],
    ['coins that are not there', { ordertype: 'stop-loss', price: '49000', volume: '10.1' }, 'EOrder:Insufficient funds'],
  ]
  for (const [what, fields, text] of refused) {
    test(`VEN-04 a conditional order is refused for ${what}`, async () => {
      expect(await new Tape().call('AddOrder', sell(fields))).toEqual({ error: [text] })
    })
  }

  test('EXE-13 the coins of a waiting sell are bound: a second protective order for them lacks funds, in a batch its slot alone', async () => {
    const bench = new Tape()
    await bench.tradeAt('50000')
    await bench.place(stop({ volume: '6' }))
    expect((await bench.call('AddOrder', sell({ ordertype: 'take-profit', price: '51000', volume: '6' }))).error).toEqual([
      'EOrder:Insufficient funds',
    ])
    const slot = (ordertype: string, price: string, volume: string): object => ({ ordertype, type: 'sell', price, volume })
    const batch = await bench.callJson('AddOrderBatch', {
      pair: 'XBTUSD',
      orders: [slot('stop-loss', '49000', '1'), slot('take-profit', '51000', '6'), slot('trailing-stop', '+5%', '1')],
    })
    expect(batch.error).toEqual([])
    expect(batch.result.orders.map((one: Answer) => one.error ?? one.txid[0])).toEqual(['O', 'EOrder:Insufficient funds', 'O'])
    expect((await bench.result('BalanceEx')).XXBT.hold_trade).toBe('8.0000000000')
  })

  test('EXE-14 AmendOrder moves a trigger, a limit, a quantity and a distance, and keeps a peak', async () => {
    const bench = new Tape()
    await bench.tradeAt('50000')
    const id = await bench.place(sell({ ordertype: 'stop-loss-limit', price: '49000', price2: '48900', cl_ord_id: CLIENT }))
    await bench.result('AmendOrder', { cl_ord_id: CLIENT, trigger_price: '48000', limit_price: '47900', order_qty: '0.2' })
    expect(await bench.orderOf(id)).toMatchObject({ vol: '0.20000000', stopprice: '48000.00000', misc: 'amended' })
    const rows = (await bench.result('OrderAmends', { order_id: id })).amends
    expect(rows.map((row: Answer) => [row.amend_type, row.trigger_price, row.limit_price, row.order_qty])).toEqual([
      ['original', '49000.0', '48900.0', '0.10000000'],
      ['user', '48000.0', '47900.0', '0.20000000'],
    ])
    expect((await bench.result('BalanceEx')).XXBT.hold_trade).toBe('0.2000000000')
    const trailing = await bench.place(sell({ ordertype: 'trailing-stop', price: '+2%' }))
    await bench.tradeAt('52000')
    await bench.tradeAt('51500')
    await bench.result('AmendOrder', { txid: trailing, trigger_price: '+2000' })
    expect(await bench.orderOf(trailing)).toMatchObject({ status: 'open', stopprice: '50000.00000', descr: { price: '+2000' } })
    const error = async (fields: Record<string, string>): Promise<string[]> => (await bench.call('AmendOrder', fields)).error
    expect(await error({ txid: trailing, trigger_price: '49000' })).toEqual(['EGeneral:Invalid arguments:trigger_price'])
    expect(await error({ txid: trailing, limit_price: '49000' })).toEqual(['EOrder:Invalid order'])
    expect(await error({ txid: id, trigger_price: '48000.01' })).toEqual([
      'EOrder:Invalid price:XXBTZUSD price can only be specified up to 1 decimals.',
    ])
    expect(await error({ txid: id, order_qty: '50' })).toEqual(['EOrder:Insufficient funds'])
    await bench.tradeAt('47950')
    expect(await error({ txid: id, trigger_price: '47000' })).toEqual(['EOrder:Invalid order']) // triggered: a limit order now
    await bench.result('AmendOrder', { txid: id, limit_price: '52500' })
    expect(await bench.orderOf(id)).toMatchObject({ status: 'open', limitprice: '52500.00000', misc: 'stopped,amended' })
  })

  test('EXE-14 EditOrder replaces a trailing stop by one of another distance', async () => {
    const bench = new Tape()
    await bench.tradeAt('50000')
    const id = await bench.place(sell({ ordertype: 'trailing-stop', price: '+2%' }))
    const edited = await bench.result('EditOrder', { txid: id, pair: 'XBTUSD', price: '+3%' })
    expect(edited.descr.order).toBe('sell 0.10000000 XBTUSD @ trailing stop +3%')
    expect(await bench.orderOf(edited.txid)).toMatchObject({ status: 'open', stopprice: '48500.00000' })
    expect(await bench.orderOf(id)).toMatchObject({ status: 'canceled', reason: 'Order replaced' })
  })

  test('EXE-13 cancels, batches, cancel-all and the dead-man switch take a waiting order like any other', async () => {
    const bench = new Tape()
    await bench.tradeAt('50000')
    const canceled = async (id: string): Promise<Answer> => (await bench.result('ClosedOrders')).closed[id]
    const one = await bench.place(stop())
    expect(await bench.result('CancelOrder', { txid: one })).toEqual({ count: 1 })
    expect(await canceled(one)).toMatchObject({ status: 'canceled', reason: 'User requested', misc: '', vol_exec: '0.00000000' })
    expect((await bench.call('CancelOrder', { txid: one })).error).toEqual(['EOrder:Unknown order'])
    await bench.place(stop({ cl_ord_id: CLIENT }))
    const two = await bench.place(stop({ userref: '6' }))
    expect((await bench.callJson('CancelOrderBatch', { orders: [two], cl_ord_ids: [CLIENT] })).result).toEqual({ count: 2 })
    await bench.place(stop())
    expect(await bench.result('CancelAll')).toEqual({ count: 1 })
    const last = await bench.place(stop({ price: '22000' }))
    await bench.result('CancelAllOrdersAfter', { timeout: '60' })
    bench.clock.advance(61_000)
    expect(await canceled(last)).toMatchObject({ status: 'canceled', reason: 'Cancel all orders after timeout' })
    expect((await bench.result('BalanceEx')).XXBT.hold_trade).toBe('0.0000000000')
  })

  test('EXE-13 a waiting order counts as open: against the limit of open orders and the engine counter', async () => {
    const bench = new Tape({ hasLimits: true, tier: 'starter' })
    for (let count = 0; count < 60; count++) {
      await bench.place(stop({ volume: '0.001', price: '22000' }))
      bench.clock.advance(4_000) // the counters decay
    }
    expect((await bench.call('AddOrder', stop({ volume: '0.001', price: '22000' }))).error).toEqual(['EOrder:Orders limit exceeded'])
  })

  test('VEN-04 modes: none is taken in post-only, cancel-only and maintenance; those that wait can go where cancels can', async () => {
    const bench = new Tape()
    await bench.tradeAt('50000')
    const id = await bench.place(stop())
    const refusal = async (): Promise<string> => (await bench.call('AddOrder', stop())).error[0]
    bench.emulator.setSystemStatus('post_only')
    expect(await refusal()).toBe('EService:Market in post_only mode')
    bench.emulator.setSystemStatus('maintenance')
    expect(await refusal()).toBe('EService:Unavailable')
    expect((await bench.call('CancelOrder', { txid: id })).error).toEqual(['EService:Unavailable'])
    bench.emulator.setSystemStatus('cancel_only')
    expect(await refusal()).toBe('EService:Market in cancel_only mode')
    expect((await bench.call('AmendOrder', { txid: id, trigger_price: '48000' })).error).toEqual(['EService:Market in cancel_only mode'])
    expect(await bench.result('CancelOrder', { txid: id })).toEqual({ count: 1 })
  })

  test('EXE-13 a lost reply leaves a stop that waits, to be found by its client id', async () => {
    const bench = new Tape()
    bench.fault({ kind: 'lostReply', methods: ['AddOrder'], count: 1 })
    expect((await bench.send('AddOrder', stop({ cl_ord_id: CLIENT }))).kind).toBe('drop')
    const { open } = await bench.result('OpenOrders', { cl_ord_id: CLIENT })
    expect(Object.values(open)).toMatchObject([{ status: 'open', descr: { ordertype: 'stop-loss' } }])
  })

  test('EXE-13 a restart keeps what waits: trigger, distance and peak', async () => {
    const first = new Tape()
    await first.tradeAt('50000')
    const id = await first.place(sell({ ordertype: 'trailing-stop', price: '+2000' }))
    await first.tradeAt('52000')
    first.emulator.stop()
    const next = new Tape({}, { store: first.store, clock: first.clock, nonce: first.nextNonce() + 1_000n })
    expect(await next.orderOf(id)).toMatchObject({ status: 'open', stopprice: '50000.00000' })
    await next.tradeAt('51000')
    expect((await next.orderOf(id)).status).toBe('open')
    await next.tradeAt('50000')
    expect(await next.orderOf(id)).toMatchObject({ status: 'closed', misc: 'stopped' })
  })
})
