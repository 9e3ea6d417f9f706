import { join } from 'node:path'
import { runVenueSandbox, type SandboxRunOptions, type VenueSandbox } from '#sim/emulator/sandbox'
import { type CoinbaseEmulator, type CoinbaseEmulatorSettings, createCoinbaseEmulator } from './emulator'

export interface CoinbaseSandboxOptions extends SandboxRunOptions {
  readonly settings?: Partial<Omit<CoinbaseEmulatorSettings, 'onShutdown'>>
}

/** A running sandbox. REST, `/market` and `/user` share its port. */
export type CoinbaseSandbox = VenueSandbox<CoinbaseEmulator>

const ENDPOINT = 'coinbase-endpoint.json'

/** Name of the file that tells where a sandbox of a data directory listens. */
export function coinbaseEndpointFile(dataDir: string): string {
  return join(dataDir, 'emulator', ENDPOINT)
}

/**
 * Runs the sandbox Coinbase of a data directory on a loopback port, state on disk: opened again, its market goes on where real time is.
 * @throws {AppError} as `runVenueSandbox`.
 */
export function runCoinbaseSandbox(options: CoinbaseSandboxOptions): CoinbaseSandbox {
  return runVenueSandbox(options, {
    stateName: 'coinbase',
    endpointName: ENDPOINT,
    create: ({ onShutdown, ...parts }) => createCoinbaseEmulator({ ...parts, settings: { ...options.settings, onShutdown } }),
  })
}
