import { CommandRefusedError } from '#domain/errors'
import type { BotId } from '#domain/ids'
import type { Proposal } from '#domain/order'
import type { AlerterPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import type { LatchedThrottle, ThrottleFacts, ThrottleKind } from '#risk/guard-facts'
import type { LimitLookup } from '#risk/effective-limits'
import type { Epochs } from '#risk/types'
import type { GateMemory } from './gate-memory'
import { SlidingWindow } from './sliding-window'

export interface ThrottleBoardDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly alerter: AlerterPort
  readonly epochs: Epochs
  readonly memory: GateMemory
  readonly limitsOf: LimitLookup
}

/** Length of the messages' window. */
const SECOND_MS = 1_000

const NOTHING: ThrottleFacts = Object.freeze({ latched: null, messages: 0, executions: 0 })

/**
 * Counts what each bot sends and keeps its throttle (SEC 15c3-5, EU RTS 6): beyond a limit it trips, and then lets pass nothing that adds
 * risk until a named operator re-arms it. The latch is journaled and survives restarts; the counts begin anew with each.
 */
export class ThrottleBoard {
  readonly #deps: ThrottleBoardDeps
  readonly #messages = new Map<BotId, SlidingWindow>()
  /** By bot, instrument and side. */
  readonly #executions = new Map<string, SlidingWindow>()

  constructor(deps: ThrottleBoardDeps) {
    this.#deps = deps
  }

  /** What holds for an order that is about to be judged. */
  factsOf(proposal: Proposal): ThrottleFacts {
    const latched = this.#deps.memory.latchOf(proposal.botId)
    const messages = this.#messages.get(proposal.botId)
    if (messages === undefined) return latched === null ? NOTHING : { ...NOTHING, latched } // it has sent nothing that counts
    const nowUs = this.#deps.clock.monotonicUs()
    return { latched, messages: messages.count(nowUs), executions: this.#executions.get(lineOf(proposal))?.count(nowUs) ?? 0 }
  }

  /** An order or an amend of a bot leaves. */
  onSent(proposal: Proposal, kind: 'submit' | 'amend'): void {
    const { messagesPerSecMax, executionsMax, executionsWindowMs } = this.#deps.limitsOf(proposal.botId, proposal.venueId)
    const nowUs = this.#deps.clock.monotonicUs()
    if (messagesPerSecMax === null && executionsMax === null) return
    windowOf(this.#messages, proposal.botId, SECOND_MS).note(nowUs, messagesPerSecMax ?? 1)
    if (executionsMax === null || kind === 'amend') return
    windowOf(this.#executions, lineOf(proposal), executionsWindowMs).note(nowUs, executionsMax)
  }

  /** The gate blocked an order by one of the throttles: the bot's trips, unless it has. */
  onBlocked(proposal: Proposal, code: string, reason: string): void {
    if (code === 'message_throttle') this.#trip(proposal.botId, 'messages', reason)
    if (code === 'execution_throttle') this.#trip(proposal.botId, 'executions', reason)
  }

  /** The throttles that wait for an operator, by bot. */
  tripped(): ReadonlyMap<string, LatchedThrottle> {
    return this.#deps.memory.latches()
  }

  /** A named operator lets a bot send again. @throws {CommandRefusedError} when its throttle has not tripped. */
  rearm(botId: BotId, operator: string): void {
    const { journal, memory, epochs } = this.#deps
    const latched = memory.latchOf(botId)
    if (latched === null) throw new CommandRefusedError(`the throttle of ${botId} has not tripped`)
    journal.append({
      actor: `throttle:${botId}`,
      kind: 'throttle.rearmed',
      payload: { throttle: latched.kind, operator },
      correlationId: botId,
      causationSeq: null,
    })
    this.#messages.delete(botId)
    for (const line of this.#executions.keys()) if (line.startsWith(`${botId} `)) this.#executions.delete(line)
    epochs.bump({ kind: 'bot', botId })
  }

  #trip(botId: BotId, kind: ThrottleKind, reason: string): void {
    const { journal, alerter, epochs, memory } = this.#deps
    if (memory.latchOf(botId) !== null) return
    // The memory hears of it from the journal, in this very step.
    journal.append({
      actor: `throttle:${botId}`,
      kind: 'throttle.tripped',
      payload: { throttle: kind, reason },
      correlationId: botId,
      causationSeq: null,
    })
    epochs.bump({ kind: 'bot', botId })
    alerter.raise({ severity: 'CRITICAL', code: 'THROTTLE_TRIPPED', text: reason, details: { botId, throttle: kind } })
  }
}

function lineOf({ botId, instrumentId, side }: Proposal): string {
  return `${botId} ${instrumentId} ${side}`
}

function windowOf<K>(windows: Map<K, SlidingWindow>, key: K, lengthMs: number): SlidingWindow {
  const known = windows.get(key)
  if (known?.lengthMs === lengthMs) return known // another length counts anew
  const window = new SlidingWindow(lengthMs)
  windows.set(key, window)
  return window
}
