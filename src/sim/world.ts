import type { TroupeConfig } from '#config/schema'
import type { ClockPort } from '#ports/clock'
import type { LogPort } from '#ports/alerter'
import type { SecretsPort } from '#ports/secrets'
import type { TransportPort } from '#ports/transport'
import { Secret } from '#domain/secret'
import type { SimStore } from '#sim/engine/store'
import { sandboxCredentials } from '#sim/kraken/credentials'
import { createKrakenEmulator, type KrakenEmulator, type KrakenEmulatorSettings } from '#sim/kraken/emulator'
import { VIRTUAL_STEP_MS, VIRTUAL_TRADE_EVERY_MS } from '#sim/market/market'
import type { PriceSource } from '#sim/market/types'
import { MemoryNetwork } from '#sim/network'
import { SeededRandom } from '#sim/random'
import type { Fate, Latency, Passage } from '#sim/wire'

/** Host of the emulator in the in-memory network. */
export const KRAKEN_HOST = 'kraken.sim'
/** One way, ms: what a near data centre costs. */
const LATENCY_MS = 5

export interface VirtualVenues {
  readonly emulator: KrakenEmulator
  readonly network: MemoryNetwork
  readonly transport: TransportPort
  readonly secrets: SecretsPort
}

export interface VirtualVenuesOptions {
  readonly clock: ClockPort
  readonly seed: string
  readonly store: SimStore
  readonly log: LogPort
  readonly source: PriceSource
  readonly settings?: Partial<KrakenEmulatorSettings>
  /** One way, ms; default 5. */
  readonly latencyMs?: Latency
  /** Decides over each message between company and venue; absent carries all. */
  readonly fate?: (passage: Passage) => Fate
  /** Clock of the venue where it is not everybody's. */
  readonly venueClock?: ClockPort
}

/** Returns the keys of a sandbox, as the adapter asks for them. */
export function sandboxSecrets(seed: string): SecretsPort {
  const { apiKey, apiSecret } = sandboxCredentials(seed)
  return { credentials: () => ({ apiKey: new Secret(apiKey), apiSecret: new Secret(apiSecret) }) }
}

/** Returns a configuration whose venue is the emulator at `base` (`http://127.0.0.1:4711`), whatever it said before. */
export function atEmulator(config: TroupeConfig, base: string): TroupeConfig {
  const stream = base.replace(/^http/, 'ws')
  const kraken = { ...config.venues.kraken, restUrl: base, publicStreamUrl: `${stream}/v2`, privateStreamUrl: `${stream}/auth/v2` }
  return { ...config, venues: { ...config.venues, kraken } }
}

/** The address of the emulator in a virtual world. */
export const VIRTUAL_KRAKEN = `http://${KRAKEN_HOST}`

/** Makes the venues of a virtual world: the emulator on the virtual clock behind the in-memory network. */
export function createVirtualVenues(options: VirtualVenuesOptions): VirtualVenues {
  const { clock, seed, store, log, source } = options
  const network = new MemoryNetwork({
    clock,
    random: new SeededRandom(`${seed}/network`),
    latencyMs: options.latencyMs ?? LATENCY_MS,
    fate: options.fate ?? null,
  })
  const emulator = createKrakenEmulator({
    clock: options.venueClock ?? clock,
    random: new SeededRandom(`${seed}/faults`),
    seed,
    store,
    log,
    settings: { source, stepMs: VIRTUAL_STEP_MS, tradeEveryMs: VIRTUAL_TRADE_EVERY_MS, ...options.settings },
  })
  network.register(KRAKEN_HOST, emulator)
  return { emulator, network, transport: network.transport(), secrets: sandboxSecrets(seed) }
}
