import type { EmergencyScope } from '#domain/emergency-scope'
import type { LimitFigures } from '#domain/limit-figures'
import type { Operator } from './control'

/** What one limit of the gate stands at, and where it comes from (RSK-01, RSK-02). */
export type LimitView = LimitFigures & {
  /** The check's name, which is the reason code of a block. */
  readonly check: string
  /** How much of the limit is used, 0 to 1 and beyond; null where nothing is compared. For a bar. */
  readonly usedRatio: number | null
  /** Where the limit comes from: `config`, `policy careful (bot a)`, `venue`, `built in`… */
  readonly source: string
  /** Bots whose orders are held to it; empty for an instrument that no bot of ours trades. */
  readonly bots: readonly string[]
}

/** All limits, of the company or of one bot. */
export type LimitsView = {
  readonly atMs: number
  /** Of sums of money. */
  readonly currency: string
  readonly equity: string
  /** What every cap is multiplied with, and where that comes from. */
  readonly capScale: string
  readonly capScaleSource: string
  readonly limits: readonly LimitView[]
  /** Instruments that the venue has not told of yet: the gate can judge nothing on them. */
  readonly unknown: readonly string[]
}

/** A bot's throttle that tripped and waits for a named operator. */
export type ThrottleView = {
  readonly botId: string
  /** `messages` or `executions`. */
  readonly kind: string
  readonly reason: string
  readonly sinceMs: number
}

/** A scope that takes only what lowers exposure, and who wants it so. */
export type ReducingView = {
  /** `all`, `venue:ID`, `market:ID`, `strategy:ID`, `bot:ID`. */
  readonly scope: string
  /** `operator`, or what else holds it. */
  readonly source: string
  readonly text: string
  readonly sinceMs: number
}

/** What can be made to take only what lowers exposure. */
export type ReducingScope = Exclude<EmergencyScope, { readonly kind: 'order' }>

/**
 * What the gate stands at, and what an operator may do about it. Names that nobody bears throw `NotFoundError`, what the state forbids
 * `CommandRefusedError`; each accepted command is journaled with its operator.
 */
export interface GateControlPort {
  /** Of a bot, or for null of the whole company. */
  limits(botId: string | null): LimitsView
  throttles(): readonly ThrottleView[]
  reducing(): readonly ReducingView[]
  /** Lets a bot send again whose throttle tripped. */
  rearmThrottle(botId: string, operator: Operator, reason: string): void
  beginReducing(scope: ReducingScope, operator: Operator, reason: string): void
  /** Ends what an operator began; what a breaker holds ends with the breaker. */
  endReducing(scope: ReducingScope, operator: Operator, reason: string): void
}
