import { type Decimal, isGreater, isLess, isNegative, isPositive } from '#domain/decimal'
import { type ClientOrderId, clientOrderId } from '#domain/ids'
import type { Json, JsonObject } from '#domain/json'
import { readArray, readBoolean, readDecimal, readInteger, readNullable, readObject, readOneOf, readText } from '#domain/json-read'
import type { JournalEntry } from '#ports/journal'
import type { IntentFacts, LatchedThrottle, SentOrder } from '#risk/guard-facts'
import { NATIVE_MARK, PROTECTION_MARK } from '../protection/marks'
import {
  directionOf,
  intentFactsJson,
  readIntentFacts,
  readLatch,
  readSent,
  readSentAt,
  sentJson,
  THROTTLE_KINDS,
} from './gate-memory-codec'

/** What one bot wants and did on one instrument. */
interface LineMemory {
  /** The newest intent to enter or to add that the gate approved; null before the first. */
  intent: KnownIntent | null
  /** Intents whose orders the gate has not judged yet, oldest first. */
  pending: readonly PendingIntent[]
  buy: SentOrder | null
  sell: SentOrder | null
  /** A protective exit under way answers to a stop, and not to a target. */
  isStopping: boolean
  /** Orders sent at a protective stop, oldest first: their fills are stopped out at any price. */
  readonly stopIds: string[]
  /** Orders sent, oldest first. */
  readonly orderIds: ClientOrderId[]
}

/** What the gate wants of an intent, and which way it points. */
interface KnownIntent {
  readonly facts: IntentFacts
  readonly direction: 'long' | 'short'
}

interface PendingIntent extends KnownIntent {
  readonly orders: readonly string[]
}

/** When an instrument was last traded, and last closed at a stop. */
interface MarketMemory {
  filledAtMs: number
  stoppedAtMs: number | null
}

/** A scope that takes only what lowers exposure, and who asked for it. */
export type ReducingHold = {
  /** `company`, `bot:…`, `strategy:…`, `venue:…`, `instrument:…`. */
  readonly scope: string
  readonly source: string
  readonly text: string
  readonly sinceMs: number
}

/** Orders of a line that are known when they come again; a tracker of orders keeps each for an hour besides. */
const ORDERS_MAX = 64
/** Intents of a line that wait for their verdicts; a newer one takes the place of the oldest. */
const PENDING_MAX = 8

/** What the gate's guards remember over restarts: a fold of the journal, kept with the company's memory (I10). */
export class GateMemory {
  /** By bot and instrument, without a text made of both: the gate asks for each position with each judgement. */
  readonly #lines = new Map<string, Map<string, LineMemory>>()
  readonly #markets = new Map<string, MarketMemory>()
  readonly #latches = new Map<string, LatchedThrottle>()
  readonly #reducing = new Map<string, ReducingHold>()

  /** The newest intent of a bot to enter an instrument or to add to it that the gate has let pass. */
  intentOf(botId: string, instrumentId: string): IntentFacts | null {
    return this.#lineAt(botId, instrumentId)?.intent?.facts ?? null
  }

  /** The stop of a bot's position, quote per base; null without one. */
  stopOf(botId: string, instrumentId: string): Decimal | null {
    return this.intentOf(botId, instrumentId)?.stopPrice ?? null
  }

  /** The last order that a bot sent on one side of an instrument. */
  lastSent(botId: string, instrumentId: string, side: 'buy' | 'sell'): SentOrder | null {
    return this.#lineAt(botId, instrumentId)?.[side] ?? null
  }

  /** True for an order that was sent before, among the newest of its line. */
  hasSent(botId: string, instrumentId: string, clientOrderId: ClientOrderId): boolean {
    return this.#lineAt(botId, instrumentId)?.orderIds.includes(clientOrderId) ?? false
  }

  filledAtMs(instrumentId: string): number | null {
    return this.#markets.get(instrumentId)?.filledAtMs ?? null
  }

  stoppedAtMs(instrumentId: string): number | null {
    return this.#markets.get(instrumentId)?.stoppedAtMs ?? null
  }

  /** The throttle of a bot that waits for an operator; null while it is armed. */
  latchOf(botId: string): LatchedThrottle | null {
    return this.#latches.get(botId) ?? null
  }

  latches(): ReadonlyMap<string, LatchedThrottle> {
    return this.#latches
  }

  /** Scopes that are reducing, one row a source. */
  reducing(): ReadonlyMap<string, ReducingHold> {
    return this.#reducing
  }

  /** Takes in one entry, of a replay or as it is journaled; those of other matters are ignored. */
  replay({ kind, payload, correlationId, atMs }: Pick<JournalEntry, 'kind' | 'payload' | 'correlationId' | 'atMs'>): void {
    if (payload['posting'] !== undefined) this.#posted(readObject(payload['posting'], 'posting'), atMs)
    switch (kind) {
      case 'plan.made':
        return this.#planned(readObject(payload['intent'], 'intent'), payload)
      case 'verdict.passed':
      case 'verdict.blocked':
        return this.#judged(payload, kind === 'verdict.passed')
      case 'protection.triggered':
        this.#lineOf(readText(payload['botId'], 'botId'), readText(payload['instrumentId'], 'instrumentId')).isStopping =
          payload['kind'] !== 'target'
        return
      case 'order.submitting':
        return this.#submitting(readObject(payload['proposal'], 'proposal'), atMs)
      case 'throttle.tripped': {
        const latched = { kind: readOneOf(payload['throttle'], 'throttle', THROTTLE_KINDS), reason: readText(payload['reason'], 'reason') }
        this.#latches.set(readText(correlationId, 'correlationId'), { ...latched, sinceMs: atMs })
        return
      }
      case 'throttle.rearmed':
        this.#latches.delete(readText(correlationId, 'correlationId'))
        return
      case 'scope.reducing':
        return this.#scopeChanged(readText(correlationId, 'correlationId'), payload, atMs)
    }
  }

  /** The whole fold as plain JSON. */
  fold(): JsonObject {
    return {
      lines: [...this.#lines].flatMap(([botId, lines]) =>
        [...lines].map(([instrumentId, line]) => ({ botId, instrumentId, ...lineJson(line) })),
      ),
      markets: [...this.#markets].map(([instrumentId, market]) => ({ instrumentId, ...market })),
      latches: [...this.#latches].map(([botId, latched]) => ({ botId, ...latched })),
      reducing: [...this.#reducing.values()].map((hold) => ({ ...hold })),
    }
  }

  /** Takes the place of a fold up to the snapshot's sequence. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    const fold = readObject(json, 'gate')
    for (const item of readArray(fold['lines'], 'lines')) {
      const line = readObject(item, 'line')
      const known = this.#lineOf(readText(line['botId'], 'botId'), readText(line['instrumentId'], 'instrumentId'))
      Object.assign(known, readLine(line))
    }
    for (const item of readArray(fold['markets'], 'markets')) {
      const market = readObject(item, 'market')
      this.#markets.set(readText(market['instrumentId'], 'instrumentId'), {
        filledAtMs: readInteger(market['filledAtMs'], 'filledAtMs'),
        stoppedAtMs: readNullable(market['stoppedAtMs'], 'stoppedAtMs', readInteger),
      })
    }
    for (const item of readArray(fold['latches'], 'latches')) {
      const latched = readObject(item, 'latch')
      this.#latches.set(readText(latched['botId'], 'botId'), readLatch(latched))
    }
    for (const item of readArray(fold['reducing'], 'reducing')) {
      const hold = readObject(item, 'reducing')
      const [scope, source] = [readText(hold['scope'], 'scope'), readText(hold['source'], 'source')]
      const text = readText(hold['text'], 'text')
      this.#reducing.set(keyOf(scope, source), { scope, source, text, sinceMs: readInteger(hold['sinceMs'], 'sinceMs') })
    }
  }

  /**
   * What a strategy says of its position holds once the gate lets an order of it pass: one that is blocked changes nothing of what is held,
   * nor of what it can lose. Without an order it holds of a position that is as it wants it; one that states no stop says nothing new then.
   */
  #planned(intent: JsonObject, payload: JsonObject): void {
    const kind = readText(intent['kind'], 'kind')
    if (kind !== 'enter' && kind !== 'increase') return
    const direction = directionOf(readObject(intent['target'], 'target'))
    if (direction === null) return
    const facts = readIntentFacts(intent)
    const orders = readArray(payload['orders'], 'orders').map((id) => readText(id, 'orders'))
    const isAmend = readBoolean(payload['isAmend'], 'isAmend')
    // None in what was journaled before it was told.
    if (isAmend && readBoolean(payload['isBlocked'] ?? false, 'isBlocked')) return
    const current = readDecimal(payload['current'], 'current')
    const isHeld = direction === 'long' ? isPositive(current) : isNegative(current)
    if (orders.length === 0 && !isAmend && (facts.stopPrice === null || !isHeld)) return
    const line = this.#lineOf(readText(intent['botId'], 'botId'), readText(intent['instrumentId'], 'instrumentId'))
    if (orders.length === 0) line.intent = { facts, direction }
    else line.pending = [...line.pending, { facts, direction, orders }].slice(-PENDING_MAX)
  }

  /** An order that is judged again, as an amend or a retry is, is no intent's any more. */
  #judged({ botId, instrumentId, clientOrderId }: JsonObject, isPassed: boolean): void {
    const line = this.#lineAt(readText(botId, 'botId'), readText(instrumentId, 'instrumentId'))
    if (line === undefined || line.pending.length === 0) return
    const id = readText(clientOrderId, 'clientOrderId')
    const index = line.pending.findIndex(({ orders }) => orders.includes(id))
    const found = line.pending[index]
    if (found === undefined) return
    if (isPassed) {
      line.intent = { facts: found.facts, direction: found.direction }
      line.pending = line.pending.slice(index + 1)
      return
    }
    const left = { ...found, orders: found.orders.filter((order) => order !== id) }
    line.pending = left.orders.length === 0 ? line.pending.toSpliced(index, 1) : line.pending.with(index, left)
  }

  #submitting(proposal: JsonObject, atMs: number): void {
    const line = this.#lineOf(readText(proposal['botId'], 'botId'), readText(proposal['instrumentId'], 'instrumentId'))
    const sent = readSent(proposal, atMs)
    line[readOneOf(proposal['side'], 'side', ['buy', 'sell'] as const)] = sent
    const isNative = sent.intentId.includes(NATIVE_MARK)
    const isAtStop = isNative || (line.isStopping && sent.intentId.includes(PROTECTION_MARK))
    if (isAtStop && !line.stopIds.includes(sent.clientOrderId)) line.stopIds.push(sent.clientOrderId)
    if (line.stopIds.length > ORDERS_MAX) line.stopIds.shift()
    if (line.orderIds.includes(sent.clientOrderId)) return
    line.orderIds.push(sent.clientOrderId)
    if (line.orderIds.length > ORDERS_MAX) line.orderIds.shift()
  }

  #posted(posting: JsonObject, atMs: number): void {
    if (posting['kind'] !== 'fill') return
    const trade = readObject(posting['trade'], 'trade')
    const instrumentId = readText(trade['instrumentId'], 'instrumentId')
    const botId = trade['botId']
    const line = typeof botId === 'string' ? this.#lineAt(botId, instrumentId) : undefined
    const { clientOrderId: id } = trade
    const isProtective = typeof id === 'string' && line?.stopIds.includes(id) === true
    const intent = line?.intent ?? null
    const isStop =
      isProtective || (intent !== null && isStopOut(intent, readText(trade['side'], 'side'), readDecimal(trade['price'], 'price')))
    const known = this.#markets.get(instrumentId)
    if (known === undefined) this.#markets.set(instrumentId, { filledAtMs: atMs, stoppedAtMs: isStop ? atMs : null })
    else {
      known.filledAtMs = atMs
      if (isStop) known.stoppedAtMs = atMs
    }
  }

  #scopeChanged(scope: string, payload: JsonObject, atMs: number): void {
    const source = readText(payload['source'], 'source')
    if (!readBoolean(payload['isReducing'], 'isReducing')) this.#reducing.delete(keyOf(scope, source))
    else this.#reducing.set(keyOf(scope, source), { scope, source, text: readText(payload['text'], 'text'), sinceMs: atMs })
  }

  #lineAt(botId: string, instrumentId: string): LineMemory | undefined {
    return this.#lines.get(botId)?.get(instrumentId)
  }

  #lineOf(botId: string, instrumentId: string): LineMemory {
    const lines = this.#lines.get(botId) ?? new Map<string, LineMemory>()
    this.#lines.set(botId, lines)
    const known = lines.get(instrumentId) ?? {
      intent: null,
      pending: [],
      buy: null,
      sell: null,
      isStopping: false,
      stopIds: [],
      orderIds: [],
    }
    lines.set(instrumentId, known)
    return known
  }
}

function lineJson({ intent, pending, buy, sell, isStopping, stopIds, orderIds }: LineMemory): JsonObject {
  return {
    intent: intent === null ? null : knownJson(intent),
    pending: pending.map((one) => ({ ...knownJson(one), orders: [...one.orders] })),
    buy: sentJson(buy),
    sell: sentJson(sell),
    isStopping,
    stopIds: [...stopIds],
    orderIds: [...orderIds],
  }
}

function knownJson({ facts, direction }: KnownIntent): JsonObject {
  return { direction, facts: intentFactsJson(facts) }
}

function readKnown(value: Json): KnownIntent {
  const intent = readObject(value, 'intent')
  const direction = readOneOf(intent['direction'], 'direction', ['long', 'short'] as const)
  return { direction, facts: readIntentFacts(readObject(intent['facts'], 'facts')) }
}

function readPending(value: Json): PendingIntent {
  const orders = readArray(readObject(value, 'pending')['orders'], 'orders')
  return { ...readKnown(value), orders: orders.map((id) => readText(id, 'orders')) }
}

function readLine(line: JsonObject): LineMemory {
  return {
    intent: readNullable(line['intent'], 'intent', readKnown),
    buy: readNullable(line['buy'], 'buy', readSentAt),
    sell: readNullable(line['sell'], 'sell', readSentAt),
    // None in what was folded before there were any.
    pending: readArray(line['pending'] ?? [], 'pending').map(readPending),
    isStopping: readBoolean(line['isStopping'] ?? false, 'isStopping'),
    stopIds: readArray(line['stopIds'] ?? [], 'stopIds').map((id) => readText(id, 'stopIds')),
    orderIds: readArray(line['orderIds'], 'orderIds').map((id) => clientOrderId(readText(id, 'orderIds'))),
  }
}

/** A trade that leaves a position at its stop or beyond. */
function isStopOut({ facts, direction }: KnownIntent, side: string, price: Decimal): boolean {
  if (facts.stopPrice === null) return false
  return direction === 'long' ? side === 'sell' && !isGreater(price, facts.stopPrice) : side === 'buy' && !isLess(price, facts.stopPrice)
}

function keyOf(one: string, other: string): string {
  return `${one} ${other}`
}
