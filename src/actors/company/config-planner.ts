import type { Json, JsonObject } from '#domain/json'
import type { ChangedKey } from '#ports/risk-config'
import type { BreakerLimits } from '#risk/breakers/limits'
import type { LimitPlan } from '#risk/effective-limits'

/** A key of the configuration that was changed while a company ran, and is not as the file has it. Plain JSON. */
export type Overlaid = {
  readonly path: string
  readonly value: Json
  /** What the configuration said when it was changed; null for nothing. */
  readonly over: Json
  /** The change that made it. */
  readonly version: number
}

/** What holds for orders and breakers. */
export interface RiskRules {
  readonly limits: LimitPlan
  readonly breakers: BreakerLimits
  /** The sections that can be changed, as they are in force: bots and venues with the policy that each refers to. */
  readonly shown: JsonObject
}

/** What a change comes to. */
export interface ChangePlan {
  readonly overlay: readonly Overlaid[]
  readonly changes: readonly ChangedKey[]
  /** What passes by it that did not before, in words. */
  readonly loosened: readonly string[]
  readonly rules: RiskRules
}

/** What is to become of the keys that were changed: more of them are, or all are as they once were. */
export type ChangeTarget =
  | { readonly kind: 'patch'; readonly patch: JsonObject }
  | { readonly kind: 'rollback'; readonly overlay: readonly Overlaid[] }

/** Works changes of the configuration out. Pure: it applies nothing. */
export interface ConfigPlanner {
  /**
   * Returns what holds with what was changed before.
   * @throws {ConfigError} when the configuration has been edited since so that both cannot hold.
   */
  restore(overlay: readonly Overlaid[]): RiskRules
  /**
   * @param version the number that the change gets.
   * @throws {AppError} `REQUEST_INVALID` naming key, value and rule; `CONFIRMATION_REQUIRED` for a loosening that has none.
   */
  plan(overlay: readonly Overlaid[], target: ChangeTarget, version: number, isConfirmed: boolean): ChangePlan
}
