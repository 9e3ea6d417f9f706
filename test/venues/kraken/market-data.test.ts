/** Prints, bars and instruments of the public stream, against a scripted fake of Kraken in virtual time. */
import { describe, expect, test } from 'bun:test'
import type { MarketSubscription } from '#ports/venue'
import { BTC, type Rig, rig, settle } from './fake-kraken'

const SIGNAL = new AbortController().signal

function wanted(channels: MarketSubscription['channels'], timeframes: MarketSubscription['timeframes'] = [], id = BTC): MarketSubscription {
  return { instrumentId: id, channels, timeframes }
}

/** A rig connected with these subscriptions. */
function watching(entries: readonly MarketSubscription[], config: Parameters<typeof rig>[0] = {}): Rig {
  const made = rig({ usesPrivate: false, ...config })
  made.venue.subscribe(entries)
  settle(made.clock, made.venue.connect(SIGNAL))
  return made
}

describe('prints, bars, instruments', () => {
  test('VEN-03 prints come once each, a jump in their numbers is a fault', () => {
    const made = watching([wanted(['trade'])])
    const say = (...ids: number[]): void => {
      const data = ids.map((id) => ({
        symbol: 'BTC/USD',
        side: 'sell',
        price: 0.5117,
        qty: 40,
        ord_type: 'market',
        trade_id: id,
        timestamp: made.fake.stamp(),
      }))
      made.fake.publicSocket.say({ channel: 'trade', type: 'update', data })
    }
    say(7, 8)
    say(8)
    say(11)
    expect(made.heard.onTrade.map(([trade]) => trade.tradeKey)).toEqual(['7', '8', '11'])
    expect(made.heard.onTrade[0]?.[0]).toMatchObject({ instrumentId: BTC, side: 'sell', price: '0.5117', quantity: '40' })
    expect(made.heard.onFault).toEqual([[{ code: 'TRADE_GAP', text: '2 prints of BTC/USD were missed' }]])
  })

  test('MKT-03 closed bars come from the stream, every minute one, and the running one never', () => {
    const made = watching([wanted([], ['1m'])])
    const minute = Math.floor(made.clock.now() / 60_000) * 60_000
    const candle = (openAtMs: number, close: number) => ({
      symbol: 'BTC/USD',
      open: 1,
      high: 2,
      low: 1,
      close,
      volume: 5,
      vwap: 1.5,
      trades: 3,
      interval: 1,
      interval_begin: new Date(openAtMs).toISOString().replace('Z', '000000Z'),
    })
    made.fake.publicSocket.say({ channel: 'ohlc', type: 'snapshot', data: [candle(minute - 60_000, 1.5), candle(minute, 1.6)] })
    made.clock.advance(10_000)
    made.fake.publicSocket.say({ channel: 'ohlc', type: 'update', data: [candle(minute, 1.7)] })
    expect(made.heard.onBar).toEqual([])
    made.clock.advance(180_000)
    const bars = made.heard.onBar.map(([event]) => event)
    expect(bars.map((event) => [event.bar.openAtMs - minute, event.bar.close, event.bar.volume])).toEqual([
      [0, 1.7, 5],
      [60_000, 1.7, 0],
      [120_000, 1.7, 0],
    ])
    expect(bars[0]).toMatchObject({ instrumentId: BTC, timeframe: '1m' })
  })

  test('PAIN-05 bars that a long outage missed are read from the history, in order, before newer ones', () => {
    const made = watching([wanted([], ['1m'])])
    const minute = Math.floor(made.clock.now() / 60_000) * 60_000
    const candle = (openAtMs: number, close: number) => ({
      symbol: 'BTC/USD',
      open: close,
      high: close,
      low: close,
      close,
      volume: 1,
      interval: 1,
      interval_begin: new Date(openAtMs).toISOString(),
    })
    made.fake.publicSocket.say({ channel: 'ohlc', type: 'snapshot', data: [candle(minute, 1)] })
    made.clock.advance(60_000)
    made.fake.publicSocket.cut()
    made.clock.advance(300_000)
    made.fake.rest.set('OHLC', () => {
      const rows = [0, 1, 2, 3, 4, 5, 6].map((index) => [(minute + index * 60_000) / 1_000, '1', '1', '1', String(index + 1), '1', '1', 1])
      return { result: { XXBTZUSD: rows, last: (minute + 300_000) / 1_000 } }
    })
    settle(made.clock, made.venue.connect(SIGNAL))
    made.fake.publicSocket.say({ channel: 'ohlc', type: 'snapshot', data: [candle(minute + 360_000, 7)] })
    made.clock.advance(60_000)
    expect(made.heard.onBar.map(([event]) => [(event.bar.openAtMs - minute) / 60_000, event.bar.close])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
      [5, 6],
      [6, 7],
    ])
    expect(made.fake.callsOf('OHLC')).toHaveLength(1)
  })

  test('MKT-02 the instrument channel keeps status and steps up to date, and tells changes only', () => {
    const made = watching([])
    const row = {
      symbol: 'BTC/USD',
      base: 'BTC',
      quote: 'USD',
      status: 'online',
      qty_precision: 8,
      price_precision: 1,
      cost_precision: 5,
      cost_min: 0.5,
    }
    const steps = '"qty_increment":1e-08,"price_increment":0.1,"qty_min":0.00005'
    const say = (status: string): void => {
      const text = JSON.stringify({ channel: 'instrument', type: 'update', data: { assets: [], pairs: [{ ...row, status }] } })
      made.fake.publicSocket.say(text.replace('"cost_min"', `${steps},"cost_min"`))
    }
    say('online')
    expect(made.heard.onInstrument).toEqual([])
    say('cancel_only')
    say('cancel_only')
    say('maintenance')
    expect(made.heard.onInstrument.map(([instrument]) => [instrument.instrumentId, instrument.status])).toEqual([
      [BTC, 'cancelOnly'],
      [BTC, 'offline'],
    ])
    expect(made.heard.onInstrument[0]?.[0]).toMatchObject({ lotSize: '0.00000001', tickSize: '0.1', quantityMin: '0.00005' })
  })

  test('VEN-16 the venue own status shows in health, a change is told', () => {
    const made = watching([])
    made.fake.publicSocket.say({ channel: 'status', type: 'update', data: [{ system: 'post_only' }] })
    expect(made.venue.health().systemStatus).toBe('post_only')
    expect(made.heard.onFault.at(-1)?.[0]).toEqual({ code: 'SYSTEM_STATUS', text: 'Kraken says that it is post_only' })
  })
})
