import { type HoldReason, withReason } from '#domain/reasons'
import type { Json, JsonObject } from '#domain/json'
import { readArray, readBoolean, readInteger, readNullable, readObject, readOneOf, readText } from '#domain/json-read'
import type { JournalEntry } from '#ports/journal'
import type { BotMemory } from '../bots/bot-host'
import { ConfigMemory } from './config-memory'
import { EmergencyMemory } from './emergency-memory'
import { ProtectionMemory } from '../protection/protection-memory'
import { GateMemory } from './gate-memory'

/** A breaker as it stood, for `breaker.restored`. */
export type BreakerMemory = {
  readonly state: 'armed' | 'tripped' | 'cooling'
  /** The limit that was passed; empty where the journal does not say. */
  readonly threshold: string
  readonly value: string
  readonly reason: string
  readonly trippedAtMs: number
  readonly rearmsAtMs: number | null
  readonly trips: number
}

export type KillSwitchMemory = {
  readonly reason: string
  readonly source: string
  readonly sinceMs: number
}

/** Who may hold a bot across a restart: the others (breakers, venues, the parent) place their holds anew when they still apply. */
const LASTING: readonly string[] = ['operator', 'supervisor']

/** True for a hold that a restart does not end. */
export function isLasting(source: string): boolean {
  return LASTING.includes(source)
}

/** Moments kept of a line: more decisions than a clock that is set back can repeat. */
const ORDERED_MAX = 256

/** A bot's decisions on an instrument: the newest that was planned with orders, and the moments of those that led to one, oldest first. */
interface LineMemory {
  intentId: string
  plannedOnMs: number
  readonly orderedOnMs: number[]
}

/** What the company's own state was when it last ran: a fold of the journal (I10). */
export class CompanyMemory {
  /** What the gate's guards remember. */
  readonly gate = new GateMemory()
  /** What was changed of the configuration. */
  readonly config = new ConfigMemory()
  /** What protects the positions. */
  readonly protections = new ProtectionMemory()
  readonly #bots = new Map<string, { wanted: BotMemory['wanted']; reasons: readonly HoldReason[]; state: string }>()
  readonly #breakers = new Map<string, BreakerMemory>()
  readonly #lines = new Map<string, LineMemory>()
  readonly emergencies = new EmergencyMemory()
  #killSwitch: KillSwitchMemory | null = null
  #killedAtMs: number | null = null
  #company: { reasons: readonly HoldReason[]; isHalted: boolean } = { reasons: [], isHalted: false }

  get killSwitch(): KillSwitchMemory | null {
    return this.#killSwitch
  }

  /** When the kill switch was last tripped, cleared since or not, UTC ms; null for never. */
  get killedAtMs(): number | null {
    return this.#killedAtMs
  }

  /** The holds on the company that last; the kill switch holds it until it is cleared, whatever an operator resets. */
  get reasons(): readonly HoldReason[] {
    const lasting = this.#company.reasons.filter((reason) => LASTING.includes(reason.source))
    if (this.#killSwitch === null) return lasting
    return [...lasting, { source: 'killSwitch', text: this.#killSwitch.reason, sinceMs: this.#killSwitch.sinceMs }]
  }

  get isHaltLatched(): boolean {
    return this.#company.isHalted
  }

  breaker(breakerId: string): BreakerMemory | null {
    return this.#breakers.get(breakerId) ?? null
  }

  /**
   * True when what a bot decided on an instrument at `atMs` (the close of a bar, or a moment of its cycle) has led to an order. It outlives
   * the tracker of orders: a decision is acted on once, however long ago its order ended, and whatever a clock that is set back repeats.
   */
  hasOrderedOn(botId: string, instrumentId: string, atMs: number): boolean {
    return this.#lines.get(keyOf(botId, instrumentId))?.orderedOnMs.includes(atMs) ?? false
  }

  bot(botId: string): BotMemory {
    const known = this.#bots.get(botId)
    const reasons = (known?.reasons ?? []).filter((reason) => LASTING.includes(reason.source))
    // A halt that the whole company shared ends with it; one of its own is latched.
    return { wanted: known?.wanted ?? null, reasons, isHalted: known?.state === 'HALTED' && reasons.length > 0 }
  }

  /** The fold as plain JSON: a cache. */
  snapshot(): JsonObject {
    return { ...this.fold() }
  }

  /** The whole fold: who was held by whom, as the journal tells it. */
  fold() {
    return {
      bots: [...this.#bots].map(([botId, bot]) => ({ botId, ...bot })),
      breakers: [...this.#breakers].map(([breakerId, breaker]) => ({ breakerId, ...breaker })),
      lines: [...this.#lines].map(([line, memory]) => ({ line, ...memory, orderedOnMs: [...memory.orderedOnMs] })),
      killSwitch: this.#killSwitch,
      killedAtMs: this.#killedAtMs,
      company: { ...this.#company },
      emergencies: this.emergencies.fold(),
      gate: this.gate.fold(),
      config: this.config.fold(),
      protections: this.protections.fold(),
    }
  }

  /** Takes the place of a fold up to the snapshot's sequence. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    const fold = readObject(json, 'memory')
    for (const item of readArray(fold['bots'], 'bots')) {
      const bot = readObject(item, 'bot')
      const wanted = readNullable(bot['wanted'], 'wanted', (value, path) => readOneOf(value, path, ['running', 'stopped'] as const))
      this.#bots.set(readText(bot['botId'], 'botId'), {
        wanted,
        reasons: reasonsOf(bot['reasons']),
        state: readText(bot['state'], 'state'),
      })
    }
    for (const item of readArray(fold['breakers'], 'breakers')) {
      const breaker = readObject(item, 'breaker')
      this.#breakers.set(readText(breaker['breakerId'], 'breakerId'), {
        state: readOneOf(breaker['state'], 'state', ['armed', 'tripped', 'cooling']),
        threshold: readText(breaker['threshold'], 'threshold'),
        value: readText(breaker['value'], 'value'),
        reason: readText(breaker['reason'], 'reason'),
        trippedAtMs: readInteger(breaker['trippedAtMs'], 'trippedAtMs'),
        rearmsAtMs: readNullable(breaker['rearmsAtMs'], 'rearmsAtMs', readInteger),
        trips: readInteger(breaker['trips'], 'trips'),
      })
    }
    for (const item of readArray(fold['lines'], 'lines')) {
      const line = readObject(item, 'line')
      this.#lines.set(readText(line['line'], 'line'), {
        intentId: readText(line['intentId'], 'intentId'),
        plannedOnMs: readInteger(line['plannedOnMs'], 'plannedOnMs'),
        orderedOnMs: readArray(line['orderedOnMs'], 'orderedOnMs').map((value) => readInteger(value, 'orderedOnMs')),
      })
    }
    this.#killSwitch = readNullable(fold['killSwitch'], 'killSwitch', killSwitchOf)
    this.#killedAtMs = readNullable(fold['killedAtMs'], 'killedAtMs', readInteger)
    const company = readObject(fold['company'], 'company')
    this.#company = { reasons: reasonsOf(company['reasons']), isHalted: readBoolean(company['isHalted'], 'isHalted') }
    this.emergencies.restore(fold['emergencies'] ?? null)
    this.gate.restore(fold['gate'] ?? null)
    this.config.restore(fold['config'] ?? null)
    this.protections.restore(fold['protections'] ?? null)
  }

  /** Takes in one entry, of a replay or as it is journaled; those of other actors are ignored. */
  replay(entry: Pick<JournalEntry, 'kind' | 'payload' | 'correlationId' | 'atMs'>): void {
    const { payload } = entry
    this.emergencies.replay(entry)
    this.gate.replay(entry)
    this.config.replay(entry)
    this.protections.replay(entry)
    switch (entry.kind) {
      case 'plan.made':
        return this.#planMade(readObject(payload['intent'], 'intent'), readArray(payload['orders'], 'orders').length > 0)
      case 'order.submitting':
        return this.#submitting(readObject(payload['proposal'], 'proposal'))
      case 'bot.command':
        return this.#botCommand(readText(entry.correlationId, 'correlationId'), readText(payload['command'], 'command'))
      case 'bot.transition':
        return this.#botTransition(
          readText(entry.correlationId, 'correlationId'),
          readText(payload['to'], 'to'),
          reasonsOf(payload['reasons']),
        )
      case 'emergency.begun':
        for (const botId of readArray(payload['bots'], 'bots'))
          this.#halted(readText(botId, 'bots'), {
            source: 'operator',
            text: `${readText(payload['reason'], 'reason')} (${readText(payload['operator'], 'operator')})`,
            sinceMs: entry.atMs,
          })
        return
      case 'killSwitch.tripped':
        this.#killSwitch = {
          reason: readText(payload['reason'], 'reason'),
          source: readText(payload['source'], 'source'),
          sinceMs: entry.atMs,
        }
        this.#killedAtMs = entry.atMs
        return
      case 'killSwitch.cleared':
        this.#killSwitch = null
        return
      case 'company.transition': {
        const to = readText(payload['to'], 'to')
        const isHalted =
          to === 'HALTED' ||
          (this.#company.isHalted && (to === 'BOOTING' || to === 'CHECKING' || to === 'STOPPING' || to === 'STOPPED' || to === 'FAILED'))
        this.#company = { reasons: reasonsOf(payload['reasons']), isHalted }
        return
      }
      case 'breaker.transition':
        this.#breakers.set(readText(entry.correlationId, 'correlationId'), {
          state: stateOf(readText(payload['to'], 'to')),
          threshold: readNullable(payload['threshold'] ?? null, 'threshold', readText) ?? '',
          value: readText(payload['value'], 'value'),
          reason: readNullable(payload['reason'], 'reason', readText) ?? '',
          trippedAtMs: readNullable(payload['trippedAtMs'], 'trippedAtMs', readInteger) ?? entry.atMs,
          rearmsAtMs: readNullable(payload['rearmsAtMs'], 'rearmsAtMs', readInteger),
          trips: readInteger(payload['trips'], 'trips'),
        })
        return
    }
  }

  #botCommand(botId: string, command: string): void {
    const known = this.#botOf(botId)
    if (command === 'start') known.wanted = 'running'
    // A reset leaves the bot IDLE until somebody starts it.
    if (command === 'stop' || command === 'reset') known.wanted = 'stopped'
  }

  #botTransition(botId: string, state: string, reasons: readonly HoldReason[]): void {
    const known = this.#botOf(botId)
    known.state = state
    known.reasons = reasons
  }

  /** An emergency holds the bot, whether or not it was there to hear of it. */
  #halted(botId: string, reason: HoldReason): void {
    const known = this.#botOf(botId)
    known.state = 'HALTED'
    known.reasons = withReason(known.reasons, reason)
  }

  #planMade(intent: JsonObject, hasOrders: boolean): void {
    if (!hasOrders) return
    const plannedOnMs = readInteger(intent['decidedOnMs'], 'decidedOnMs')
    const key = keyOf(readText(intent['botId'], 'botId'), readText(intent['instrumentId'], 'instrumentId'))
    const intentId = readText(intent['intentId'], 'intentId')
    const known = this.#lines.get(key)
    if (known === undefined) this.#lines.set(key, { intentId, plannedOnMs, orderedOnMs: [] })
    else {
      known.intentId = intentId
      known.plannedOnMs = plannedOnMs
    }
  }

  #submitting(proposal: JsonObject): void {
    const known = this.#lines.get(keyOf(readText(proposal['botId'], 'botId'), readText(proposal['instrumentId'], 'instrumentId')))
    if (known === undefined || known.intentId !== proposal['intentId'] || known.orderedOnMs.at(-1) === known.plannedOnMs) return
    known.orderedOnMs.push(known.plannedOnMs)
    if (known.orderedOnMs.length > ORDERED_MAX) known.orderedOnMs.shift()
  }

  #botOf(botId: string) {
    const known = this.#bots.get(botId) ?? { wanted: null, reasons: [], state: 'IDLE' }
    this.#bots.set(botId, known)
    return known
  }
}

function keyOf(botId: string, instrumentId: string): string {
  return `${botId} ${instrumentId}`
}

function reasonsOf(value: Json | undefined): readonly HoldReason[] {
  return readArray(value, 'reasons').map((item, index) => {
    const reason = readObject(item, `reasons.${index}`)
    return {
      source: readText(reason['source'], 'source'),
      text: readText(reason['text'], 'text'),
      sinceMs: readInteger(reason['sinceMs'], 'sinceMs'),
    }
  })
}

function killSwitchOf(json: Json): KillSwitchMemory {
  const active = readObject(json, 'killSwitch')
  return {
    reason: readText(active['reason'], 'reason'),
    source: readText(active['source'], 'source'),
    sinceMs: readInteger(active['sinceMs'], 'sinceMs'),
  }
}

function stateOf(shown: string): BreakerMemory['state'] {
  if (shown === 'TRIPPED') return 'tripped'
  return shown === 'COOLING' ? 'cooling' : 'armed'
}
