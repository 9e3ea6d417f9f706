import type { ClockPort } from '#ports/clock'
import type { FaultBoard } from '#sim/emulator/fault-board'
import type { MatchingEngine } from '#sim/engine/types'
import type { SimMarket } from '#sim/market/types'
import type { EmulatorCredentials } from './credentials'
import type { EngineCounters } from './engine-counter'
import type { FaceState } from './face-state'
import type { FaultInput, FaultRule } from './fault-rules'
import { refuse } from './refusal'
import type { RestCounters } from './rest-counter'
import type { KrakenPair, SymbolTable } from './symbols'
import type { Tier } from './tiers'
import type { TokenStore } from './tokens'

/** A key with the account that it opens. */
export interface KnownKey extends EmulatorCredentials {
  readonly accountId: string
  readonly createdAtMs: number
}

/** What all parts of the emulator's face work on. */
export interface Face {
  readonly clock: ClockPort
  readonly engine: MatchingEngine
  readonly market: SimMarket
  readonly symbols: SymbolTable
  readonly state: FaceState
  readonly faults: FaultBoard<FaultRule, FaultInput>
  readonly tokens: TokenStore
  readonly keys: ReadonlyMap<string, KnownKey>
  readonly tier: Tier
  /** False switches every rate limit and the limit of open orders off. */
  readonly hasLimits: boolean
  readonly restCounters: RestCounters
  readonly engineCounters: EngineCounters
}

/** Finds a pair as REST names it. @throws {KrakenRefusal} `EQuery:Unknown asset pair`. */
export function pairNamed(face: Face, name: string): KrakenPair {
  return face.symbols.pair(name) ?? refuse('EQuery:Unknown asset pair')
}

/** Returns the pair of an engine symbol, which must exist. */
export function pairOf(face: Face, symbol: string): KrakenPair {
  return face.symbols.bySymbol(symbol) ?? refuse('EQuery:Unknown asset pair')
}
