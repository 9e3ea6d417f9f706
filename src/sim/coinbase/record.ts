import type { FaultView } from '#sim/emulator/fault-board'
import { type AccountRecord, accountRecords } from '#sim/emulator/record'
import type { ClientIdUse } from '#sim/emulator/state'
import type { Asynchrony } from './asynchrony'
import type { Face } from './face'
import { COUNTERS, type CounterName } from './face-state'
import type { ProductFlags } from './products'

/** The emulator's own record, as `GET /emulator/state` gives it; the truth that a client's view is checked against. */
export interface EmulatorRecord {
  readonly nowMs: number
  /** Flags by product id. */
  readonly products: Readonly<Record<string, ProductFlags>>
  readonly asynchrony: Asynchrony
  readonly accounts: readonly AccountRecord[]
  readonly clientIds: {
    /** The most orders that were ever live at one time under one client id; more than 1 breaks I3. */
    readonly liveMax: number
    readonly byId: Readonly<Record<string, ClientIdUse>>
  }
  readonly counters: Readonly<Record<CounterName, number>>
  readonly faults: readonly FaultView[]
  /** Hits of all faults so far, by kind. */
  readonly faultHits: Readonly<Record<string, number>>
  readonly openSockets: number
  readonly marketSteps: number
}

/** Returns the present record. */
export function recordOf(face: Face, openSockets: number): EmulatorRecord {
  const { state } = face
  return {
    nowMs: face.clock.now(),
    products: Object.fromEntries(face.products.all.map((product) => [product.id, state.flagsOf(product)])),
    asynchrony: face.asynchrony,
    accounts: accountRecords(
      face.engine,
      [...face.keys.values()].map((key) => key.accountId),
    ),
    clientIds: { liveMax: state.clientIdLiveMax, byId: Object.fromEntries(state.clientIds()) },
    counters: Object.fromEntries(COUNTERS.map((name) => [name, state.counterOf(name)])) as Record<CounterName, number>,
    faults: face.faults.list(),
    faultHits: face.faults.hits(),
    openSockets,
    marketSteps: face.market.steps,
  }
}
