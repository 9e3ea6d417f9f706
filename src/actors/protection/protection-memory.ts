import { type Decimal, isNegative, isPositive } from '#domain/decimal'
import type { BotId, InstrumentId } from '#domain/ids'
import type { Json, JsonObject } from '#domain/json'
import { readArray, readBoolean, readDecimal, readInteger, readNullable, readObject, readOneOf, readText } from '#domain/json-read'
import type { JournalEntry } from '#ports/journal'
import { directionOf } from '../company/gate-memory-codec'
import { NOTHING_STATED, type ProtectionKind, type StatedLevels } from '#risk/protection'

const STATES = ['idle', 'holding', 'exiting'] as const
const KINDS = ['stop', 'trailing', 'target'] as const

type Direction = 'long' | 'short'

/** Levels that hold from the first fill of their intent on. */
type PendingLevels = {
  readonly direction: Direction
  readonly levels: StatedLevels
  /** The intent's orders; none where it goes on with the order of an earlier one: then the next fill of that side is its own. */
  readonly orders: readonly string[]
}

/** Intents of a line whose levels are kept for their first fill; a newer one takes the place of the oldest. */
const PENDING_MAX = 8

/** One bot's position on one instrument: how it is protected, as the journal tells it. */
export type ProtectionLine = {
  readonly botId: BotId
  readonly instrumentId: InstrumentId
  /** What the newest intent to enter or to add that was executed stated, by the direction that it stated it for. */
  readonly stated: Readonly<Record<Direction, StatedLevels>>
  /** What intents state that are not executed yet, oldest first. */
  readonly pending: readonly PendingLevels[]
  readonly state: (typeof STATES)[number]
  /** Signed, base: as it was held last. */
  readonly quantity: Decimal | null
  readonly stopPrice: Decimal | null
  readonly targetPrice: Decimal | null
  readonly trailingRatio: Decimal | null
  /** The best price of the position that was journaled; null while nothing trails. */
  readonly best: Decimal | null
  /** How many exits this line has had: part of the ids of their orders. */
  readonly exits: number
  /** How many stops this line has asked the venue for, amends among them: part of the ids of their intents. */
  readonly rests: number
  /** Orders that the present exit has asked for: the next has the next number, whatever became of the last. */
  readonly attempts: number
  readonly step: number
  readonly kind: ProtectionKind | null
}

/** What protects the positions, over restarts: a fold of the journal, kept with the company's memory (I10). */
export class ProtectionMemory {
  readonly #lines = new Map<string, ProtectionLine>()

  /** The line of a bot's position; an idle one where the journal tells of none. */
  line(botId: string, instrumentId: string): ProtectionLine {
    return this.#lines.get(keyOf(botId, instrumentId)) ?? emptyLine(botId, instrumentId)
  }

  lines(): Iterable<ProtectionLine> {
    return this.#lines.values()
  }

  /** Takes in one entry, of a replay or as it is journaled; those of other matters are ignored. */
  replay({ kind, payload }: Pick<JournalEntry, 'kind' | 'payload'>): void {
    if (payload['posting'] !== undefined) {
      const posting = readObject(payload['posting'], 'posting')
      if (posting['kind'] === 'fill') this.#filled(readObject(posting['trade'], 'trade'))
    }
    if (kind === 'plan.made') return this.#planned(readObject(payload['intent'], 'intent'), payload)
    if (!kind.startsWith('protection.')) return
    const line = this.line(readText(payload['botId'], 'botId'), readText(payload['instrumentId'], 'instrumentId'))
    const next = changed(line, kind, payload)
    if (next !== null) this.#lines.set(keyOf(line.botId, line.instrumentId), next)
  }

  /** The whole fold as plain JSON. */
  fold(): JsonObject {
    return { lines: [...this.#lines.values()].map(lineJson) }
  }

  /** Takes the place of a fold up to the snapshot's sequence. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    for (const item of readArray(readObject(json, 'protections')['lines'], 'lines')) {
      const line = lineOf(readObject(item, 'line'))
      this.#lines.set(keyOf(line.botId, line.instrumentId), line)
    }
  }

  /**
   * What a strategy says of a position holds from the first fill on: the gate may block it, and then the position is as it was before. One that
   * states nothing for a position that it adds to keeps what was stated.
   */
  #planned(intent: JsonObject, payload: JsonObject): void {
    const kind = readText(intent['kind'], 'kind')
    if (kind !== 'enter' && kind !== 'increase') return
    const direction = directionOf(readObject(intent['target'], 'target'))
    if (direction === null) return
    const levels = levelsIn(intent)
    const current = readDecimal(payload['current'], 'current')
    const isHeld = isPositive(current) ? direction === 'long' : isNegative(current) && direction === 'short'
    const orders = readArray(payload['orders'], 'orders').map((id) => readText(id, 'orders'))
    const isAmend = readBoolean(payload['isAmend'], 'isAmend')
    // None in what was journaled before it was told.
    if (isAmend && readBoolean(payload['isBlocked'] ?? false, 'isBlocked')) return
    if (!isSaid(levels) && (isHeld || isAmend || orders.length === 0)) return
    const line = this.line(readText(intent['botId'], 'botId'), readText(intent['instrumentId'], 'instrumentId'))
    // Nothing is to be executed for it: the position is what it wants, and this is the newest word on it.
    const holdsNow = isHeld && orders.length === 0 && !isAmend
    const pending = [...line.pending, { direction, levels, orders: isAmend ? [] : orders }].slice(-PENDING_MAX)
    const next = holdsNow ? { ...line, stated: { ...line.stated, [direction]: levels } } : { ...line, pending }
    this.#lines.set(keyOf(line.botId, line.instrumentId), next)
  }

  #filled(trade: JsonObject): void {
    const { botId, clientOrderId } = trade
    if (typeof botId !== 'string') return
    const line = this.#lines.get(keyOf(botId, readText(trade['instrumentId'], 'instrumentId')))
    if (line === undefined || line.pending.length === 0) return
    const direction = readText(trade['side'], 'side') === 'buy' ? 'long' : 'short'
    const index = line.pending.findLastIndex(
      (one) =>
        one.direction === direction &&
        (one.orders.length === 0 || (typeof clientOrderId === 'string' && one.orders.includes(clientOrderId))),
    )
    const found = line.pending[index]
    if (found === undefined) return
    // A late fill of an earlier intent says nothing any more.
    const pending = line.pending.filter((one, at) => at > index || one.direction !== direction)
    this.#lines.set(keyOf(line.botId, line.instrumentId), { ...line, pending, stated: { ...line.stated, [direction]: found.levels } })
  }
}

/** Returns the line as an entry of its own kind leaves it; null for a kind that changes nothing. */
function changed(line: ProtectionLine, kind: string, payload: JsonObject): ProtectionLine | null {
  switch (kind) {
    case 'protection.held':
      return { ...line, state: 'holding', kind: null, step: 0, attempts: 0, ...heldOf(payload) }
    case 'protection.trailed':
      return { ...line, best: readDecimal(payload['best'], 'best') }
    case 'protection.triggered':
      return { ...line, state: 'exiting', kind: readOneOf(payload['kind'], 'kind', KINDS), exits: line.exits + 1, attempts: 0, step: 0 }
    case 'protection.rested':
      return { ...line, rests: line.rests + 1 }
    case 'protection.released':
      return { ...line, attempts: line.attempts + 1, step: readInteger(payload['step'], 'step') }
    case 'protection.withdrawn':
      return { ...line, ...IDLE }
    default:
      return null
  }
}

const IDLE = {
  state: 'idle',
  quantity: null,
  stopPrice: null,
  targetPrice: null,
  trailingRatio: null,
  best: null,
  attempts: 0,
  step: 0,
  kind: null,
} as const

function emptyLine(botId: string, instrumentId: string): ProtectionLine {
  const stated = { long: NOTHING_STATED, short: NOTHING_STATED }
  return { botId: botId as BotId, instrumentId: instrumentId as InstrumentId, stated, pending: [], exits: 0, rests: 0, ...IDLE }
}

function isSaid({ stopPrice, takeProfitPrice, trailingRatio }: StatedLevels): boolean {
  return stopPrice !== null || takeProfitPrice !== null || trailingRatio !== null
}

function levelsIn(json: JsonObject): StatedLevels {
  return {
    stopPrice: readNullable(json['stopPrice'] ?? null, 'stopPrice', readDecimal),
    takeProfitPrice: readNullable(json['takeProfitPrice'] ?? null, 'takeProfitPrice', readDecimal),
    trailingRatio: readNullable(json['trailingRatio'] ?? null, 'trailingRatio', readDecimal),
  }
}

function lineJson({ stated, pending, ...line }: ProtectionLine): JsonObject {
  return {
    ...line,
    stated: { long: { ...stated.long }, short: { ...stated.short } },
    pending: pending.map(({ direction, levels, orders }) => ({ direction, levels: { ...levels }, orders: [...orders] })),
  }
}

function statedIn(json: JsonObject): ProtectionLine['stated'] {
  // What was folded before told of no direction.
  if (json['long'] === undefined) return { long: levelsIn(json), short: levelsIn(json) }
  return { long: levelsIn(readObject(json['long'], 'long')), short: levelsIn(readObject(json['short'], 'short')) }
}

function pendingIn(value: Json): PendingLevels {
  const json = readObject(value, 'pending')
  return {
    direction: readOneOf(json['direction'], 'direction', ['long', 'short'] as const),
    levels: levelsIn(readObject(json['levels'], 'levels')),
    orders: readArray(json['orders'], 'orders').map((id) => readText(id, 'orders')),
  }
}

function heldOf(json: JsonObject) {
  return {
    quantity: readNullable(json['quantity'] ?? null, 'quantity', readDecimal),
    stopPrice: readNullable(json['stopPrice'] ?? null, 'stopPrice', readDecimal),
    targetPrice: readNullable(json['targetPrice'] ?? null, 'targetPrice', readDecimal),
    trailingRatio: readNullable(json['trailingRatio'] ?? null, 'trailingRatio', readDecimal),
    best: readNullable(json['best'] ?? null, 'best', readDecimal),
  }
}

function lineOf(json: JsonObject): ProtectionLine {
  return {
    ...emptyLine(readText(json['botId'], 'botId'), readText(json['instrumentId'], 'instrumentId')),
    ...heldOf(json),
    stated: statedIn(readObject(json['stated'], 'stated')),
    pending: readArray(json['pending'] ?? [], 'pending').map(pendingIn),
    state: readOneOf(json['state'], 'state', STATES),
    exits: readInteger(json['exits'], 'exits'),
    // None in what was folded before there were any.
    rests: readInteger(json['rests'] ?? 0, 'rests'),
    attempts: readInteger(json['attempts'], 'attempts'),
    step: readInteger(json['step'], 'step'),
    kind: readNullable(json['kind'] ?? null, 'kind', (value, path) => readOneOf(value, path, KINDS)),
  }
}

function keyOf(botId: string, instrumentId: string): string {
  return `${botId} ${instrumentId}`
}
