import { join } from 'node:path'
import { runVenueSandbox, type SandboxRunOptions, type VenueSandbox } from '#sim/emulator/sandbox'
import { createKrakenEmulator, type KrakenEmulator, type KrakenEmulatorSettings } from './emulator'

export interface SandboxOptions extends SandboxRunOptions {
  readonly settings?: Partial<Omit<KrakenEmulatorSettings, 'onShutdown'>>
}

/** A running sandbox. */
export type Sandbox = VenueSandbox<KrakenEmulator>

const ENDPOINT = 'endpoint.json'

/** Name of the file that tells where a sandbox of a data directory listens. */
export function endpointFile(dataDir: string): string {
  return join(dataDir, 'emulator', ENDPOINT)
}

/**
 * Runs the sandbox Kraken of a data directory on a loopback port, state on disk: opened again, its market goes on where real time is.
 * @throws {AppError} as `runVenueSandbox`.
 */
export function runSandbox(options: SandboxOptions): Sandbox {
  return runVenueSandbox(options, {
    stateName: 'kraken',
    endpointName: ENDPOINT,
    create: ({ onShutdown, ...parts }) => createKrakenEmulator({ ...parts, settings: { ...options.settings, onShutdown } }),
  })
}
