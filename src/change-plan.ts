import type { ChangePlan, ChangeTarget, ConfigPlanner, Overlaid, RiskRules } from '#actors/company/config-planner'
import { fixedReason, keysOf, type KeyValue, treeOf, valueAt, withKeys } from '#config/changeable'
import { readConfig } from '#config/load'
import { configSchema, type Mode, type TroupeConfig } from '#config/schema'
import { AppError, ConfigError } from '#domain/errors'
import { canonicalJson, type Json, type JsonObject } from '#domain/json'
import { instrumentsOf } from '#domain/universe'
import type { ChangedKey } from '#ports/risk-config'
import { loosenedBreakerKeys } from '#risk/breakers/tighter'
import { effectiveLimitsOf, type LimitPlan } from '#risk/effective-limits'
import { loosenedKeys } from '#risk/tighter'
import type { RiskLimits } from '#risk/types'
import { breakerLimitsOf } from '#breaker-limits'
import { limitPlanOf, limitsOf, pathsOf } from '#limits'

/** How many keys an error names. */
const NAMED_MAX = 3

/** A change that is asked for, and all that it depends on. */
export interface ChangeFacts {
  readonly mode: Mode
  /** As the files have it. */
  readonly file: TroupeConfig
  /** What was changed before. */
  readonly overlay: readonly Overlaid[]
  readonly target: ChangeTarget
  /** The number that this change gets. */
  readonly version: number
  readonly isConfirmed: boolean
}

/** Returns what works changes out for a company of this configuration. */
export function configPlanner(file: TroupeConfig): ConfigPlanner {
  return {
    restore: (overlay) => restoredRules(file, overlay),
    plan: (overlay, target, version, isConfirmed) => planChange({ mode: file.mode, file, overlay, target, version, isConfirmed }),
  }
}

/** Returns the rules of a configuration and what was changed since. */
export function rulesOf(file: TroupeConfig, config: TroupeConfig, overlay: readonly Overlaid[]): RiskRules {
  const limits = limitPlanOf(config, (limit) => sourceOf(limit, file, overlay))
  return { limits, breakers: breakerLimitsOf(config), shown: treeOf(config) as JsonObject }
}

/**
 * Works a change out (RSK-14). In live a change by which anything passes that did not before, for the company or any bot, needs a
 * confirmation.
 * @throws {AppError} `REQUEST_INVALID` naming key, value and rule; `CONFIRMATION_REQUIRED`.
 */
export function planChange({ mode, file, overlay, target, version, isConfirmed }: ChangeFacts): ChangePlan {
  const before = configWith(file, overlay)
  const keys = wantedKeys(file, overlay, target)
  const after = configWith(file, keys)
  const changes = changesBetween(before, after, [...overlay, ...keys])
  if (changes.length === 0) throw refused('nothing would change: every key has that value already')
  const next = keys.flatMap(({ path, value }): Overlaid[] => {
    const over = valueAt(file, path)
    if (isSame(value, over)) return [] // as the file has it: nothing lies over it any more
    const known = overlay.find((one) => one.path === path)
    return [{ path, value, over, version: known !== undefined && isSame(known.value, value) ? known.version : version }]
  })
  const rules = rulesOf(file, after, next)
  const loosened = loosenedBy(rulesOf(file, before, overlay), rules, after)
  if (mode === 'live' && loosened.length > 0 && !isConfirmed) throw unconfirmed(loosened)
  return { overlay: next, changes, loosened, rules }
}

function wantedKeys(file: TroupeConfig, overlay: readonly Overlaid[], target: ChangeTarget): readonly KeyValue[] {
  if (target.kind === 'rollback') return target.overlay.map(({ path, value }) => ({ path, value }))
  const patch = keysOf(target.patch)
  if (patch.length === 0) throw refused('there is nothing to change: the patch names no key, such as risk.orderNotionalMax')
  for (const { path, value } of patch) {
    const reason = fixedReason(path, file)
    if (reason !== null) throw refused(`${path} = ${JSON.stringify(value)}: ${reason}`)
  }
  // What lies on the way to a key, or beyond it, is of an earlier change and gives way.
  const isKept = ({ path }: Overlaid) => !patch.some((one) => isWithin(path, one.path) || isWithin(one.path, path))
  return [...overlay.filter(isKept).map(({ path, value }) => ({ path, value })), ...patch]
}

function isWithin(path: string, whole: string): boolean {
  return path === whole || path.startsWith(`${whole}.`)
}

/** @throws {AppError} `REQUEST_INVALID` for keys with which the configuration does not hold. */
function configWith(file: TroupeConfig, keys: readonly KeyValue[]): TroupeConfig {
  if (keys.length === 0) return file
  const { config, problems } = readConfig(withKeys(file, keys))
  if (config === null) throw refused(problems.map((problem) => named(problem, file)).join('; '))
  return config
}

/** Bots are told by their ids, not by where they stand in the list. */
function named(problem: string, { bots }: TroupeConfig): string {
  return problem.replace(/^bots\.(\d+)/, (_, index: string) => `bots.${bots[Number(index)]?.id ?? index}`)
}

function changesBetween(before: TroupeConfig, after: TroupeConfig, keys: readonly KeyValue[]): readonly ChangedKey[] {
  const paths = [...new Set(keys.map(({ path }) => path))]
  return paths.map((path) => ({ path, from: valueAt(before, path), to: valueAt(after, path) })).filter(({ from, to }) => !isSame(from, to))
}

/** Compares what holds for the company and for each bot on each of its venues. */
function loosenedBy(before: RiskRules, after: RiskRules, { bots, universe }: TroupeConfig): readonly string[] {
  const ofCompany = loosenedIn(before.limits, after.limits, null, null)
  const found = ofCompany.map(shownLimit)
  for (const bot of bots) {
    const { id } = bot
    for (const venue of new Set(instrumentsOf(universe, bot).map((instrument) => instrument.split('@')[1] ?? ''))) {
      const own = loosenedIn(before.limits, after.limits, id, venue).filter((key) => !ofCompany.includes(key))
      found.push(...own.map((key) => `${shownLimit(key)} of ${id} on ${venue}`))
    }
  }
  return [...found, ...loosenedBreakerKeys(before.breakers, after.breakers).map((key) => `the breakers' ${key}`)]
}

function loosenedIn(before: LimitPlan, after: LimitPlan, botId: string | null, venueId: string | null): readonly (keyof RiskLimits)[] {
  return loosenedKeys(effectiveLimitsOf(before, botId, venueId).limits, effectiveLimitsOf(after, botId, venueId).limits)
}

function shownLimit(limit: keyof RiskLimits): string {
  return pathsOf(limit)[0]?.replace(/^(risk|breakers)\./, '') ?? limit
}

function restoredRules(file: TroupeConfig, overlay: readonly Overlaid[]): RiskRules {
  if (overlay.length === 0) return rulesOf(file, file, overlay)
  const edited = overlay.filter(({ path, value, over }) => {
    const now = valueAt(file, path)
    return !isSame(now, over) && !isSame(now, value)
  })
  if (edited.length > 0) {
    const texts = edited.slice(0, NAMED_MAX).map(({ path, value, over, version }) => {
      const [now, then, changed] = [valueAt(file, path), over, value].map((one) => JSON.stringify(one))
      return `${path} is ${now} in the configuration, where it was ${then} when change ${version} made it ${changed}: write ${changed} to keep the change, or ${then}`
    })
    throw contradicts(texts)
  }
  const { config, problems } = readConfig(withKeys(file, overlay))
  if (config !== null) return rulesOf(file, config, overlay)
  const made = overlay.slice(0, NAMED_MAX).map(({ path, value, version }) => `change ${version} made ${path} = ${JSON.stringify(value)}`)
  throw contradicts([...problems.map((problem) => named(problem, file)), ...made, 'write into the configuration what goes with it'])
}

function contradicts(texts: readonly string[]): ConfigError {
  const remedy = 'Then start, and change it with "bun run troupe risk set" or "risk rollback"'
  return new ConfigError(`The configuration contradicts what was changed while the company ran. ${texts.join('; ')}. ${remedy}.`)
}

/** `default` for what no one has said otherwise. */
function sourceOf(limit: keyof RiskLimits, file: TroupeConfig, overlay: readonly Overlaid[]): string {
  const paths = pathsOf(limit)
  const versions = overlay.filter(({ path }) => paths.some((whole) => isWithin(path, whole))).map(({ version }) => version)
  if (versions.length > 0) return `change ${Math.max(...versions)}`
  return isSame(limitsOf(file)[limit] as Json, DEFAULTS[limit] as Json) ? 'default' : 'config'
}

const DEFAULTS = limitsOf(configSchema.parse({}))

function isSame(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b)
}

function refused(text: string): AppError {
  return new AppError(`${text}. What was in force stays; config/default.yaml documents every key.`, {
    code: 'REQUEST_INVALID',
    severity: 'LOW',
  })
}

function unconfirmed(loosened: readonly string[]): AppError {
  const text = `The change loosens ${loosened.join(', ')}, which in live needs a confirmation`
  return new AppError(`${text}: send "confirm": true, or pass --confirm`, {
    code: 'CONFIRMATION_REQUIRED',
    severity: 'LOW',
    details: { expected: true, loosened },
  })
}
