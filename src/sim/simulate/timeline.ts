import type { JsonObject } from '#domain/json'
import type { JournalEntry } from '#ports/journal'
import type { Fate, Passage } from '#sim/wire'
import type { World } from '#sim/world/world'

/** Characters of a message or of the facts of an entry that a line has room for. */
const TEXT_MAX = 240
/** Messages that are about orders, whichever way they go. */
const ABOUT_ORDERS =
  /add_order|amend_order|cancel_order|batch_cancel|cancel_all|"executions"|\/(AddOrder|AmendOrder|CancelOrder|CancelOrderBatch|CancelAll)/
/** Entries that come by the hundred and change nothing. */
const DULL = /^portfolio\.marked$/
const ENTRIES_AT_ONCE = 1_000

/**
 * Tells what happens in a world, a line each: messages about orders and what becomes of them, entries of the journal, alerts, and what else is
 * said to it. An entry comes with the first line after the group of entries that it was written in, and bears its own time.
 */
export class Timeline {
  readonly #world: World
  readonly #onLine: (line: string) => void
  #toldSeq = 0
  #toldAlerts = 0

  /** Listens to the messages of the world, whose fate must have been decided on before. */
  constructor(world: World, onLine: (line: string) => void) {
    this.#world = world
    this.#onLine = onLine
    const decide = world.fate
    world.fate = (passage) => {
      const fate = decide(passage)
      if (ABOUT_ORDERS.test(passage.path + passage.text)) this.say(`${arrowOf(passage)} ${messageOf(passage)}${endingOf(fate)}`)
      return fate
    }
  }

  /** Tells something, after what has been written and raised so far. */
  say(text: string): void {
    this.#catchUp()
    const { clock } = this.#world
    this.#line(clock.now(), text)
  }

  #catchUp(): void {
    const { disk, alerts } = this.#world
    for (;;) {
      const entries = disk.read(this.#toldSeq, ENTRIES_AT_ONCE)
      for (const entry of entries) {
        this.#toldSeq = entry.seq
        const facts = isTold(entry) ? factsOf(entry) : null
        if (facts !== null) this.#line(entry.atMs, `#${entry.seq} ${entry.actor} ${entry.kind}: ${cut(facts)}`)
      }
      if (entries.length < ENTRIES_AT_ONCE) break
    }
    for (const { atMs, code, severity, text } of alerts.slice(this.#toldAlerts)) this.#line(atMs, `alert ${severity} ${code}: ${cut(text)}`)
    this.#toldAlerts = alerts.length
  }

  #line(atMs: number, text: string): void {
    this.#onLine(`${new Date(atMs).toISOString()} ${text}`)
  }
}

function isTold({ kind, payload }: JournalEntry): boolean {
  if (DULL.test(kind)) return false
  return kind !== 'plan.made' || payload['action'] !== 'none'
}

function factsOf({ kind, payload }: JournalEntry): string {
  if (kind.endsWith('.transition')) return `${payload['from']} → ${payload['to']}${withReasons(payload)}`
  if (kind === 'order.submitting') return submission(objectOf(payload['proposal']))
  if (kind === 'order.filled') return fill(objectOf(payload['fill']))
  if (kind === 'ledger.posted') return String(objectOf(payload['posting'])['postingId'])
  return scalars(payload)
}

function submission({ botId, side, quantity, instrumentId, limitPrice, postOnly, reduceOnly, effect }: JsonObject): string {
  const flags = [postOnly === true ? ', post-only' : '', reduceOnly === true ? ', reduce-only' : ''].join('')
  return `${side} ${quantity} ${instrumentId} at ${limitPrice ?? 'market'}${flags} (${effect}, ${botId})`
}

function fill({ side, quantity, instrumentId, price, feeQuantity, feeAsset, liquidity, tradeId }: JsonObject): string {
  return `${side} ${quantity} ${instrumentId} at ${price}, fee ${feeQuantity} ${feeAsset}, ${liquidity}, trade ${tradeId}`
}

function withReasons(payload: JsonObject): string {
  const reasons = Array.isArray(payload['reasons']) ? payload['reasons'].map((reason) => objectOf(reason)['text']) : []
  const { from: _, to: __, ...rest } = payload
  const facts = [...reasons, scalars(rest)].filter((text) => text !== '')
  return facts.length === 0 ? '' : ` (${facts.join('; ')})`
}

/** What an object says by itself: `name value`, without its time, which the line has, and what is empty or nested. */
function scalars(facts: JsonObject): string {
  return Object.entries(facts)
    .filter(([name, value]) => name !== 'atMs' && value !== null && value !== '' && typeof value !== 'object')
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

function arrowOf({ direction, carrier }: Passage): string {
  return `${carrier} ${direction === 'up' ? '→ venue' : '← venue'}`
}

/** Without the token that opens the private stream: a trace is for handing around. */
function messageOf({ carrier, path, text }: Passage): string {
  const shown = text.replaceAll(/"token":"[^"]*"/g, '"token":"…"')
  return cut(carrier === 'http' ? `${path} ${shown}` : shown)
}

function endingOf(fate: Fate): string {
  switch (fate.kind) {
    case 'carry':
      return fate.extraMs > 0 ? ` [late by ${Math.round(fate.extraMs)} ms]` : ''
    case 'drop':
      return ' [lost]'
    case 'duplicate':
      return ' [twice]'
    case 'cut':
      return ' [the line is cut]'
  }
}

function cut(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`
}
