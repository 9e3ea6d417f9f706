import { credentialVariables } from '#config/environment'
import { judgeClock } from '#domain/clock-gate'
import { formatDuration } from '#domain/time'
import type { DataDir } from '#ops/data-dir'
import { NetTransport } from '#ops/net-transport'
import { RealClock } from '#ops/real-clock'
import { EnvironmentSecrets } from '#ops/secrets'
import { readClock } from '#ops/sntp'
import { systemRandom } from '#ops/system-random'
import { venueId } from '#domain/ids'
import { openBooks } from './books'
import { type House, openHouse, openLog } from './company'
import { abandon, announce, onSignals, tellHealth } from './start-shared'
import { follow, type StartOutput } from './start-output'
import type { World } from './world-options'

/** Runs a company on real venues, in real time: dry_run, paper, and live once its gates were passed (RUN-10). */
export async function runOutside(world: World, dataDir: DataDir, forMs: number | null, output: StartOutput): Promise<number> {
  const books = openBooks(world, dataDir, () => new RealClock())
  const { clock } = books
  const log = openLog(world, () => clock.now())
  const { config } = world
  const { restUrl, publicStreamUrl, privateStreamUrl } = config.venues.kraken
  const hosts = [restUrl, publicStreamUrl, privateStreamUrl].map((url) => new URL(url).hostname)
  let house: House | null = null
  try {
    const secrets = new EnvironmentSecrets(credentialVariables())
    // Half a key is a mistake in every mode that may use one, and is told of before anything is asked.
    if (config.mode !== 'dry_run' && secrets.has(venueId('kraken'))) secrets.credentials(venueId('kraken'))
    if (config.mode === 'paper') await warnOfClock(world, clock, output)
    const transport = new NetTransport({ clock, allowedHosts: [...new Set(hosts)] })
    house = openHouse({ world, config, clock, random: systemRandom, transport, secrets, dataDir, books, log })
    const { runtime } = house
    const startedUs = clock.monotonicUs()
    announce(house, world, output)
    follow(runtime, output, true)
    onSignals((signal) => {
      output.say(`${signal}: stopping …`)
      runtime.stop(signal)
    })
    tellHealth(house, clock, output)
    runtime.start()
    if (forMs !== null) clock.setTimeout(() => runtime.stop(`--for ${formatDuration(forMs)} is over`), forMs)
    const end = await runtime.done
    output.report(runtime.report(), { speed: 1, realMs: (clock.monotonicUs() - startedUs) / 1_000 })
    if (end.error !== null) console.error(`troupe start: ${end.error}`)
    await house.close()
    return end.exitCode
  } catch (error) {
    if (house !== null) await house.close()
    else await abandon(dataDir, books, log)
    throw error
  }
}

/** Paper goes on with a clock that is off, and says so (SEC-04). */
async function warnOfClock({ config }: World, clock: RealClock, output: StartOutput): Promise<void> {
  const { clockServers, clockTimeoutMs, clockDriftMsMax } = config
  const reading = clockServers.length === 0 ? null : await readClock(clock, { servers: clockServers, timeoutMs: clockTimeoutMs })
  const verdict = judgeClock('paper', reading, clockDriftMsMax)
  if ('remedy' in verdict) output.say(`Warning: ${verdict.text}; ${verdict.remedy}`)
}
