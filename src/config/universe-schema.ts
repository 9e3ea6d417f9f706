import { z } from 'zod'
import { candidatesOf, instrumentsOf } from '#domain/universe'
import { asset, name, positiveDecimal, ratio } from './parts'

const member = z
  .string()
  .regex(/^[A-Z0-9.]{1,20}(-[A-Z0-9.]{1,20}@[a-z0-9-]{1,48})?$/, 'must be an asset such as BTC, or an instrument such as BTC-USD@kraken')
const members = z.array(member).max(500)

/** A class of instruments, and what they must be like to be entered. */
const tier = z.strictObject({
  name,
  venue: name.default('kraken'),
  quote: asset.default('USD'),
  include: members.min(1, 'must name an asset or an instrument'),
  exclude: members.default([]),
  volume24hMin: positiveDecimal.nullable().default('100000'),
  spreadBpsMax: z.number().positive().max(10_000).nullable().default(100),
  allocationRatioMax: ratio.nullable().default(null),
  orderNotional: positiveDecimal.nullable().default(null),
})

/** What may be traded, by tiers (MKT-01). */
export const universe = z.strictObject({
  refreshSec: z.number().int().min(1).max(3_600).default(60),
  exclude: members.default([]),
  tiers: z.array(tier).max(20).default([]),
})

/** Which part of the universe a bot trades, in place of a list of instruments; null for one that has a list. */
export const universeFilter = z
  .strictObject({ tiers: z.array(name).min(1).max(20), topByVolume: z.number().int().min(1).max(500).nullable().default(null) })
  .nullable()
  .default(null)

interface UniverseBot {
  readonly instruments: readonly string[]
  readonly universe: z.output<typeof universeFilter>
}

interface UniverseFacts {
  readonly universe: z.output<typeof universe>
  readonly bots: readonly UniverseBot[]
}

/** Most instruments of one bot. */
const INSTRUMENTS_MAX = 200

/** What is wrong, and where. */
export interface UniverseProblem {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** Returns tiers that bear one name, share an instrument or have none, and bots of tiers that are not there. */
export function universeProblems({ universe: settings, bots }: UniverseFacts): readonly UniverseProblem[] {
  const found: UniverseProblem[] = []
  const tierOf = new Map<string, string>()
  const names = settings.tiers.map((one) => one.name)
  for (const [index, one] of settings.tiers.entries()) {
    const path = ['universe', 'tiers', index]
    if (names.indexOf(one.name) !== index) found.push({ path: [...path, 'name'], message: `"${one.name}" is used twice` })
    const candidates = candidatesOf(one, settings.exclude)
    if (candidates.length === 0) found.push({ path: [...path, 'include'], message: 'names nothing that is not excluded' })
    for (const instrument of candidates) {
      const other = tierOf.get(instrument)
      if (other === undefined) tierOf.set(instrument, one.name)
      else found.push({ path: [...path, 'include'], message: `has ${instrument}, which is of the tier ${other} already` })
    }
  }
  for (const [index, bot] of bots.entries()) {
    if (bot.universe === null) continue
    const unknown = bot.universe.tiers.find((one) => !names.includes(one))
    const path = ['bots', index, 'universe', 'tiers']
    const known = names.length === 0 ? 'universe.tiers has none' : `universe.tiers has ${names.join(', ')}`
    if (unknown !== undefined) found.push({ path, message: `there is no tier "${unknown}"; ${known}` })
    else if (instrumentsOf(settings, bot).length > INSTRUMENTS_MAX)
      found.push({ path, message: `have more than ${INSTRUMENTS_MAX} instruments, the most of one bot` })
  }
  return found
}
