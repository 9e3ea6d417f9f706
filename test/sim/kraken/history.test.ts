import { describe, expect, test } from 'bun:test'
import { Bench } from './harness'

describe('histories (emulator)', () => {
  test('SIM-01 pages closed orders by 50, newest first, with the count of all; ofs reaches each once', async () => {
    const bench = new Bench()
    const placed: string[] = []
    for (let count = 0; count < 120; count++) {
      placed.unshift(await bench.place(bench.resting({ userref: String(count % 2) })))
      await bench.result('CancelOrder', { txid: placed[0] as string })
      bench.clock.advance(1_000)
    }
    const seen: string[] = []
    for (let ofs = 0; ofs < 120; ofs += 50) {
      const page = await bench.result('ClosedOrders', { ofs: String(ofs) })
      expect(page.count).toBe(120)
      seen.push(...Object.keys(page.closed))
    }
    expect(seen).toEqual(placed)
    const odd = await bench.result('ClosedOrders', { userref: '1', without_count: 'true' })
    expect(odd.count).toBeUndefined()
    expect(Object.keys(odd.closed)).toHaveLength(50)
  })

  test('start is exclusive and end inclusive; both may be the id of a row; closetime says which time counts', async () => {
    const bench = new Bench()
    const ids: string[] = []
    for (let count = 0; count < 4; count++) {
      ids.push(await bench.place(bench.resting()))
      bench.clock.advance(10_000)
    }
    bench.clock.advance(60_000)
    for (const txid of ids) await bench.result('CancelOrder', { txid })
    const t0 = Date.UTC(2026, 0, 5, 12) / 1_000
    const keys = async (fields: Record<string, string>): Promise<string[]> =>
      Object.keys((await bench.result('ClosedOrders', fields)).closed).toSorted()
    expect(await keys({ start: String(t0), end: String(t0 + 20), closetime: 'open' })).toEqual([ids[1], ids[2]].toSorted() as string[])
    expect(await keys({ start: ids[1] as string, closetime: 'open' })).toEqual([ids[2], ids[3]].toSorted() as string[])
    expect(await keys({ end: String(t0 + 50), closetime: 'close' })).toEqual([])
    expect(await keys({ start: String(t0 + 50) })).toEqual(ids.toSorted())
  })

  test('consolidate_taker merges the fills of one taker pass; false shows one row a fill, as exec_id names it', async () => {
    const bench = new Bench()
    const socket = await bench.privateSocket()
    socket.subscribe({ channel: 'executions', snap_orders: false, snap_trades: false })
    const depth = (await bench.get('Depth', { pair: 'XBTUSD', count: '3' })).result.XXBTZUSD
    const volume = (Number(depth.asks[0][1]) + Number(depth.asks[1][1]) + 0.01).toFixed(3)
    const rich = { ...bench.market({ volume }) }
    await bench.control('POST', '/emulator/deposit', { asset: 'USD', amount: '10000000' })
    const order = await bench.place(rich)
    const execIds = socket
      .of('executions')
      .flatMap((frame) => frame.data)
      .filter((row) => row.exec_type === 'trade')
      .map((row) => row.exec_id)
    expect(execIds.length).toBeGreaterThan(1)
    const merged = await bench.result('TradesHistory')
    expect(merged.count).toBe(1)
    const [row] = Object.values(merged.trades) as Record<string, string>[]
    expect(row?.['vol']).toBe(Number(volume).toFixed(8))
    expect(Object.keys(merged.trades)).toEqual([execIds[0]])
    const single = await bench.result('TradesHistory', { consolidate_taker: 'false' })
    expect(Object.keys(single.trades)).toEqual(execIds.toReversed())
    const costs = (Object.values(single.trades) as Record<string, string>[]).reduce((sum, trade) => sum + Number(trade['cost']), 0)
    expect(Number(row?.['cost'])).toBeCloseTo(costs, 4)
    const shown = async (flag: string): Promise<string[]> =>
      (await bench.result('QueryOrders', { txid: order, trades: 'true', consolidate_taker: flag }))[order].trades
    expect(await shown('true')).toEqual([execIds[0]])
    expect(await shown('false')).toEqual(execIds)
    expect((await bench.result('TradesHistory', { type: 'closed position' })).count).toBe(0)
  })

  test('keeps balance = previous balance + amount − fee through the ledger', async () => {
    const bench = new Bench()
    await bench.control('POST', '/emulator/deposit', { asset: 'USD', amount: '12.5' })
    for (let count = 0; count < 3; count++) await bench.place(bench.market({ type: count === 2 ? 'sell' : 'buy' }))
    const rows = (Object.values((await bench.result('Ledgers', { asset: 'ZUSD' })).ledger) as Record<string, string>[]).toReversed()
    let balance = 0
    for (const row of rows) {
      balance += Number(row['amount']) - Number(row['fee'])
      expect(Number(row['balance'])).toBeCloseTo(balance, 4)
    }
    expect(rows.map((row) => row['type'])).toEqual(['deposit', 'deposit', 'trade', 'trade', 'trade'])
    expect(Number((await bench.result('Balance')).ZUSD)).toBeCloseTo(balance, 4)
    await bench.control('POST', '/emulator/withdraw', { asset: 'USD', amount: '100' })
    expect(Object.values((await bench.result('Ledgers', { type: 'withdrawal' })).ledger)[0]).toMatchObject({
      amount: '-100.0000',
      fee: '0.0000',
    })
  })

  test('values the account in TradeBalance and steps down the fee schedule with the volume', async () => {
    const bench = new Bench()
    const equity = Number((await bench.result('TradeBalance')).eb)
    expect(equity).toBe(100_000)
    const before = await bench.result('TradeVolume', { pair: 'XBTUSD' })
    expect(before.fees.XXBTZUSD).toEqual({
      fee: '0.4000',
      minfee: '0.1000',
      maxfee: '0.4000',
      nextfee: '0.3500',
      nextvolume: '10000.0000',
      tiervolume: '0.0000',
    })
    expect(before.fees_maker.XXBTZUSD).toMatchObject({ fee: '0.2500', minfee: '0.0000' })
    await bench.place(bench.market({ volume: '0.2' }))
    const after = await bench.result('TradeVolume', { pair: 'XBTUSD' })
    expect(Number(after.volume)).toBeGreaterThan(10_000)
    expect(after.fees.XXBTZUSD).toMatchObject({ fee: '0.3500', nextfee: '0.2400', tiervolume: '10000.0000' })
    expect((await bench.result('TradeVolume')).fees).toBeUndefined()
    const inBtc = Number((await bench.result('TradeBalance', { asset: 'XBT' })).eb)
    const inUsd = Number((await bench.result('TradeBalance')).eb)
    expect(inUsd).toBeLessThan(100_000)
    expect(inBtc * Number((await bench.get('Ticker', { pair: 'XBTUSD' })).result.XXBTZUSD.c[0])).toBeCloseTo(inUsd, -1)
  })
})
