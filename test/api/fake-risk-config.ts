import { CONFIG_CHANGED, ConfigMemory } from '#actors/company/config-memory'
import type { ChangeTarget } from '#actors/company/config-planner'
import { configPlanner } from '#change-plan'
import { FIXED_KEYS } from '#config/changeable'
import { configSchema, type Mode } from '#config/schema'
import { NotFoundError } from '#domain/errors'
import type { Json } from '#domain/json'
import type { Operator } from '#ports/control'
import type { ChangeAsk, ConfigChangeView, RiskConfigPort } from '#ports/risk-config'
import { effectiveLimitsOf } from '#risk/effective-limits'
import { LIMIT_KEYS } from '#risk/tighter'

/** The limits of a company that is not there: planned and remembered as in a real one, applied to nothing. */
export function fakeRiskConfig(mode: Mode, onChange: (operator: Operator, reason: string) => void): RiskConfigPort {
  const memory = new ConfigMemory()
  const planner = configPlanner(configSchema.parse(mode === 'live' ? { mode, risk: { canaryRatio: 0.5 } } : { mode }))
  const make = (target: ChangeTarget, rollbackTo: number | null, ask: ChangeAsk, { name, address }: Operator): ConfigChangeView => {
    const version = memory.version + 1
    const { overlay, changes, loosened } = planner.plan(memory.overlay, target, version, ask.isConfirmed)
    const change = { version, operator: name, address, reason: ask.reason, rollbackTo, changes, loosened }
    memory.replay({ kind: CONFIG_CHANGED, payload: { ...change, overlay }, atMs: 1_000 + version })
    onChange({ name, address }, ask.reason)
    return viewOf(change, 1_000 + version)
  }
  return {
    read: () => {
      const { limits, shown } = planner.restore(memory.overlay)
      const { limits: values, sources } = effectiveLimitsOf(limits, null, null)
      const sourced = Object.fromEntries(LIMIT_KEYS.map((key) => [key, { value: values[key] as Json, source: sources[key] }]))
      return {
        version: memory.version,
        mode,
        config: shown,
        effective: [{ botId: null, venueId: null, policies: [], limits: sourced }],
        overlay: memory.overlay,
        fixed: FIXED_KEYS,
      }
    },
    history: () => memory.history.map((change) => viewOf(change, change.atMs)).toReversed(),
    change: (patch, ask, operator) => make({ kind: 'patch', patch }, null, ask, operator),
    rollBack: (version, ask, operator) => {
      const overlay = memory.overlayOf(version)
      if (overlay === null) throw new NotFoundError(`there is no version ${version} to go back to`)
      return make({ kind: 'rollback', overlay }, version, ask, operator)
    },
  }
}

type Change = Omit<ConfigChangeView, 'atMs' | 'origin'> & { readonly address: string }

function viewOf({ version, operator, address, reason, rollbackTo, changes, loosened }: Change, atMs: number): ConfigChangeView {
  return { version, atMs, operator, origin: address, reason, rollbackTo, changes, loosened }
}
