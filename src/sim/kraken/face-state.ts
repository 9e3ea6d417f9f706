import { EmulatorState, type StateOrigin } from '#sim/emulator/state'

export type SystemStatus = 'online' | 'maintenance' | 'cancel_only' | 'post_only'

export type CounterName =
  | 'invalidNonce'
  | 'invalidKey'
  | 'invalidSignature'
  | 'restRateLimit'
  | 'engineRateLimit'
  | 'publicRateLimit'
  | 'deadManFired'

/** What this face must not forget over a restart: beside what all keep, the highest nonce of each key, the system status, dead-man deadlines. */
export class FaceState extends EmulatorState {
  constructor(origin: StateOrigin) {
    super('kraken', origin)
  }

  /** Highest nonce accepted from a key; null before the first. */
  nonceOf(apiKey: string): bigint | null {
    const text = this.get('nonce', apiKey)?.['highest']
    return typeof text === 'string' ? BigInt(text) : null
  }

  setNonce(apiKey: string, nonce: bigint): void {
    this.put('nonce', apiKey, { highest: nonce.toString() })
  }

  get systemStatus(): SystemStatus {
    const status = this.get('system', 'status')?.['status']
    return status === 'maintenance' || status === 'cancel_only' || status === 'post_only' ? status : 'online'
  }

  set systemStatus(status: SystemStatus) {
    this.put('system', 'status', { status })
  }

  /** Accounts with an armed dead-man switch and the UTC ms at which it fires. */
  deadMen(): readonly (readonly [accountId: string, atMs: number])[] {
    return [...this.bucket('deadMan')].flatMap(([accountId, row]) =>
      typeof row['atMs'] === 'number' ? [[accountId, row['atMs']] as const] : [],
    )
  }

  /** Arms the switch, or with null turns it off. */
  setDeadMan(accountId: string, atMs: number | null): void {
    this.put('deadMan', accountId, atMs === null ? null : { atMs })
  }

  count(name: CounterName): void {
    this.addCount(name)
  }

  counterOf(name: CounterName): number {
    return this.countOf(name)
  }
}
