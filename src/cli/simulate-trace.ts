import type { SimulatePlan } from './simulate-options'
import { requestOf, scriptCommand } from './simulate-workers'

type TracePlan = SimulatePlan & { readonly kind: 'trace' }

/** Runs one seed and lets its process write what happens to our stdout. Returns the exit code: 1 for a breach. */
export async function runTrace(plan: TracePlan, signal: AbortSignal): Promise<number> {
  const child = Bun.spawn([...scriptCommand('tracer', plan.planted?.name ?? null)], {
    stdin: Buffer.from(JSON.stringify(requestOf(plan, plan.seed))),
    stdout: 'inherit',
    stderr: 'inherit',
    signal,
  })
  return (await child.exited) === 0 ? 0 : 1
}
