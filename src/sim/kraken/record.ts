import type { EngineBalance, EngineFill, EngineOrder, LedgerEntry } from '#sim/engine/types'
import type { Face } from './face'
import type { ClientIdUse, CounterName, SystemStatus } from './face-state'
import type { FaultView } from './fault-board'

/** What the emulator itself knows of an account; the truth that a client's view is checked against. */
export interface AccountRecord {
  readonly accountId: string
  readonly balances: readonly EngineBalance[]
  readonly openOrders: readonly EngineOrder[]
  readonly closedOrders: readonly EngineOrder[]
  /** Newest first, as are closed orders and ledger rows. */
  readonly fills: readonly EngineFill[]
  readonly ledger: readonly LedgerEntry[]
}

/** The emulator's own record, as `GET /emulator/state` gives it. */
export interface EmulatorRecord {
  readonly nowMs: number
  readonly systemStatus: SystemStatus
  readonly accounts: readonly AccountRecord[]
  readonly clientIds: {
    /** The most orders that were ever live at one time under one client id; more than 1 breaks I3. */
    readonly liveMax: number
    readonly byId: Readonly<Record<string, ClientIdUse>>
  }
  readonly counters: Readonly<Record<CounterName, number>>
  readonly deadMen: Readonly<Record<string, number>>
  readonly faults: readonly FaultView[]
  /** Hits of all faults so far, by kind. */
  readonly faultHits: Readonly<Record<string, number>>
  readonly openSockets: number
  readonly marketSteps: number
}

const COUNTERS: readonly CounterName[] = [
  'invalidNonce',
  'invalidKey',
  'invalidSignature',
  'restRateLimit',
  'engineRateLimit',
  'publicRateLimit',
  'deadManFired',
]

/** Returns the present record. */
export function recordOf(face: Face, openSockets: number): EmulatorRecord {
  const accountIds = [...new Set([...face.keys.values()].map((key) => key.accountId))]
  return {
    nowMs: face.clock.now(),
    systemStatus: face.state.systemStatus,
    accounts: accountIds.map((accountId) => ({
      accountId,
      balances: face.engine.balances(accountId),
      openOrders: face.engine.openOrders(accountId),
      closedOrders: face.engine.closedOrders(accountId),
      fills: face.engine.fills(accountId),
      ledger: face.engine.ledger(accountId),
    })),
    clientIds: { liveMax: face.state.clientIdLiveMax, byId: Object.fromEntries(face.state.clientIds()) },
    counters: Object.fromEntries(COUNTERS.map((name) => [name, face.state.counterOf(name)])) as Record<CounterName, number>,
    deadMen: Object.fromEntries(face.state.deadMen()),
    faults: face.faults.list(),
    faultHits: face.faults.hits(),
    openSockets,
    marketSteps: face.market.steps,
  }
}
