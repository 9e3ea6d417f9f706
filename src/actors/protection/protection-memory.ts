import type { Decimal } from '#domain/decimal'
import type { BotId, InstrumentId } from '#domain/ids'
import type { Json, JsonObject } from '#domain/json'
import { readArray, readBoolean, readDecimal, readInteger, readNullable, readObject, readOneOf, readText } from '#domain/json-read'
import type { JournalEntry } from '#ports/journal'
import { NOTHING_STATED, type ProtectionKind, type StatedLevels } from '#risk/protection'

const STATES = ['idle', 'holding', 'exiting'] as const
const KINDS = ['stop', 'trailing', 'target'] as const

/** One bot's position on one instrument: how it is protected, as the journal tells it. */
export type ProtectionLine = {
  readonly botId: BotId
  readonly instrumentId: InstrumentId
  /** What the newest intent to enter or to add stated. */
  readonly stated: StatedLevels
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
    if (kind === 'plan.made') return this.#planned(readObject(payload['intent'], 'intent'), payload)
    if (!kind.startsWith('protection.')) return
    const line = this.line(readText(payload['botId'], 'botId'), readText(payload['instrumentId'], 'instrumentId'))
    const next = changed(line, kind, payload)
    if (next !== null) this.#lines.set(keyOf(line.botId, line.instrumentId), next)
  }

  /** The whole fold as plain JSON. */
  fold(): JsonObject {
    return { lines: [...this.#lines.values()].map((line) => ({ ...line, stated: { ...line.stated } })) }
  }

  /** Takes the place of a fold up to the snapshot's sequence. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    for (const item of readArray(readObject(json, 'protections')['lines'], 'lines')) {
      const line = lineOf(readObject(item, 'line'))
      this.#lines.set(keyOf(line.botId, line.instrumentId), line)
    }
  }

  /** What a strategy now says of its position holds for all of it; one that only keeps or leaves it says nothing new. */
  #planned(intent: JsonObject, payload: JsonObject): void {
    const kind = readText(intent['kind'], 'kind')
    if (kind !== 'enter' && kind !== 'increase') return
    const stated: StatedLevels = {
      stopPrice: readNullable(intent['stopPrice'] ?? null, 'stopPrice', readDecimal),
      takeProfitPrice: readNullable(intent['takeProfitPrice'] ?? null, 'takeProfitPrice', readDecimal),
      trailingRatio: readNullable(intent['trailingRatio'] ?? null, 'trailingRatio', readDecimal),
    }
    const hasOrders = readArray(payload['orders'], 'orders').length > 0 || readBoolean(payload['isAmend'], 'isAmend')
    const isSaid = stated.stopPrice !== null || stated.takeProfitPrice !== null || stated.trailingRatio !== null
    if (!hasOrders && !isSaid) return
    const line = this.line(readText(intent['botId'], 'botId'), readText(intent['instrumentId'], 'instrumentId'))
    this.#lines.set(keyOf(line.botId, line.instrumentId), { ...line, stated })
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
  return { botId: botId as BotId, instrumentId: instrumentId as InstrumentId, stated: NOTHING_STATED, exits: 0, rests: 0, ...IDLE }
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
  const stated = readObject(json['stated'], 'stated')
  return {
    ...emptyLine(readText(json['botId'], 'botId'), readText(json['instrumentId'], 'instrumentId')),
    ...heldOf(json),
    stated: {
      stopPrice: readNullable(stated['stopPrice'] ?? null, 'stopPrice', readDecimal),
      takeProfitPrice: readNullable(stated['takeProfitPrice'] ?? null, 'takeProfitPrice', readDecimal),
      trailingRatio: readNullable(stated['trailingRatio'] ?? null, 'trailingRatio', readDecimal),
    },
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
