import { isZero } from '#domain/decimal'
import type { BotId, InstrumentId } from '#domain/ids'
import type { Posting } from '#domain/posting'
import { readObject, readText } from '#domain/json-read'
import type { PositionProtection } from '#ports/control'
import type { BotSpec } from '../bots/bot-spec'
import { lineOf, type OrderRecord } from '../desk/order-record'
import { isNativeStop } from './native-stop'
import { Protection } from './protection'
import { alertOrphan } from './protection-alerts'
import type { ProtectionDeps } from './protection-deps'

/**
 * Every position's protection: follows the books, what strategies state and the ends of orders. It belongs to the company, not to the bots: one
 * that is stopped, paused or dead leaves its position protected.
 */
export class Protections {
  readonly #deps: ProtectionDeps
  readonly #specs: ReadonlyMap<BotId, BotSpec>
  readonly #lines = new Map<string, Protection>()
  readonly #unsubscribes: (() => void)[] = []
  readonly #listeners = new Set<(from: string, to: string) => void>()
  #isOpen = false

  constructor(specs: readonly BotSpec[], deps: ProtectionDeps) {
    this.#specs = new Map(specs.map((spec) => [spec.botId, spec]))
    this.#deps = deps
  }

  /** Takes up what the journal tells and what the books hold. The venues have been brought in step. */
  start(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    const { memory, portfolio, orders, journal, clock } = this.#deps
    this.#unsubscribes.push(
      portfolio.onPosting((posting) => this.#onPosting(posting)),
      orders.onChange((record) => {
        // In the next turn: a fill behind the end may still be on its way into the books.
        if (record.isOver) clock.defer(() => this.#onOrderOver(record))
        else if (isNativeStop(record)) clock.defer(() => this.#onStopChange(record))
      }),
      journal.subscribe(({ kind, payload }) => {
        if (kind !== 'plan.made') return
        const intent = readObject(payload['intent'], 'intent')
        const [botId, instrumentId] = [readText(intent['botId'], 'botId'), readText(intent['instrumentId'], 'instrumentId')]
        if (intent['kind'] !== 'exit') clock.defer(() => this.#review(botId as BotId, instrumentId as InstrumentId))
      }),
    )
    for (const { botId, instrumentId, state } of [...memory.lines()]) if (state !== 'idle') this.#review(botId, instrumentId)
    for (const { botId, instrumentId, netQuantity } of [...portfolio.netPositions()]) {
      if (botId === null) continue
      if (this.#specs.has(botId)) this.#review(botId, instrumentId)
      else if (!isZero(netQuantity)) alertOrphan(this.#deps.alerter, botId, instrumentId, netQuantity)
    }
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Ends every watch and timer; what is held stays in the journal for the next start. */
  stop(): void {
    this.#isOpen = false
    for (const unsubscribe of this.#unsubscribes.splice(0)) unsubscribe()
    for (const line of this.#lines.values()) line.stop()
  }

  /** Calls `listener` after each change of state of one of them, with the states as reports show them. */
  onTransition(listener: (from: string, to: string) => void): void {
    this.#listeners.add(listener)
  }

  find(botId: string, instrumentId: string): Protection | null {
    return this.#lines.get(lineOf(botId as BotId, instrumentId as InstrumentId)) ?? null
  }

  /** True while a protective exit closes the bot's position: the line takes no decision of its strategy. */
  isExiting(botId: BotId, instrumentId: InstrumentId): boolean {
    return this.find(botId, instrumentId)?.isExiting ?? false
  }

  /** Returns what protects a position, for API and page; null for nothing. */
  view(botId: string, instrumentId: string): PositionProtection | null {
    const protection = this.find(botId, instrumentId)
    if (protection === null || protection.line.state === 'idle') return null
    const { stopPrice, targetPrice, kind } = protection.line
    const { trail, state, note } = protection
    return { state, kind, stopPrice, trailingPrice: trail, targetPrice, note }
  }

  #onPosting(posting: Posting): void {
    switch (posting.kind) {
      case 'fill':
        if (posting.trade.botId !== null) this.#reviewSoon(posting.trade.botId, posting.trade.instrumentId)
        return
      case 'dust':
        if (posting.dust.botId !== null) this.#reviewSoon(posting.dust.botId, posting.dust.instrumentId)
        return
      case 'flow':
      case 'allocation':
      case 'gas':
        return
    }
  }

  /** In the next turn: a fill is booked in the middle of the step that brought it. */
  #reviewSoon(botId: BotId, instrumentId: InstrumentId): void {
    this.#deps.clock.defer(() => this.#review(botId, instrumentId))
  }

  #onStopChange({ proposal }: OrderRecord): void {
    if (this.#isOpen) this.find(proposal.botId, proposal.instrumentId)?.onStopChange()
  }

  #onOrderOver(record: OrderRecord): void {
    if (!this.#isOpen || !record.isOver || record.chart === null) return
    const { botId, instrumentId } = record.proposal
    const line = this.find(botId, instrumentId)
    line?.review()
    line?.onOrderOver(record)
  }

  #review(botId: BotId, instrumentId: InstrumentId): void {
    const spec = this.#specs.get(botId)
    if (!this.#isOpen || spec === undefined || this.#deps.journal.failure !== null) return
    const key = lineOf(botId, instrumentId)
    let line = this.#lines.get(key)
    if (line === undefined) {
      line = new Protection(spec, instrumentId, this.#deps, (from, to) => {
        for (const listener of this.#listeners) listener(from, to)
      })
      this.#lines.set(key, line)
      line.start()
    }
    line.review()
  }
}
