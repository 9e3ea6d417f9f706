import { describe, expect, test } from 'bun:test'
import { Bench, START_MS } from './harness'

describe('public REST (emulator)', () => {
  test('SIM-01 tells time, status, assets and pairs as the venue writes them', async () => {
    const bench = new Bench()
    expect((await bench.get('Time')).result).toEqual({ unixtime: START_MS / 1_000, rfc1123: 'Mon, 05 Jan 26 12:00:00 +0000' })
    expect((await bench.get('SystemStatus')).result).toEqual({ status: 'online', timestamp: '2026-01-05T12:00:00Z' })
    const assets = (await bench.get('Assets', { asset: 'XBT,ZUSD' })).result
    expect(assets.XXBT).toEqual({
      aclass: 'currency',
      altname: 'XBT',
      decimals: 10,
      display_decimals: 5,
      collateral_value: 1,
      status: 'enabled',
    })
    expect(assets.ZUSD.decimals).toBe(4)
    const pair = (await bench.get('AssetPairs', { pair: 'XBTUSD' })).result.XXBTZUSD
    expect(pair).toMatchObject({
      altname: 'XBTUSD',
      wsname: 'XBT/USD',
      base: 'XXBT',
      quote: 'ZUSD',
      pair_decimals: 1,
      lot_decimals: 8,
      cost_decimals: 5,
      ordermin: '0.00005',
      costmin: '0.5',
      tick_size: '0.1',
      status: 'online',
      leverage_buy: [],
    })
    expect(pair.fees[0]).toEqual([0, 0.4])
    expect(pair.fees_maker.at(-1)).toEqual([10000000, 0])
    expect(Object.keys((await bench.get('AssetPairs')).result)).toEqual(['XXBTZUSD', 'XETHZUSD', 'SOLUSD', 'XXRPZUSD'])
    expect(Object.keys((await bench.get('AssetPairs', { pair: 'XBTUSD', info: 'fees' })).result.XXBTZUSD)).toEqual([
      'fees',
      'fees_maker',
      'fee_volume_currency',
    ])
    expect((await bench.get('AssetPairs', { aclass_base: 'tokenized_asset' })).result).toEqual({})
  })

  test('answers under the canonical id, or under the slash form when it was asked by one', async () => {
    const bench = new Bench()
    for (const name of ['XBTUSD', 'XXBTZUSD']) expect(Object.keys((await bench.get('Depth', { pair: name })).result)).toEqual(['XXBTZUSD'])
    for (const name of ['XBT/USD', 'BTC/USD']) expect(Object.keys((await bench.get('Depth', { pair: name })).result)).toEqual([name])
  })

  test('writes every figure of Ticker but the counts as text with fixed decimals', async () => {
    const ticker = (await new Bench().get('Ticker', { pair: 'XBTUSD' })).result.XXBTZUSD
    expect(ticker.a[0]).toMatch(/^\d+\.\d{5}$/)
    expect(ticker.a[1]).toMatch(/^\d+$/)
    expect(ticker.a[2]).toMatch(/^\d+\.\d{3}$/)
    expect(ticker.c[1]).toMatch(/^\d+\.\d{8}$/)
    expect(ticker.o).toMatch(/^\d+\.\d{5}$/)
    expect(ticker.t.every(Number.isInteger)).toBe(true)
    expect(Object.keys((await new Bench().get('Ticker')).result)).toHaveLength(4)
  })

  test('OHLC: 720 committed rows at most, then the running one; last is the newest committed; no hole', async () => {
    const bench = new Bench()
    for (const interval of [1, 5, 15, 30, 60, 240, 1440]) {
      const result = (await bench.get('OHLC', { pair: 'XBTUSD', interval: String(interval) })).result
      const rows = result.XXBTZUSD
      expect(rows.length).toBeLessThanOrEqual(721)
      expect(rows.length).toBeGreaterThan(1)
      for (let index = 1; index < rows.length; index++) expect(rows[index][0] - rows[index - 1][0]).toBe(interval * 60)
      expect(result.last).toBe(rows.at(-2)[0])
      expect(rows.at(-1)[0]).toBe(Math.floor(START_MS / (interval * 60_000)) * interval * 60)
      expect(rows[0][1]).toMatch(/^\d+\.\d$/) // pair_decimals, not the five of Ticker
    }
  })

  test('OHLC: since leaves committed rows out, never the running one; a new minute commits the old one', async () => {
    const bench = new Bench()
    const last = (await bench.get('OHLC', { pair: 'XBTUSD' })).result.last
    const now = (await bench.get('OHLC', { pair: 'XBTUSD', since: String(last) })).result
    expect(now.XXBTZUSD).toHaveLength(1)
    expect((await bench.get('OHLC', { pair: 'XBTUSD', since: '9999999999' })).result.XXBTZUSD).toHaveLength(1)
    bench.clock.advance(60_000)
    const later = (await bench.get('OHLC', { pair: 'XBTUSD', since: String(last) })).result
    expect(later.XXBTZUSD).toHaveLength(2)
    expect(later.last).toBe(last + 60)
  })

  test('Depth: best first on both sides, at most the count asked', async () => {
    const { asks, bids } = (await new Bench().get('Depth', { pair: 'XBTUSD', count: '5' })).result.XXBTZUSD
    expect(asks.length).toBe(5)
    expect(Number(asks[0][0])).toBeLessThan(Number(asks[1][0]))
    expect(Number(bids[0][0])).toBeGreaterThan(Number(bids[1][0]))
    expect(Number(asks[0][0])).toBeGreaterThan(Number(bids[0][0]))
    expect(bids[0][1]).toMatch(/^\d+\.\d{3}$/)
  })

  test('Trades: paging by last gives every trade once, in order, and ends with the given since', async () => {
    const bench = new Bench({ stepMs: 1_000, tradeEveryMs: 1_000 })
    bench.clock.advance(120_000)
    const all = (await bench.get('Trades', { pair: 'XBTUSD', since: '0' })).result.XXBTZUSD
    expect(all.length).toBeGreaterThan(20)
    expect(all[0]).toEqual([
      expect.stringMatching(/^\d+\.\d{5}$/),
      expect.stringMatching(/^\d+\.\d{8}$/),
      expect.any(Number),
      expect.stringMatching(/^[bs]$/),
      expect.stringMatching(/^[ml]$/),
      '',
      1,
    ])
    const seen: number[] = []
    let since = '0'
    for (let page = 0; page < 200; page++) {
      const result = (await bench.get('Trades', { pair: 'XBTUSD', since, count: '7' })).result
      if (result.XXBTZUSD.length === 0) {
        expect(result.last).toBe(since)
        break
      }
      seen.push(...result.XXBTZUSD.map((row: unknown[]) => row[6]))
      since = result.last
    }
    expect(seen).toEqual(all.map((row: unknown[]) => row[6]))
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => index + 1))
    expect((await bench.get('Trades', { pair: 'XBTUSD', count: '3' })).result.XXBTZUSD.map((row: unknown[]) => row[6])).toEqual(
      seen.slice(-3),
    )
    expect((await bench.get('Trades', { pair: 'XBTUSD', since: String(START_MS / 1_000 - 10) })).result.XXBTZUSD).toHaveLength(all.length)
  })

  const refused: readonly [string, string, Record<string, string>, string][] = [
    ['an unknown method', 'Foo', {}, 'EGeneral:Unknown method'],
    ['a method in lower case', 'ticker', {}, 'EGeneral:Unknown method'],
    ['an unknown pair', 'Ticker', { pair: 'FOOUSD' }, 'EQuery:Unknown asset pair'],
    ['an unknown asset', 'Assets', { asset: 'FOO' }, 'EQuery:Unknown asset'],
    ['an unknown asset class', 'Assets', { aclass: 'x' }, 'EGeneral:Invalid arguments:aclass'],
    ['an unknown base class', 'AssetPairs', { aclass_base: 'x' }, 'EGeneral:Invalid arguments:aclass_base'],
    ['an unknown info', 'AssetPairs', { info: 'x' }, 'EGeneral:Invalid arguments:info'],
    ['a missing pair', 'Depth', {}, 'EGeneral:Invalid arguments:pair'],
    ['an interval that is none', 'OHLC', { pair: 'XBTUSD', interval: '7' }, 'EGeneral:Invalid arguments'],
    ['a since that is no number', 'OHLC', { pair: 'XBTUSD', since: 'x' }, 'EGeneral:Invalid arguments:since'],
    ['a since that is no number', 'Trades', { pair: 'XBTUSD', since: 'x' }, 'EGeneral:Invalid arguments:since'],
    ['a depth above 500', 'Depth', { pair: 'XBTUSD', count: '501' }, 'EGeneral:Invalid arguments:count'],
    ['more than 1,000 trades', 'Trades', { pair: 'XBTUSD', count: '1001' }, 'EGeneral:Invalid arguments:count'],
  ]
  for (const [what, method, fields, text] of refused) {
    test(`refuses ${what} with ${text} (${method})`, async () => {
      expect(await new Bench().get(method, fields)).toEqual({ error: [text] })
    })
  }

  test('answers paths that are no API with 404 and a page', async () => {
    const bench = new Bench()
    const response = await bench.emulator.handle({ method: 'GET', path: '/', query: '', headers: {}, body: '' })
    expect(response).toMatchObject({ kind: 'answer', status: 404 })
  })
})
