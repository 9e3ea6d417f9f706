import type { Json, JsonObject } from '#domain/json'
import type { TroupeConfig } from './schema'

/** One key of the configuration and its value: `risk.positionRatioMax`, `policies.careful.orderNotionalMax`, `bots.trend-btc.policy`. */
export interface KeyValue {
  readonly path: string
  readonly value: Json
}

/** Sections that can be changed while the company runs; of bots and venues the reference to a policy alone. */
export const CHANGEABLE_SECTIONS = ['risk', 'policies', 'breakers', 'bots', 'venues'] as const

/** Keys of those sections that parts read once, when they are made, and why. */
export const FIXED_KEYS: Readonly<Record<string, string>> = {
  'risk.cancelAllCommand': 'the order desk is made with it',
  'risk.emergencyDeadlineMs': 'an emergency halt under way keeps its deadline',
  'breakers.consecutiveLossPauseMs': 'a breaker under way keeps its cool-down',
  'breakers.stalenessCoolDownMs': 'a breaker under way keeps its cool-down',
  'breakers.venueCoolDownMs': 'a breaker under way keeps its cool-down',
  'breakers.marketErrorPauseMs': 'a breaker under way keeps its cool-down',
  'breakers.maxDrawdownWindowMs': 'what was highest is kept for the window that the company began with',
}

/** Keys of `risk` whose entries have names of their own: null takes one out. */
const NAMED = ['strategyRatioMax', 'venueRatioMax', 'themes', 'gasMax']

const NAME = /^[A-Za-z0-9-]{1,64}$/

type Tree = Record<string, unknown>

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Returns the keys of a patch, each with its value; lists are values, mappings are ways to keys. */
export function keysOf(patch: JsonObject, prefix = ''): readonly KeyValue[] {
  return Object.entries(patch).flatMap(([name, value]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    return isTree(value) ? keysOf(value as JsonObject, path) : [{ path, value }]
  })
}

/** Returns why a key cannot be changed while the company runs, with what to do instead; null when it can. */
export function fixedReason(path: string, config: TroupeConfig): string | null {
  const [section = '', id = '', key, ...more] = path.split('.')
  const restart = 'change it in the configuration file and restart'
  const reason = Object.hasOwn(FIXED_KEYS, path) ? FIXED_KEYS[path] : undefined
  if (reason !== undefined) return `cannot change while the company runs, for ${reason}; ${restart}`
  if (!CHANGEABLE_SECTIONS.some((name) => name === section))
    return `cannot change while the company runs, only ${CHANGEABLE_SECTIONS.join(', ')} can; ${restart}`
  // Names such as __proto__ are ways to what is no part of the configuration.
  if (!path.split('.').every((part) => NAME.test(part))) return 'is no key: names have letters, digits and dashes'
  if (section !== 'bots' && section !== 'venues') return null
  const known = section === 'bots' ? config.bots.map((bot) => bot.id) : Object.keys(config.venues)
  if (!known.includes(id)) return `there is no ${section === 'bots' ? 'bot' : 'venue'} "${id}"; there are ${known.join(', ')}`
  if (key === 'policy' && more.length === 0) return null
  return `cannot change while the company runs, only ${section}.${id}.policy can; ${restart}`
}

/** Returns the value of a key; null where there is none. */
export function valueAt(config: TroupeConfig, path: string): Json {
  const found = path
    .split('.')
    .reduce<unknown>((here, name) => (isTree(here) && Object.hasOwn(here, name) ? here[name] : undefined), treeOf(config))
  return (found ?? null) as Json
}

/** Returns the configuration, not checked yet, with these keys set. Null takes out what has a name of its own, and what a policy states. */
export function withKeys(config: TroupeConfig, keys: readonly KeyValue[]): unknown {
  const tree = structuredClone(treeOf(config))
  for (const { path, value } of keys) setKey(tree, path.split('.'), value)
  const { bots, venues, ...sections } = tree
  const policyOf = (part: unknown, id: string) => (isTree(part) && isTree(part[id]) ? part[id]['policy'] : null)
  return {
    ...config,
    ...sections,
    bots: config.bots.map((bot) => ({ ...bot, policy: policyOf(bots, bot.id) })),
    venues: Object.fromEntries(Object.entries(config.venues).map(([id, venue]) => [id, { ...venue, policy: policyOf(venues, id) }])),
  }
}

/** Returns the changeable part as one mapping, bots by id. */
export function treeOf({ risk, policies, breakers, bots, venues }: TroupeConfig): Tree {
  const named = Object.fromEntries(bots.map(({ id, policy }) => [id, { policy }]))
  const ofVenues = Object.fromEntries(Object.entries(venues).map(([id, { policy }]) => [id, { policy }]))
  return { risk, policies, breakers, bots: named, venues: ofVenues }
}

function setKey(tree: Tree, names: readonly string[], value: Json): void {
  let here = tree
  for (const name of names.slice(0, -1)) {
    const next = Object.hasOwn(here, name) ? here[name] : undefined
    if (isTree(next)) here = next
    else {
      const made: Tree = {}
      here[name] = made
      here = made
    }
  }
  const last = names.at(-1) ?? ''
  if (value === null && isTakenOut(names)) delete here[last]
  else here[last] = value
}

function isTakenOut([section = '', key = '', ...more]: readonly string[]): boolean {
  return section === 'policies' || (section === 'risk' && more.length > 0 && NAMED.includes(key))
}
