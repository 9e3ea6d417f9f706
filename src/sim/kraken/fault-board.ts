import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import { type FaultInput, type FaultKind, type FaultRule, faultRuleSchema, type RuleOf } from './fault-rules'

interface ActiveFault {
  readonly id: string
  readonly rule: FaultRule
  readonly endsAtMs: number | null
  hits: number
}

/** A fault as the emulator's state shows it; ended ones stay visible. */
export interface FaultView {
  readonly id: string
  readonly kind: FaultKind
  readonly hits: number
  readonly isActive: boolean
}

const ENDED_MAX = 500

/** The faults in force and how often each was hit. Draws from the emulator's seeded randomness only where the chance is below 1. */
export class FaultBoard {
  readonly #clock: ClockPort
  readonly #random: RandomPort
  #active: ActiveFault[] = []
  readonly #ended: FaultView[] = []
  readonly #hitsByKind = new Map<FaultKind, number>()
  #nextId = 1

  constructor(clock: ClockPort, random: RandomPort) {
    this.#clock = clock
    this.#random = random
  }

  /** Sets a fault and returns its id; one of the same id is replaced. */
  add(input: FaultInput): string {
    const rule = faultRuleSchema.parse(input)
    const id = rule.id ?? `fault-${this.#nextId++}`
    this.clear([id])
    this.#active.push({ id, rule, endsAtMs: rule.durationMs === null ? null : this.#clock.now() + rule.durationMs, hits: 0 })
    return id
  }

  /** Ends faults by id, or all of them. Returns how many were in force. */
  clear(ids: 'all' | readonly string[]): number {
    return this.#end((fault) => ids === 'all' || ids.includes(fault.id))
  }

  /**
   * Returns the first fault of that kind that hits this method on this face, and counts the hit; null when none does.
   * `label` is a REST method, a WebSocket method or a channel.
   */
  take<Kind extends FaultKind>(
    kind: Kind,
    face: 'rest' | 'ws',
    label: string,
    accepts?: (rule: RuleOf<Kind>) => boolean,
  ): RuleOf<Kind> | null {
    if (this.#active.length === 0) return null
    const nowMs = this.#clock.now()
    this.#end((fault) => fault.endsAtMs !== null && nowMs >= fault.endsAtMs)
    for (const fault of this.#active) {
      if (!isOfKind(fault.rule, kind) || (accepts !== undefined && !accepts(fault.rule))) continue
      const { rule } = fault
      if (rule.face !== 'any' && rule.face !== face) continue
      if (rule.methods.length > 0 && !rule.methods.includes(label)) continue
      if (rule.probability < 1 && this.#random.next() >= rule.probability) continue
      fault.hits++
      this.#hitsByKind.set(kind, (this.#hitsByKind.get(kind) ?? 0) + 1)
      if (rule.count !== null && fault.hits >= rule.count) this.#end((other) => other === fault)
      return rule
    }
    return null
  }

  /** Returns the delay of one latency hit, in ms. */
  delayOf(rule: RuleOf<'latency'>): number {
    return rule.fixedMs + (rule.jitterMs === 0 ? 0 : this.#random.integer(rule.jitterMs + 1))
  }

  /** Hits so far by kind of fault. */
  hits(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#hitsByKind].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** Hits of one fault so far, ended or not; 0 for an id that was never set or has been forgotten. */
  hitsOf(id: string): number {
    return this.#active.find((fault) => fault.id === id)?.hits ?? this.#ended.findLast((fault) => fault.id === id)?.hits ?? 0
  }

  list(): readonly FaultView[] {
    return [...this.#ended, ...this.#active.map((fault) => viewOf(fault, true))]
  }

  #end(isOver: (fault: ActiveFault) => boolean): number {
    const over = this.#active.filter(isOver)
    if (over.length === 0) return 0
    this.#active = this.#active.filter((fault) => !over.includes(fault))
    for (const fault of over) this.#ended.push(viewOf(fault, false))
    if (this.#ended.length > ENDED_MAX) this.#ended.splice(0, this.#ended.length - ENDED_MAX)
    return over.length
  }
}

function isOfKind<Kind extends FaultKind>(rule: FaultRule, kind: Kind): rule is RuleOf<Kind> {
  return rule.kind === kind
}

function viewOf(fault: ActiveFault, isActive: boolean): FaultView {
  return { id: fault.id, kind: fault.rule.kind, hits: fault.hits, isActive }
}
