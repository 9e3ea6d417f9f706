import { join } from 'node:path'
import type { ClockPort } from '#ports/clock'
import { PLANTED_ARGUMENT } from '#sim/planted/argument'
import type { RunRequest } from '#sim/simulate/outcome'
import { WorkerPool } from '#sim/simulate/pool'
import type { SimulateSetting } from './simulate-options'
import { ROOT } from './world-options'

/** A run hangs that takes longer than this and its market time at the factor: a hundredth of the speed of an idle machine, ms. */
const RUN_MS_MAX = 120_000
const SLOWEST_SPEED = 20

/** Returns the command of a process that runs seeds, with a planted bug in it or none. */
export function scriptCommand(script: 'worker' | 'tracer', planted: string | null): readonly string[] {
  const entry = join(ROOT, 'src', 'sim', 'simulate', `${script}.ts`)
  if (planted === null) return [process.execPath, entry]
  return [process.execPath, '--preload', join(ROOT, 'src', 'sim', 'planted', 'preload.ts'), entry, `${PLANTED_ARGUMENT}${planted}`]
}

/** Opens worker processes, with a planted bug in them or none. */
export function openPool(jobs: number, clock: ClockPort, planted: string | null): WorkerPool {
  const runMsMax = ({ marketMs }: RunRequest) => RUN_MS_MAX + marketMs / SLOWEST_SPEED
  return new WorkerPool({ command: scriptCommand('worker', planted), jobs, clock, runMsMax })
}

/** Returns what a worker is asked for one seed. */
export function requestOf({ profile, faults, without }: Pick<SimulateSetting, 'profile' | 'faults' | 'without'>, seed: number): RunRequest {
  return { seed, profile: profile.name, marketMs: profile.marketMs, faults, without }
}
