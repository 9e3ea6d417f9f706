import { runRequest } from './outcome'
import { profileOf } from './profiles'
import { playSeed } from './run-seed'

/**
 * The process behind `troupe simulate --trace`: one request in, one line out for everything that happens, then the verdict. A process of
 * its own, so that it may carry a planted bug. Exit code 1 for a breach.
 */
async function trace(): Promise<number> {
  const { profile, marketMs, ...request } = runRequest.parse(JSON.parse(await Bun.stdin.text()))
  // Whoever reads may have seen enough: `| head`.
  process.stdout.on('error', () => process.exit(1))
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const { breaches } = await playSeed({ ...request, profile: { ...profileOf(profile), marketMs }, onTrace: say })
  for (const { invariant, text } of breaches) say(`FAILED seed ${request.seed}: ${invariant}: ${text}`)
  if (breaches.length === 0) say(`seed ${request.seed}: no breach`)
  return breaches.length === 0 ? 0 : 1
}

process.exitCode = await trace()
