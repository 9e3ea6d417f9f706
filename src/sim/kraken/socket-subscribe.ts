import type { IntervalMinutes } from '#sim/market/types'
import { balanceRows } from './balances-view'
import { BOOK_DEPTHS, BookFeed } from './book-feed'
import { openOrderReport, recentFillReport } from './executions-view'
import { type Face, pairOf } from './face'
import type { FrameParams } from './frame-params'
import { candleRow, printRow, quoteText, tickerRow } from './market-view'
import { KrakenRefusal, refuse, refuseArgument } from './refusal'
import { INTERVALS } from './rest-market'
import { instrumentSnapshot, type SocketHub } from './socket-hub'
import type { SocketSession } from './socket-session'
import { type Subscription, subscriptionKey } from './subscription'
import type { KrakenPair } from './symbols'
import { TIER_LIMITS } from './tiers'
import type { WireObject } from './wire-json'
import { microTime, nanoTime } from '#sim/emulator/wire-time'

/** What an emulator without limits states as the threshold of an engine counter. */
const NO_LIMIT = 1_000_000

const SNAPSHOT_ROWS = 50
/** Candles of an ohlc snapshot, the running one included; the venue names no count. */
const SNAPSHOT_CANDLES = 100

/** One acknowledgement of subscribe or unsubscribe: a result, or an error with the symbol that it is about. */
export type Acknowledgement =
  | { readonly kind: 'done'; readonly result: WireObject; readonly snapshot: (() => void) | null }
  | { readonly kind: 'refused'; readonly text: string; readonly symbol: string | null }

interface Request {
  readonly face: Face
  readonly hub: SocketHub
  readonly session: SocketSession
  readonly params: FrameParams
}

function attempt(symbol: string | null, work: () => Acknowledgement): Acknowledgement {
  try {
    return work()
  } catch (error) {
    if (error instanceof KrakenRefusal) return { kind: 'refused', text: error.wireText, symbol }
    throw error
  }
}

function open(request: Request, key: string, subscription: Subscription): void {
  if (request.session.subscriptions.has(key)) refuse('Already subscribed')
  request.session.subscriptions.set(key, subscription)
  request.hub.watchBooks()
}

function frame(request: Request, channel: string, body: WireObject): void {
  request.session.push(channel, { channel, ...body })
}

function subscribeTicker(request: Request, pair: KrakenPair): Acknowledgement {
  const { face, params } = request
  const trigger = params.text('event_trigger') ?? 'trades'
  if (trigger !== 'trades' && trigger !== 'bbo') return refuseArgument('event_trigger')
  const snapshot = params.flag('snapshot', true)
  const { symbol } = pair
  open(request, subscriptionKey('ticker', symbol, null), { kind: 'ticker', symbol, trigger, quoteText: quoteText(face, symbol) })
  const send = (): void => frame(request, 'ticker', { type: 'snapshot', data: [tickerRow(face, pair, face.clock.now())] })
  return { kind: 'done', result: { channel: 'ticker', event_trigger: trigger, snapshot, symbol }, snapshot: snapshot ? send : null }
}

function readInterval(params: FrameParams): IntervalMinutes {
  const asked = params.integer('interval', 1, 100_000) ?? 1
  return INTERVALS.find((known) => known === asked) ?? refuse('Subscription ohlc interval not supported')
}

function subscribeOhlc(request: Request, pair: KrakenPair): Acknowledgement {
  const { face, params } = request
  const interval = readInterval(params)
  const snapshot = params.flag('snapshot', true)
  const { symbol } = pair
  open(request, subscriptionKey('ohlc', symbol, interval), { kind: 'ohlc', symbol, interval })
  const send = (): void => {
    const candles = face.market.candles(symbol, interval, null, SNAPSHOT_CANDLES - 1)
    const data = candles.map((candle) => candleRow(pair, interval, candle))
    frame(request, 'ohlc', { type: 'snapshot', timestamp: nanoTime(face.clock.now()), data })
  }
  const warnings = ['timestamp is deprecated, use interval_begin']
  return { kind: 'done', result: { channel: 'ohlc', interval, snapshot, symbol, warnings }, snapshot: snapshot ? send : null }
}

function subscribeTrade(request: Request, pair: KrakenPair): Acknowledgement {
  const { face, params } = request
  // Without the flag recordings show the snapshot, against the reference (sheet §4.5).
  const snapshot = params.flag('snapshot', true)
  const { symbol } = pair
  open(request, subscriptionKey('trade', symbol, null), { kind: 'trade', symbol })
  const send = (): void => {
    const data = face.engine.prints(symbol, null, SNAPSHOT_ROWS).map((print) => printRow(pair, print))
    frame(request, 'trade', { type: 'snapshot', data })
  }
  return { kind: 'done', result: { channel: 'trade', snapshot, symbol }, snapshot: snapshot ? send : null }
}

function subscribeBook(request: Request, pair: KrakenPair): Acknowledgement {
  const { face, params } = request
  const depth = params.integer('depth', 1, 1_000_000) ?? 10
  if (!BOOK_DEPTHS.includes(depth)) refuse('Subscription depth not supported')
  const snapshot = params.flag('snapshot', true)
  const { symbol } = pair
  const feed = new BookFeed(depth)
  open(request, subscriptionKey('book', symbol, depth), { kind: 'book', symbol, depth, feed })
  const send = (): void => {
    const book = feed.snapshot(face.engine.book(symbol, depth))
    if (snapshot) frame(request, 'book', { type: 'snapshot', data: [{ symbol, ...book, timestamp: microTime(face.clock.now()) }] })
  }
  return { kind: 'done', result: { channel: 'book', depth, snapshot, symbol }, snapshot: send }
}

function subscribeInstrument(request: Request): Acknowledgement {
  const snapshot = request.params.flag('snapshot', true)
  open(request, subscriptionKey('instrument', null, null), { kind: 'instrument' })
  const send = (): void => frame(request, 'instrument', { type: 'snapshot', data: instrumentSnapshot(request.face) })
  const warnings = ['tick_size is deprecated, use price_increment']
  return { kind: 'done', result: { channel: 'instrument', snapshot, warnings }, snapshot: snapshot ? send : null }
}

/** Reads and checks the token of a private message. @throws {KrakenRefusal} `Token(s) not found`, `ESession:Invalid session`. */
export function readToken(face: Face, params: FrameParams): { readonly token: string; readonly accountId: string } {
  const token = params.text('token') ?? refuse('Token(s) not found')
  return { token, accountId: face.tokens.accountOf(token) ?? refuse('ESession:Invalid session') }
}

function subscribeExecutions(request: Request): Acknowledgement {
  const { face, params } = request
  const { token, accountId } = readToken(face, params)
  const withOrders = params.flag('snap_orders', params.flag('snapshot', true))
  const withTrades = params.flag('snap_trades', params.flag('snapshot_trades', false))
  const subscription: Subscription = {
    kind: 'executions',
    accountId,
    token,
    showsAllStatuses: params.flag('order_status', true),
    showsRateCounter: params.flag('ratecounter', false),
    sequence: 0,
  }
  open(request, subscriptionKey('executions', null, null), subscription)
  face.tokens.pin(token)
  const send = (): void => {
    const orders = withOrders ? face.engine.openOrders(accountId).map((order) => openOrderReport(face, order)) : []
    const fills = withTrades
      ? face.engine
          .fills(accountId)
          .slice(0, SNAPSHOT_ROWS)
          .map((fill) => recentFillReport(face, fill))
      : []
    subscription.sequence = 1
    frame(request, 'executions', { type: 'snapshot', data: [...orders, ...fills], sequence: 1 })
  }
  const maxratecount = face.hasLimits ? TIER_LIMITS[face.tier].engineMax : NO_LIMIT
  const result = { channel: 'executions', maxratecount, snap_orders: withOrders, snap_trades: withTrades }
  return { kind: 'done', result, snapshot: withOrders || withTrades ? send : null }
}

function subscribeBalances(request: Request): Acknowledgement {
  const { face, params } = request
  const { token, accountId } = readToken(face, params)
  const snapshot = params.flag('snapshot', true)
  const subscription: Subscription = { kind: 'balances', accountId, token, sequence: 0 }
  open(request, subscriptionKey('balances', null, null), subscription)
  face.tokens.pin(token)
  const send = (): void => {
    subscription.sequence = 1
    frame(request, 'balances', { type: 'snapshot', data: balanceRows(face, accountId), sequence: 1 })
  }
  return { kind: 'done', result: { channel: 'balances', snapshot }, snapshot: snapshot ? send : null }
}

const MARKET_CHANNELS: ReadonlyMap<string, (request: Request, pair: KrakenPair) => Acknowledgement> = new Map(
  Object.entries({ ticker: subscribeTicker, ohlc: subscribeOhlc, trade: subscribeTrade, book: subscribeBook }),
)

function symbolsOf(params: FrameParams): readonly string[] {
  const symbols = params.list('symbol')
  return symbols.length === 0 ? refuseArgument('symbol') : symbols
}

function pairForFrame(face: Face, symbol: string): KrakenPair {
  return pairOf(face, face.symbols.bySymbol(symbol)?.symbol ?? refuse(`Currency pair not supported ${symbol}`))
}

/**
 * Carries out a subscribe message: one acknowledgement a symbol, or one for a channel without symbols. The caller sends each
 * acknowledgement, then calls its `snapshot`.
 */
export function subscribe(request: Request): readonly Acknowledgement[] {
  const { face, params, session } = request
  const channel = params.text('channel')
  const onMarket = channel === null ? undefined : MARKET_CHANNELS.get(channel)
  if (onMarket !== undefined) return attemptEach(params, (symbol) => onMarket(request, pairForFrame(face, symbol)))
  return [
    attempt(null, () => {
      if (channel === 'instrument') return subscribeInstrument(request)
      if (channel === 'status' || channel === 'heartbeat') {
        open(request, subscriptionKey(channel, null, null), { kind: channel })
        return { kind: 'done', result: { channel }, snapshot: null }
      }
      if (channel !== 'executions' && channel !== 'balances') return refuse(channel === null ? 'Event(s) not found' : 'Unsupported event')
      if (!session.isPrivate) return refuse('EGeneral:Permission denied')
      return channel === 'executions' ? subscribeExecutions(request) : subscribeBalances(request)
    }),
  ]
}

function attemptEach(params: FrameParams, work: (symbol: string) => Acknowledgement): readonly Acknowledgement[] {
  let symbols: readonly string[] = []
  const bad = attempt(null, () => {
    symbols = symbolsOf(params)
    return { kind: 'done', result: {}, snapshot: null }
  })
  return bad.kind === 'refused' ? [bad] : symbols.map((symbol) => attempt(symbol, () => work(symbol)))
}

function close(request: Request, key: string): void {
  const known = request.session.subscriptions.get(key) ?? refuse('Event(s) not found')
  request.session.subscriptions.delete(key)
  request.hub.release(known)
  request.hub.watchBooks()
}

/** Carries out an unsubscribe message, which must name the same depth, interval or token as the subscription. */
export function unsubscribe(request: Request): readonly Acknowledgement[] {
  const { face, params } = request
  const channel = params.text('channel')
  if (channel === 'ticker' || channel === 'trade' || channel === 'ohlc' || channel === 'book') {
    return attemptEach(params, (name) => {
      const { symbol } = pairForFrame(face, name)
      const interval = channel === 'ohlc' ? readInterval(params) : undefined
      const depth = channel === 'book' ? (params.integer('depth', 1, 1_000_000) ?? 10) : undefined
      close(request, subscriptionKey(channel, symbol, interval ?? depth ?? null))
      return { kind: 'done', result: { channel, interval, depth, symbol }, snapshot: null }
    })
  }
  return [
    attempt(null, () => {
      if (channel === 'executions' || channel === 'balances') readToken(face, params)
      else if (channel !== 'instrument' && channel !== 'status' && channel !== 'heartbeat')
        return refuse(channel === null ? 'Event(s) not found' : 'Unsupported event')
      close(request, subscriptionKey(channel, null, null))
      return { kind: 'done', result: { channel }, snapshot: null }
    }),
  ]
}
