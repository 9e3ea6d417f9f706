import { z } from 'zod'
import { limitContradictions } from './limits-schema'
import { name } from './parts'

type Bare<F> = F extends z.ZodDefault<infer Inner> ? Inner : F
/** Each field without its default: what a policy does not state, or states as null, it leaves alone. */
type PolicyShape<S extends z.ZodRawShape> = { [K in keyof S]: z.ZodOptional<z.ZodNullable<Bare<S[K]>>> }

/** Returns the schema of a policy: any of the limits, none of them with a default. */
export function policySchemaOf<S extends z.ZodRawShape>(shape: S): z.ZodObject<PolicyShape<S>, z.core.$strict> {
  const fields: Record<string, z.ZodType> = {}
  for (const [key, field] of Object.entries(shape)) {
    const bare = field instanceof z.ZodDefault ? field.unwrap() : field
    fields[key] = z.nullable(bare).optional()
  }
  return z.strictObject(fields as PolicyShape<S>)
}

/** The name of a policy that a bot, a venue or the company refers to; null for none. */
export const policyName = name.nullable().default(null)

/** What is wrong, and where. */
export interface PolicyProblem {
  readonly path: readonly (string | number)[]
  readonly message: string
}

type Values = Readonly<Record<string, unknown>>

/** The parts of a configuration that policies are about. */
interface PolicyFacts {
  readonly risk: Values & { readonly policy: string | null }
  readonly policies: Readonly<Record<string, Values>>
  readonly venues: Readonly<Record<string, { readonly policy: string | null }>>
  readonly bots: readonly { readonly id: string; readonly policy: string | null; readonly instruments: readonly string[] }[]
}

/** Where a policy is referred to, and with which others it holds. */
interface Reference {
  readonly path: readonly (string | number)[]
  readonly policy: string
  /** The policies that hold together there, itself last. */
  readonly chain: readonly string[]
}

/** Returns the policies that contradict themselves, are not there, or leave together nothing that could be traded; each with both names. */
export function policyProblems(facts: PolicyFacts): readonly PolicyProblem[] {
  const found: PolicyProblem[] = []
  for (const [policy, values] of Object.entries(facts.policies))
    for (const { key, message } of limitContradictions(values, `policies.${policy}`))
      found.push({ path: ['policies', policy, key], message })
  const known = Object.keys(facts.policies)
  for (const { path, policy, chain } of referencesOf(facts)) {
    if (!Object.hasOwn(facts.policies, policy)) {
      const names = known.length === 0 ? 'policies has none' : `policies has ${known.join(', ')}`
      found.push({ path, message: `there is no such policy; ${names}` })
      continue
    }
    const message = impossible(facts, chain)
    if (message !== null) found.push({ path, message })
  }
  return found
}

function referencesOf({ risk, venues, bots }: PolicyFacts): readonly Reference[] {
  const ofCompany = risk.policy === null ? [] : [risk.policy]
  const found: Reference[] = ofCompany.map((policy) => ({ path: ['risk', 'policy'], policy, chain: [policy] }))
  for (const [venue, { policy }] of Object.entries(venues))
    if (policy !== null) found.push({ path: ['venues', venue, 'policy'], policy, chain: [...ofCompany, policy] })
  for (const [index, { policy, instruments }] of bots.entries()) {
    if (policy === null) continue
    const named = new Set(instruments.map((instrument) => instrument.split('@')[1] ?? ''))
    const ofVenues = [...named].flatMap((venue) => venues[venue]?.policy ?? [])
    found.push({ path: ['bots', index, 'policy'], policy, chain: [...ofCompany, ...ofVenues, policy] })
  }
  return found
}

/** A limit with the name of who states it. */
interface Stated {
  readonly at: string
  readonly value: unknown
}

/** Caps that are only pointless beside each other are let be: the tighter one holds. What lets nothing pass at all is a mistake. */
function impossible({ risk, policies }: PolicyFacts, chain: readonly string[]): string | null {
  const statedOf = (key: string): readonly Stated[] => [
    { at: `risk.${key}`, value: risk[key] },
    ...chain.map((policy) => ({ at: `policies.${policy}.${key}`, value: policies[policy]?.[key] })),
  ]
  const amounts = (key: string) => statedOf(key).filter(({ value }) => typeof value === 'string')
  const least = amounts('orderNotionalMin').toSorted((a, b) => Number(b.value) - Number(a.value))[0]
  const most = amounts('orderNotionalMax').toSorted((a, b) => Number(a.value) - Number(b.value))[0]
  if (least !== undefined && most !== undefined && Number(least.value) > Number(most.value))
    return `lets no order pass: ${least.at} is ${String(least.value)}, and ${most.at} is ${String(most.value)}`
  const zones = statedOf('priceZones').filter(({ value }) => Array.isArray(value))
  const common = zones.reduce<readonly unknown[] | null>((left, { value }) => intersection(left, value as readonly unknown[]), null)
  if (common?.length === 0)
    return `leaves no price zone: ${zones.map(({ at, value }) => `${at} is ${JSON.stringify(value)}`).join(', and ')}`
  return null
}

function intersection(left: readonly unknown[] | null, right: readonly unknown[]): readonly unknown[] {
  return left === null ? right : left.filter((item) => right.includes(item))
}
