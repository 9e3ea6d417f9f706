import type { Json, JsonObject } from '#domain/json'
import type { Operator } from './control'

/** A key that a change gave another value; null stands for no such key. */
export type ChangedKey = {
  readonly path: string
  readonly from: Json
  readonly to: Json
}

/** One limit with where it comes from: `default`, `config`, `change 12`, `policy careful (bot a)`. */
export type SourcedLimit = {
  readonly value: Json
  readonly source: string
}

/** The limits of the company (both null), or of a bot on a venue. */
export type EffectiveView = {
  readonly botId: string | null
  readonly venueId: string | null
  /** Names of the policies that hold there. */
  readonly policies: readonly string[]
  readonly limits: Readonly<Record<string, SourcedLimit>>
}

export type RiskConfigView = {
  /** Of the newest change; 0 while there was none. */
  readonly version: number
  readonly mode: string
  /** Sections `risk`, `policies`, `breakers`, `bots` and `venues` as they are in force. */
  readonly config: JsonObject
  readonly effective: readonly EffectiveView[]
  /** Keys that differ from the configuration file, with the change that made them so. */
  readonly overlay: readonly { readonly path: string; readonly value: Json; readonly over: Json; readonly version: number }[]
  /** Keys of these sections that need a restart, with the reason. */
  readonly fixed: Readonly<Record<string, string>>
}

/** One change of the configuration of a running company. */
export type ConfigChangeView = {
  /** From 1, without a gap. */
  readonly version: number
  readonly atMs: number
  readonly operator: string
  /** Where the request came from. */
  readonly origin: string
  readonly reason: string
  /** The version that was gone back to; 0 is the configuration itself; null for a plain change. */
  readonly rollbackTo: number | null
  readonly changes: readonly ChangedKey[]
  /** What it let pass that did not before. */
  readonly loosened: readonly string[]
}

/** Why, and whether a loosening was confirmed. */
export interface ChangeAsk {
  readonly reason: string
  readonly isConfirmed: boolean
}

/** What API and command line read and ask of the limits in force (RSK-14, API-07). */
export interface RiskConfigPort {
  read(): RiskConfigView
  /** Newest first. */
  history(): readonly ConfigChangeView[]
  /**
   * Checks a patch, journals it and applies it, all before this returns; nothing of one that fails.
   * @throws {AppError} `REQUEST_INVALID` naming key, value and rule; `CONFIRMATION_REQUIRED` for a loosening in live without one;
   * `COMMAND_REFUSED` where the journal has failed or nothing can be changed.
   */
  change(patch: JsonObject, ask: ChangeAsk, operator: Operator): ConfigChangeView
  /** Puts every key back as a version left it; a change of its own. @throws as `change`, and {NotFoundError} for a version that is none. */
  rollBack(version: number, ask: ChangeAsk, operator: Operator): ConfigChangeView
}
