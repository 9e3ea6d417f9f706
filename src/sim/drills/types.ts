import type { TroupeConfig } from '#config/schema'
import type { DrillStage } from './stage'

/** A bot of a drill: it wants nothing by itself and does what the drill asks of it. */
export interface DrillBot {
  readonly id: string
  readonly instruments: readonly string[]
  /** USD. */
  readonly capital: string
  readonly drawdownRatio?: number
}

/** How the company stands while the drill's breaker holds: this, and nothing besides. */
export interface Standing {
  readonly company: 'TRADING' | 'HALTED'
  /** What the gate lets pass of the company. */
  readonly mode: 'trading' | 'reducing' | 'halted'
  readonly bots: Readonly<Record<string, 'ACTIVE' | 'PAUSED' | 'HALTED'>>
  /** Every breaker that holds, by id, in order of name. */
  readonly breakers: readonly string[]
  readonly isKilled: boolean
}

/** What a bot tries while the breaker holds, and what becomes of it: `silent` when its strategy is not asked at all. */
export interface Attempt {
  readonly bot: string
  readonly instrument: string
  /** Base, signed: by how much the position is to change. */
  readonly change: string
  readonly outcome: 'sent' | 'silent' | 'bot_state' | 'company_state' | 'reducing_only' | 'kill_switch' | 'drift'
}

/** One breaker's scenario in a throw-away company: what causes it, what must hold then, and how it ends. */
export interface Drill {
  /** As the command line names it. */
  readonly name: string
  readonly summary: string
  /** The breaker that it is of; null for the kill switch. */
  readonly breakerId: string | null
  readonly bots: readonly DrillBot[]
  /** What the drill changes of the defaults. */
  readonly breakers?: Partial<TroupeConfig['breakers']>
  /** UTC ms; default noon of a Monday. */
  readonly startMs?: number
  /** Brings it about; returns once it should have tripped. */
  cause(stage: DrillStage): void
  readonly standing: Standing
  readonly attempts: readonly Attempt[]
  /** True where a restart finds it as it was: its cause is a fact of the journal, or lasts. */
  readonly outlivesRestart: boolean
  /** Ends it as a breaker of its kind ends, and sees that it does. */
  rearm(stage: DrillStage): void
}
