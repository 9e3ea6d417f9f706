/** The public stream against a scripted fake of Kraken in virtual time. */
import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { instrumentId } from '#domain/ids'
import type { MarketSubscription } from '#ports/venue'
import { BTC, connected, type FakeSocket, failureOf, MATIC, type Rig, rig, settle } from './fake-kraken'

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

function ticker(made: Rig, fields: object, type: 'snapshot' | 'update' = 'update', ageMs = 0): void {
  const row = {
    symbol: 'BTC/USD',
    bid: 100.5,
    bid_qty: 2,
    ask: 100.6,
    ask_qty: 3,
    last: 100.5,
    timestamp: made.fake.stamp(-ageMs),
    ...fields,
  }
  made.fake.publicSocket.say({ channel: 'ticker', type, data: [row] })
}

const BOOK_SNAPSHOT =
  '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":1.9,"qty":1.00000000}],"asks":[{"price":2.0,"qty":0.50000000}],"checksum":CRC}]}'
const SOUND = BOOK_SNAPSHOT.replace('CRC', String(Bun.hash.crc32('205000000019100000000')))
const UNSOUND_UPDATE =
  '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":1.8,"qty":1.00000000}],"asks":[],"checksum":1,"timestamp":"STAMP"}]}'

test('VEN-03 opens the stream, subscribes the wanted set and says up', () => {
  const { fake, heard, venue } = watching([wanted(['quote', 'trade', 'book'], ['1m', '1h'])])
  const frames = fake.publicSocket.requests('subscribe').map((frame) => frame.params)
  expect(frames).toEqual([
    { channel: 'instrument', snapshot: true },
    { channel: 'ticker', symbol: ['BTC/USD'], event_trigger: 'bbo', snapshot: true },
    { channel: 'trade', symbol: ['BTC/USD'], snapshot: false },
    { channel: 'book', symbol: ['BTC/USD'], depth: 10, snapshot: true },
    { channel: 'ohlc', symbol: ['BTC/USD'], interval: 1, snapshot: true },
    { channel: 'ohlc', symbol: ['BTC/USD'], interval: 60, snapshot: true },
  ])
  expect(heard.onStream).toEqual([[{ stream: 'public', state: 'up', reason: 'subscribed' }]])
  expect(venue.health()).toMatchObject({ publicStream: 'up', systemStatus: 'online', refusedSubscriptions: [] })
})

test('VEN-03 subscribes in batches of 50 with a pause, and records the refused ones', () => {
  const made = rig({ usesPrivate: false })
  const pairs: Record<string, unknown> = {}
  const ids: MarketSubscription[] = []
  for (let index = 0; index < 120; index++) {
    const base = `C${String(index).padStart(3, '0')}`
    pairs[`${base}USD`] = {
      altname: `${base}USD`,
      wsname: `${base}/USD`,
      base,
      quote: 'ZUSD',
      cost_decimals: 5,
      pair_decimals: 2,
      lot_decimals: 8,
      status: 'online',
    }
    ids.push(wanted(['quote'], [], instrumentId(`${base}-USD@kraken`)))
  }
  made.fake.rest.set('AssetPairs', () => ({ result: pairs }))
  made.fake.refusals.set('C007/USD', 'Currency pair not supported C007/USD')
  made.venue.subscribe([...ids, wanted(['quote'], [], instrumentId('NONE-USD@kraken'))])
  settle(made.clock, made.venue.connect(SIGNAL))
  const sizes = made.fake.publicSocket.requests('subscribe').map((frame) => (frame.params['symbol'] as string[] | undefined)?.length)
  expect(sizes).toEqual([undefined, 50, 50, 20])
  expect(made.venue.health().refusedSubscriptions).toEqual([
    'ticker C007/USD: Currency pair not supported C007/USD',
    'NONE-USD@kraken: unknown instrument',
  ])
  expect(made.heard.onFault.map(([fault]) => fault.code)).toEqual(['SUBSCRIPTION_REFUSED'])
})

test('VEN-03 an unanswered subscription is asked again once, then recorded', () => {
  const made = rig({ usesPrivate: false, subscribeTimeoutMs: 1_000 })
  made.fake.intercept = (_, frame) => (frame['params'] as { channel?: string } | undefined)?.channel === 'trade'
  made.venue.subscribe([wanted(['quote', 'trade'])])
  settle(made.clock, made.venue.connect(SIGNAL))
  const asked = made.fake.publicSocket.requests('subscribe').filter((frame) => frame.params['channel'] === 'trade')
  expect(asked).toHaveLength(2)
  expect(made.venue.health().refusedSubscriptions).toEqual(['trade BTC/USD: no answer within 1000 ms'])
})

test('VEN-03 a changed wanted set sends the difference only', () => {
  const made = watching([wanted(['quote'], ['1m'])])
  const before = made.fake.publicSocket.sent.length
  made.venue.subscribe([wanted(['quote']), wanted(['quote'], [], MATIC)])
  made.clock.advance(500)
  const frames = made.fake.publicSocket.sent.slice(before).map((text) => JSON.parse(text))
  expect(frames.map(({ method, params }) => [method, params.channel, params.symbol])).toEqual([
    ['unsubscribe', 'ohlc', ['BTC/USD']],
    ['subscribe', 'ticker', ['MATIC/USD']],
  ])
})

test('PAIN-05 after a cut the session connects again, and the whole wanted set is active within 5 s', () => {
  const made = watching([wanted(['quote', 'trade', 'book'], ['1m']), wanted(['quote', 'book'], ['5m'], MATIC)])
  const first = made.fake.publicSocket
  first.cut()
  expect(made.heard.onStream.at(-1)?.[0]).toMatchObject({ stream: 'public', state: 'down' })
  made.clock.advance(3_000)
  // The adapter never comes back by itself.
  expect(made.fake.sockets).toHaveLength(1)
  const atMs = made.clock.now()
  settle(made.clock, made.venue.connect(SIGNAL))
  expect(made.clock.now() - atMs).toBeLessThan(5_000)
  const topics = (socket: FakeSocket) =>
    socket
      .requests('subscribe')
      .map((frame) => JSON.stringify(frame.params))
      .sort()
  expect(topics(made.fake.publicSocket)).toEqual(topics(first))
  expect(made.venue.health()).toMatchObject({ publicStream: 'up', reconnects: 1 })
})

describe('quotes', () => {
  test('VEN-03 a ticker becomes a quote with exact figures', () => {
    const made = watching([wanted(['quote'])])
    const stamp = made.fake.stamp()
    made.fake.publicSocket.say(
      `{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":0.10025,"bid_qty":740.00000001,"ask":0.10035,"ask_qty":67108865.12345677,"last":1,"timestamp":"${stamp}"}]}`,
    )
    expect(made.heard.onQuote.at(-1)?.[0]).toEqual({
      instrumentId: BTC,
      bidPrice: decimal('0.10025'),
      bidQuantity: decimal('740.00000001'),
      askPrice: decimal('0.10035'),
      askQuantity: decimal('67108865.12345677'),
      lastPrice: decimal('1'),
      venueAtMs: Date.parse(stamp),
      receivedAtMs: made.clock.now(),
    })
  })

  test('PAIN-06 a crossed or one-sided quote is never published: the market is marked, until a sound one comes', () => {
    const made = watching([wanted(['quote'])])
    ticker(made, {}, 'snapshot')
    for (const fields of [{ bid: 100.7 }, { bid: 100.6 }, { bid: 0, bid_qty: 0 }, { ask: null, ask_qty: null }, { ask_qty: 0 }]) {
      made.clock.advance(10)
      ticker(made, fields)
    }
    expect(made.heard.onQuote).toHaveLength(1)
    expect(made.heard.onBook).toEqual([[BTC, null]])
    made.clock.advance(10)
    ticker(made, {})
    expect(made.heard.onQuote).toHaveLength(2)
    expect(made.heard.onBook.at(-1)?.[1]?.bids).toEqual([{ price: decimal('100.5'), quantity: decimal('2') }])
  })

  test('PAIN-04 an older or repeated frame does not refresh a quote', () => {
    const made = watching([wanted(['quote'])])
    ticker(made, {})
    ticker(made, {})
    ticker(made, { bid: 100.4 }, 'update', 200)
    expect(made.heard.onQuote).toHaveLength(1)
    ticker(made, { bid: 100.4 })
    expect(made.heard.onQuote).toHaveLength(2)
  })
})

describe('proof of life', () => {
  test('PAIN-04 heartbeats keep a quiet market alive, without a false alarm', () => {
    const made = watching([wanted(['quote'])])
    ticker(made, {}, 'snapshot')
    const before = made.heard.onAlive.length
    made.clock.advance(600_000)
    expect(made.venue.health().publicStream).toBe('up')
    expect(made.heard.onAlive.length - before).toBeGreaterThan(590)
    expect(made.heard.onFault).toEqual([])
    expect(made.fake.publicSocket.requests('ping').length).toBeGreaterThanOrEqual(19)
  })

  test('PAIN-04 a socket that stays open but goes quiet is silent within 10 s, and dropped', () => {
    const made = watching([wanted(['quote'])])
    made.fake.heartbeatMs = 0
    const atMs = made.clock.now()
    made.clock.advance(10_000)
    expect(made.heard.onStream.slice(1).map(([event]) => event.state)).toEqual(['silent', 'down'])
    expect(made.fake.publicSocket.isClosed).toBe(true)
    expect(made.venue.health().publicStream).toBe('down')
    expect(made.clock.now() - atMs).toBeLessThanOrEqual(10_000)
  })

  test('PAIN-04 a ping without a pong makes the stream silent though frames come', () => {
    const made = watching([wanted(['quote'])])
    made.fake.intercept = (_, frame) => frame['method'] === 'ping'
    made.clock.advance(36_500)
    expect(made.heard.onStream.map(([event]) => event.state)).toEqual(['up', 'silent', 'down'])
  })

  test('PAIN-04 old data sent again counts as stale: not published, no sign of life, the stream dropped within 10 s', () => {
    const made = watching([wanted(['quote'])], { silentAfterMs: 60_000 })
    made.fake.heartbeatMs = 0
    ticker(made, { bid: 100.1 })
    const frozenAt = made.clock.now()
    const stamp = made.fake.stamp()
    let states: readonly string[] = []
    for (let step = 0; step < 100 && !states.includes('silent'); step++) {
      made.clock.advance(100)
      // New figures under the old stamp: only the stamp gives them away.
      ticker(made, { bid: 90 + step / 100, timestamp: stamp })
      states = made.heard.onStream.map(([event]) => event.state)
    }
    expect(states).toEqual(['up', 'silent', 'down'])
    expect(made.clock.now() - frozenAt).toBeLessThan(10_000)
    const late = made.heard.onQuote.filter(([quote]) => quote.receivedAtMs - quote.venueAtMs > 5_100)
    expect(late).toEqual([])
  })

  test('PAIN-04 a stepped wall clock of ours makes nothing old', () => {
    const made = watching([wanted(['quote'])])
    made.clock.stepWallClock(3_600_000)
    for (let step = 0; step < 100; step++) {
      made.clock.advance(100)
      ticker(made, { bid: 90 + step / 100 })
    }
    expect(made.heard.onQuote).toHaveLength(100)
    expect(made.venue.health().publicStream).toBe('up')
  })
})

describe('books', () => {
  test('PAIN-06 an unsound book is withdrawn and fetched anew within one round trip', () => {
    const made = watching([wanted(['book'])])
    made.fake.publicSocket.say(SOUND)
    expect(made.heard.onBook.at(-1)?.[1]?.asks).toEqual([{ price: decimal('2'), quantity: decimal('0.5') }])
    const before = made.fake.publicSocket.sent.length
    made.fake.publicSocket.say(UNSOUND_UPDATE.replace('STAMP', made.fake.stamp()))
    expect(made.heard.onBook.at(-1)).toEqual([BTC, null])
    // Both frames left in the very step in which the fault was seen.
    const frames = made.fake.publicSocket.sent.slice(before).map((text) => JSON.parse(text))
    expect(frames.map(({ method, params }) => [method, params.channel, params.symbol, params.depth])).toEqual([
      ['unsubscribe', 'book', ['BTC/USD'], 10],
      ['subscribe', 'book', ['BTC/USD'], 10],
    ])
    made.clock.advance(20)
    made.fake.publicSocket.say(SOUND)
    expect(made.heard.onBook.at(-1)?.[1]).not.toBeNull()
    expect(made.venue.health()).toMatchObject({ checksumErrors: 1, publicStream: 'up' })
    expect(made.heard.onFault.map(([fault]) => fault.code)).toEqual(['BOOK_UNSOUND'])
  })

  test('MKT-08 a snapshot that does not come is asked for again, and a book that never heals ends the connection', () => {
    const made = watching([wanted(['book'])], { bookResyncsMax: 3, subscribeTimeoutMs: 1_000 })
    made.clock.advance(10_000)
    expect(made.fake.publicSocket.requests('subscribe').filter((frame) => frame.params['channel'] === 'book')).toHaveLength(4)
    expect(made.heard.onStream.map(([event]) => event.state)).toEqual(['up', 'silent', 'down'])
  })
})

test('MKT-08 malformed and unknown messages are counted and told, plain text is passed over, nothing is thrown', () => {
  const made = watching([wanted(['quote', 'book'], ['1m'])])
  const rubbish = [
    '{"channel":"ticker","type":"update","data":[{"bid":1}]}',
    '{"channel":"book","type":"update","data":{}}',
    '{"channel":"ohlc","type":"update","data":[{"symbol":"BTC/USD"}]}',
    '{"channel":"whatever","type":"update","data":[]}',
    '{"channel":"trade"',
    '{"Error":"Exceeded msg rate"}',
    '{}',
  ]
  for (const text of rubbish) made.fake.publicSocket.say(text)
  made.fake.publicSocket.say('CloudFlare WebSocket proxy restarting')
  expect(made.venue.health()).toMatchObject({ malformedMessages: rubbish.length, publicStream: 'up', rateLimitHits: 1 })
  expect(made.heard.onFault.every(([fault]) => fault.code === 'MESSAGE_MALFORMED')).toBe(true)
})

describe('connecting', () => {
  test('a refused socket rejects with a typed error, and leaves nothing behind', () => {
    const made = rig({ usesPrivate: false })
    made.fake.isDown = true
    expect(failureOf(made.clock, made.venue.connect(SIGNAL))).toMatchObject({ code: 'VENUE_UNAVAILABLE' })
    made.clock.advance(60_000)
    expect(made.clock.pending).toBe(0)
  })

  test('an abort rejects, and closes what was opened', () => {
    const made = rig()
    const abort = new AbortController()
    const connecting = made.venue.connect(abort.signal)
    made.clock.advance(22)
    abort.abort()
    expect(failureOf(made.clock, connecting)).toMatchObject({ code: 'VENUE_UNAVAILABLE' })
    made.clock.advance(60_000)
    expect(made.fake.sockets.every((socket) => socket.isClosed)).toBe(true)
    expect(made.clock.pending).toBe(0)
  })

  test('I13 disconnecting leaves no timer and no socket', () => {
    const made = connected()
    made.venue.subscribe([wanted(['quote', 'book'], ['1m'])])
    made.clock.advance(5_000)
    made.venue.disconnect()
    made.clock.advance(10_000)
    expect(made.fake.sockets.every((socket) => socket.isClosed)).toBe(true)
    expect(made.clock.pending).toBe(0)
    expect(made.heard.onStream.slice(-2).map(([event]) => [event.stream, event.state])).toEqual([
      ['public', 'down'],
      ['private', 'down'],
    ])
  })
})
