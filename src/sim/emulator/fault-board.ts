import type { z } from 'zod'
import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import type { CommonFault, CommonFaultOf, ScopedFault } from './fault-rules'

/** Which face of an emulator a fault hits. */
export type FaultFace = 'rest' | 'ws'

interface ActiveFault<Rule> {
  readonly id: string
  readonly rule: Rule
  readonly endsAtMs: number | null
  hits: number
}

/** A fault as the emulator's state shows it; ended ones stay visible. */
export interface FaultView {
  readonly id: string
  readonly kind: string
  readonly hits: number
  readonly isActive: boolean
}

/** The faults in force, as the parts see them that all venues share. */
export interface CommonFaults {
  takeCommon<Kind extends CommonFault['kind']>(
    kind: Kind,
    face: FaultFace,
    label: string,
    accepts?: (rule: CommonFaultOf<Kind>) => boolean,
  ): CommonFaultOf<Kind> | null
  delayOf(rule: CommonFaultOf<'latency'>): number
}

const ENDED_MAX = 500

/** The faults in force and how often each was hit. Draws from the emulator's seeded randomness only where the chance is below 1. */
export class FaultBoard<Rule extends ScopedFault, Input> implements CommonFaults {
  readonly #clock: ClockPort
  readonly #random: RandomPort
  readonly #schema: z.ZodType<Rule, Input>
  #active: ActiveFault<Rule>[] = []
  readonly #ended: FaultView[] = []
  readonly #hitsByKind = new Map<string, number>()
  #nextId = 1

  /** @param schema the faults that the venue knows. */
  constructor(clock: ClockPort, random: RandomPort, schema: z.ZodType<Rule, Input>) {
    this.#clock = clock
    this.#random = random
    this.#schema = schema
  }

  /** Sets a fault and returns its id; one of the same id is replaced. */
  add(input: Input): string {
    return this.set(this.#schema.parse(input))
  }

  /** Sets a fault that is parsed already. */
  set(rule: Rule): string {
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
  take<Kind extends Rule['kind']>(
    kind: Kind,
    face: FaultFace,
    label: string,
    accepts?: (rule: Extract<Rule, { readonly kind: Kind }>) => boolean,
  ): Extract<Rule, { readonly kind: Kind }> | null {
    const isOfKind = (rule: Rule): rule is Extract<Rule, { readonly kind: Kind }> => rule.kind === kind
    return this.#take(face, label, (rule) => (isOfKind(rule) && (accepts === undefined || accepts(rule)) ? rule : null))
  }

  takeCommon<Kind extends CommonFault['kind']>(
    kind: Kind,
    face: FaultFace,
    label: string,
    accepts?: (rule: CommonFaultOf<Kind>) => boolean,
  ): CommonFaultOf<Kind> | null {
    const isOfKind = (rule: ScopedFault): rule is CommonFaultOf<Kind> => rule.kind === kind
    return this.#take(face, label, (rule) => (isOfKind(rule) && (accepts === undefined || accepts(rule)) ? rule : null))
  }

  /** Returns the delay of one latency hit, in ms. */
  delayOf(rule: CommonFaultOf<'latency'>): number {
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

  #take<Wanted>(face: FaultFace, label: string, pick: (rule: Rule) => Wanted | null): Wanted | null {
    if (this.#active.length === 0) return null
    const nowMs = this.#clock.now()
    this.#end((fault) => fault.endsAtMs !== null && nowMs >= fault.endsAtMs)
    for (const fault of this.#active) {
      const wanted = pick(fault.rule)
      if (wanted === null) continue
      const { rule } = fault
      if (rule.face !== 'any' && rule.face !== face) continue
      if (rule.methods.length > 0 && !rule.methods.includes(label)) continue
      if (rule.probability < 1 && this.#random.next() >= rule.probability) continue
      fault.hits++
      this.#hitsByKind.set(rule.kind, (this.#hitsByKind.get(rule.kind) ?? 0) + 1)
      if (rule.count !== null && fault.hits >= rule.count) this.#end((other) => other === fault)
      return wanted
    }
    return null
  }

  #end(isOver: (fault: ActiveFault<Rule>) => boolean): number {
    const over = this.#active.filter(isOver)
    if (over.length === 0) return 0
    this.#active = this.#active.filter((fault) => !over.includes(fault))
    for (const fault of over) this.#ended.push(viewOf(fault, false))
    if (this.#ended.length > ENDED_MAX) this.#ended.splice(0, this.#ended.length - ENDED_MAX)
    return over.length
  }
}

function viewOf(fault: ActiveFault<ScopedFault>, isActive: boolean): FaultView {
  return { id: fault.id, kind: fault.rule.kind, hits: fault.hits, isActive }
}
