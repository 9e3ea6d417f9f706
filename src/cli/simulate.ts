import { RealClock } from '#ops/real-clock'
import type { Command } from './command'
import { readSimulatePlan, SIMULATE_OPTIONS } from './simulate-options'
import { runPlanted } from './simulate-planted'
import { runShrink } from './simulate-shrink'
import { runSweep } from './simulate-sweep'
import { runTrace } from './simulate-trace'

/** `troupe simulate`: the whole company in virtual time under seeded faults, judged by its invariants. */
export const simulateCommand: Command = {
  name: 'simulate',
  summary: 'run the whole company in virtual time under seeded faults and check every invariant',
  usage: '[BUG…]',
  options: SIMULATE_OPTIONS,
  run: async (args) => {
    const plan = readSimulatePlan(args)
    const clock = new RealClock()
    const interruption = interruptionOf()
    switch (plan.kind) {
      case 'sweep':
        return await runSweep(plan, clock, interruption)
      case 'trace':
        return await runTrace(plan, interruption)
      case 'shrink':
        return await runShrink(plan, clock, interruption)
      case 'planted':
        return await runPlanted(plan, clock, interruption)
    }
  },
}

/** Told by the first Ctrl-C or SIGTERM; a second one ends the process at once. */
function interruptionOf(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130)
      controller.abort()
    })
  }
  return controller.signal
}
