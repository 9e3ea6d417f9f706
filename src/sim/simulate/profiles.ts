import { NotFoundError } from '#domain/errors'
import type { SimulationProfile } from './types'

const HOUR_MS = 3_600_000

/** The profile of every day: an hour of market with a restart, cheap enough for hundreds of seeds a minute. */
const CI: SimulationProfile = { name: 'ci', marketMs: HOUR_MS, restartsMin: 1, stepMs: 15_000, tradeEveryMs: 15_000, bots: 2 }

/** The profile of nights: a busier market for longer, at many times the cost of a seed. */
const SOAK: SimulationProfile = { name: 'soak', marketMs: 4 * HOUR_MS, restartsMin: 4, stepMs: 1_000, tradeEveryMs: 4_000, bots: 3 }

/** Every profile. */
export const PROFILES: readonly SimulationProfile[] = [CI, SOAK]

/** Returns a profile by its name. @throws {NotFoundError} when there is none. */
export function profileOf(name: string): SimulationProfile {
  const found = PROFILES.find((profile) => profile.name === name)
  if (found === undefined) throw new NotFoundError(`there is no profile "${name}"; choose ${PROFILES.map((one) => one.name).join(' or ')}`)
  return found
}
