import type { FaultView } from '#sim/emulator/fault-board'
import { type AccountRecord, accountRecords } from '#sim/emulator/record'
import type { ClientIdUse } from '#sim/emulator/state'
import type { Face } from './face'
import type { CounterName, SystemStatus } from './face-state'

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
  return {
    nowMs: face.clock.now(),
    systemStatus: face.state.systemStatus,
    accounts: accountRecords(
      face.engine,
      [...face.keys.values()].map((key) => key.accountId),
    ),
    clientIds: { liveMax: face.state.clientIdLiveMax, byId: Object.fromEntries(face.state.clientIds()) },
    counters: Object.fromEntries(COUNTERS.map((name) => [name, face.state.counterOf(name)])) as Record<CounterName, number>,
    deadMen: Object.fromEntries(face.state.deadMen()),
    faults: face.faults.list(),
    faultHits: face.faults.hits(),
    openSockets,
    marketSteps: face.market.steps,
  }
}
