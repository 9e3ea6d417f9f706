import type { DataDir } from '#ops/data-dir'
import type { Log } from '#ops/log'
import type { RealClock } from '#ops/real-clock'
import type { Books } from './books'
import type { House } from './company'
import type { StartOutput } from './start-output'
import type { World } from './world-options'

/** Calls `stop` once on Ctrl-C or SIGTERM; a second signal ends the process at once. */
export function onSignals(stop: (reason: string) => void): void {
  let count = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (++count > 1) process.exit(130)
      stop(signal)
    })
  }
}

/** Tells where data directory and dashboard are, and the mode first where it is not the sandbox. */
export function announce(house: House, world: World, output: StartOutput): void {
  const url = house.api?.url ?? null
  output.event('started', {
    mode: world.config.mode,
    url,
    dataDir: world.dataDir,
    seed: world.seed,
    isVirtual: world.isVirtual,
    pid: process.pid,
  })
  if (world.config.mode !== 'sandbox') output.say(`Mode: ${modeText(world.config.mode)}`)
  output.say(`Data directory: ${world.dataDir}`)
  if (url !== null) output.say(`Dashboard: ${url}`)
}

/** Gives back what a start took that failed before there was a house. */
export async function abandon(dataDir: DataDir, books: Books, log: Log): Promise<void> {
  await books.close()
  log.close()
  dataDir.release()
}

/** Says once when the company trades and is healthy. */
export function tellHealth(house: House, clock: RealClock, output: StartOutput): void {
  const health = house.runtime.control.health()
  if (health.state === 'TRADING' && health.status === 'HEALTHY') {
    output.say(`Health: ${health.status}, ${house.runtime.company.bots.size} bots`)
    output.event('health', { status: health.status, state: health.state })
    return
  }
  clock.setTimeout(() => tellHealth(house, clock, output), 100)
}

/** Says a mode in words that leave no doubt whose money it is. */
export function modeText(mode: World['config']['mode']): string {
  switch (mode) {
    case 'sandbox':
      return 'SANDBOX, emulated venues, no real money'
    case 'dry_run':
      return 'DRY RUN, real prices, no orders'
    case 'paper':
      return 'PAPER, real prices, simulated fills, no real money'
    case 'live':
      return 'LIVE, real orders with real money'
  }
}
