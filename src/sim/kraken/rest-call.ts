import type { Face } from './face'
import type { KeyPermission } from './credentials'
import type { OrderEntry } from './order-entry'
import type { DeadMan } from './dead-man'
import type { RestParams } from './rest-params'
import type { WireJson } from './wire-json'

/** A private call after its key, signature and nonce were found good. */
export interface PrivateCall {
  readonly face: Face
  readonly entry: OrderEntry
  readonly deadMan: DeadMan
  readonly accountId: string
  readonly apiKey: string
  readonly params: RestParams
  readonly nowMs: number
  /** Facts younger than this are not shown yet (fault `restLag`); 0 without. */
  readonly lagMs: number
}

/** A private method: who may call it, and what it answers. Throws `KrakenRefusal` to refuse. */
export interface PrivateMethod {
  /** One of these is enough; none for an empty list. */
  readonly permissions: readonly KeyPermission[]
  readonly run: (call: PrivateCall) => WireJson
}

export interface PublicCall {
  readonly face: Face
  readonly params: RestParams
  readonly nowMs: number
}

export type PublicMethod = (call: PublicCall) => WireJson
