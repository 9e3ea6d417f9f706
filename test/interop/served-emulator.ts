/** The Kraken emulator on a loopback port in real time, for clients that were written for the real venue. */
import type { LogPort } from '#ports/alerter'
import { RealClock } from '#ops/real-clock'
import { openMemoryStore } from '#sim/engine/store'
import { type EmulatorCredentials, sandboxCredentials } from '#sim/kraken/credentials'
import { createKrakenEmulator, type KrakenEmulator, type KrakenEmulatorSettings } from '#sim/kraken/emulator'
import type { AccountRecord } from '#sim/emulator/record'
import { SeededRandom } from '#sim/random'
import { type ServedSim, serveSim } from '#sim/serve'

const SEED = 'interop'
const QUIET: LogPort = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} }

export interface ServedEmulator {
  readonly emulator: KrakenEmulator
  readonly clock: RealClock
  readonly key: EmulatorCredentials
  readonly base: string
  /** Requests and messages that clients have sent so far. */
  readonly traffic: number
  /** The emulator's own record of the account. */
  account(): AccountRecord
  stop(): Promise<void>
}

/** Serves an emulator on a free port. Its market steps every 15 s, so that it stands still while a test looks at its orders. */
export function serveEmulator(settings: Partial<KrakenEmulatorSettings> = {}): ServedEmulator {
  const clock = new RealClock()
  const emulator = createKrakenEmulator({
    clock,
    random: new SeededRandom(`${SEED}/faults`),
    seed: SEED,
    store: openMemoryStore(),
    log: QUIET,
    settings: { stepMs: 15_000, tradeEveryMs: 15_000, hasLimits: false, ...settings },
  })
  emulator.start()
  let traffic = 0
  const served: ServedSim = serveSim(emulator, { port: 0, log: QUIET, onTraffic: () => traffic++ })
  return {
    emulator,
    clock,
    key: sandboxCredentials(SEED),
    base: `http://127.0.0.1:${served.port}`,
    get traffic() {
      return traffic
    },
    account: () => {
      const account = emulator.record().accounts[0]
      if (account === undefined) throw new Error('the emulator knows no account')
      return account
    },
    stop: async () => {
      emulator.stop()
      await served.stop()
    },
  }
}
