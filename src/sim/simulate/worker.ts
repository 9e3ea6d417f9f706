import { linesOf } from './lines'
import { runRequest } from './outcome'
import { profileOf } from './profiles'
import { playSeed } from './run-seed'

/**
 * A worker process of `troupe simulate`: a request a line in, an answer a line out, until its input ends. A run that throws takes the
 * process with it, and the pool tells of that with the seed.
 */
async function work(): Promise<void> {
  // Ctrl-C reaches the whole process group: the pool alone decides when a worker ends.
  process.on('SIGINT', () => undefined)
  for await (const line of linesOf(Bun.stdin.stream())) {
    const { profile, marketMs, ...request } = runRequest.parse(JSON.parse(line))
    const before = process.cpuUsage()
    const result = await playSeed({ ...request, profile: { ...profileOf(profile), marketMs }, onTrace: null })
    const { user, system } = process.cpuUsage(before)
    process.stdout.write(`${JSON.stringify({ cpuMs: (user + system) / 1_000, result })}\n`)
  }
}

await work()
