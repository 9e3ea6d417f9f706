import { CommandRefusedError, NotFoundError } from '#domain/errors'
import type { JsonObject } from '#domain/json'
import type { Operator } from '#ports/control'
import type { ChangeAsk } from '#ports/risk-config'
import type { BreakerLimits } from '#risk/breakers/limits'
import type { BreakerSubjects } from './breaker-list'
import { breakersOf } from './breaker-list'
import type { Company } from './company'
import { CONFIG_CHANGED, type ConfigChange } from './config-memory'
import type { ChangeTarget, ConfigPlanner, RiskRules } from './config-planner'

/**
 * Changes limits and thresholds while the company runs (RSK-14, API-07): worked out and checked first, in the journal with who and why
 * before they apply, and applied in the very step of their journaling. So nothing is judged by half a change; what had been judged by the
 * limits before lapses; and the submission of any order that is judged by the new ones stands behind them in the journal.
 */
export class ConfigChanges {
  readonly #company: Company
  readonly #subjects: BreakerSubjects
  #rules: RiskRules | null = null

  constructor(company: Company, subjects: BreakerSubjects) {
    this.#company = company
    this.#subjects = subjects
  }

  /** The thresholds in force. */
  get breakers(): BreakerLimits {
    return this.#rules?.breakers ?? this.#company.deps.settings.breakers
  }

  /** The changeable sections in force; null for a company whose rules cannot be changed. */
  get shown(): JsonObject | null {
    return this.#rules?.shown ?? null
  }

  /** Brings back what the journal has. @throws {ConfigError} when the configuration has been edited since and contradicts it. */
  restore(): void {
    const { deps, memory } = this.#company
    if (deps.planner === null) return
    const rules = deps.planner.restore(memory.config.overlay)
    this.#apply(rules)
    const { version, overlay } = memory.config
    if (overlay.length > 0) deps.log.info(`limits as change ${version} left them`, { keys: overlay.map(({ path }) => path) })
  }

  change(patch: JsonObject, ask: ChangeAsk, operator: Operator): ConfigChange {
    return this.#make({ kind: 'patch', patch }, null, ask, operator)
  }

  rollBack(version: number, ask: ChangeAsk, operator: Operator): ConfigChange {
    const { config } = this.#company.memory
    const overlay = config.overlayOf(version)
    if (overlay === null) {
      const from = config.history[0]?.version ?? 0
      const known = config.version === 0 ? 'nothing was changed yet' : `there are 0 (the configuration) and ${from} to ${config.version}`
      throw new NotFoundError(`there is no version ${version} to go back to: ${known}`)
    }
    return this.#make({ kind: 'rollback', overlay }, version, ask, operator)
  }

  #make(target: ChangeTarget, rollbackTo: number | null, { reason, isConfirmed }: ChangeAsk, operator: Operator): ConfigChange {
    const { deps, memory, alerter } = this.#company
    const planner = this.#plannerFor(reason)
    const version = memory.config.version + 1
    const { overlay, changes, loosened, rules } = planner.plan(memory.config.overlay, target, version, isConfirmed)
    const { name, address } = operator
    const change = { version, operator: name, address, reason, rollbackTo, changes, loosened, overlay }
    // The memory hears of it from the journal, in this very step.
    deps.journal.append({ actor: 'operator', kind: CONFIG_CHANGED, payload: change, correlationId: null, causationSeq: null })
    this.#apply(rules)
    // In the next turn, as whatever a threshold stops: what stands beyond a new one already trips now and not at the next mark.
    deps.clock.defer(() => this.#company.breakerWatch.judge())
    const text = `change ${version} by ${name}: ${changes.map(({ path, to }) => `${path} = ${JSON.stringify(to)}`).join(', ')} (${reason})`
    alerter.raise({
      severity: loosened.length > 0 ? 'MEDIUM' : 'LOW',
      code: 'CONFIG_CHANGED',
      text,
      details: { version, loosened: loosened.join(', ') },
    })
    return { ...change, atMs: deps.clock.now() }
  }

  #plannerFor(reason: string): ConfigPlanner {
    const { planner, journal } = this.#company.deps
    if (planner === null) throw new CommandRefusedError('the limits of this company cannot be changed: it runs a backtest')
    if (journal.failure !== null)
      throw new CommandRefusedError('the journal has failed: nothing can be changed that could not be recorded; see the log, then restart')
    if (reason.trim() === '') throw new CommandRefusedError('a change needs a reason: say why, such as "volatile week"')
    return planner
  }

  /** One synchronous step: no decision sees a part of it. */
  #apply(rules: RiskRules): void {
    const { limits, board, epochs, deps } = this.#company
    this.#rules = rules
    limits.replace(rules.limits)
    board.replan(breakersOf(this.#subjects, rules.breakers, deps.settings.driftTolerance))
    epochs.bump({ kind: 'company' })
  }
}
