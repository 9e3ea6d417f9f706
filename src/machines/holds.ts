import { type HoldReason, withoutReason } from '#domain/reasons'

/** The source of a hold that an operator placed by hand. */
export const OPERATOR = 'operator'
/** The source of a hold that the supervisor placed because a restart budget was spent. */
const SUPERVISOR = 'supervisor'

/** True for a hold that a named operator signs off with a reset; every other one is ended by whoever holds it. */
function isSignedOff(reason: HoldReason): boolean {
  return reason.source === OPERATOR || reason.source === SUPERVISOR
}

/** True when an operator's reset may leave a halt: nothing else holds. */
export function isResettable(reasons: readonly HoldReason[]): boolean {
  return reasons.every(isSignedOff)
}

/** Returns what is still held after an operator's reset. */
export function afterReset(reasons: readonly HoldReason[]): readonly HoldReason[] {
  return reasons.filter((reason) => !isSignedOff(reason))
}

/** True when the end of `source` leaves no hold. */
export function isLastHold(reasons: readonly HoldReason[], source: string): boolean {
  return withoutReason(reasons, source).length === 0
}

/** A command that adds a hold. */
export interface HoldCommand<T extends string> {
  readonly type: T
  readonly reason: HoldReason
  readonly atMs: number
}

/** A command that ends the hold of one source. */
export interface ReleaseCommand<T extends string> {
  readonly type: T
  readonly source: string
  readonly atMs: number
}

/** A named operator's sign-off. */
export interface OperatorReset {
  readonly type: 'operator.reset'
  /** The operator's name. */
  readonly operator: string
  readonly atMs: number
}
