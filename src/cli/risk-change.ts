import type { ConfigChangeView } from '#ports/risk-config'
import { type Arguments, JSON_FLAG, type OptionSpec, UsageError } from './command'
import { runningClient } from './locate'
import { patchOf } from './risk-values'
import type { RiskAction } from './risk-action'
import { findDataDir } from './world-options'

const REASON: OptionSpec = { name: 'reason', value: 'TEXT', text: 'set, rollback: why; stands in the journal and the history' }
const CONFIRM: OptionSpec = { name: 'confirm', value: null, text: 'set, rollback: yes, loosen what this loosens (live asks for it)' }
const HELP = '(see: bun run troupe risk --help)'

/** `troupe risk set KEY=VALUE…`: changes limits, policies and thresholds of the running company. */
export const riskSet: RiskAction = {
  name: 'set',
  usage: 'KEY=VALUE…',
  options: [REASON, CONFIRM, JSON_FLAG],
  run: async (args, words) => {
    if (words.length === 0) throw new UsageError(`what is to change? say KEY=VALUE, such as positionRatioMax=0.02 ${HELP}`)
    const patch = patchOf(words)
    const reason = reasonOf(args)
    return told(args, await runningClient(findDataDir(args)).changeRiskConfig(patch, reason, args.flag('confirm')))
  },
}

/** `troupe risk history`: who changed what, and why. */
export const riskHistory: RiskAction = {
  name: 'history',
  usage: '',
  options: [JSON_FLAG],
  run: async (args, words) => {
    if (words[0] !== undefined) throw new UsageError(`"${words[0]}" is not expected here ${HELP}`)
    const history = await runningClient(findDataDir(args)).riskConfigHistory()
    if (args.flag('json')) console.log(JSON.stringify(history))
    else if (history.length === 0) console.log('nothing was changed: the limits are those of the configuration')
    else for (const change of history) for (const line of linesOf(change)) console.log(line)
    return 0
  },
}

/** `troupe risk rollback VERSION`: puts everything back as a version left it. */
export const riskRollback: RiskAction = {
  name: 'rollback',
  usage: 'VERSION',
  options: [REASON, CONFIRM, JSON_FLAG],
  run: async (args, words) => {
    const [word = '', ...more] = words
    if (!/^\d{1,9}$/.test(word) || more.length > 0)
      throw new UsageError(`"${words.join(' ')}": say the version to go back to, of "risk history"; 0 is the configuration ${HELP}`)
    const reason = reasonOf(args)
    return told(args, await runningClient(findDataDir(args)).rollBackRiskConfig(Number(word), reason, args.flag('confirm')))
  },
}

function reasonOf(args: Arguments): string {
  const reason = args.text('reason')?.trim() ?? ''
  if (reason === '') throw new UsageError(`say why: --reason "volatile week" ${HELP}`)
  return reason
}

function told(args: Arguments, change: ConfigChangeView): number {
  if (args.flag('json')) console.log(JSON.stringify(change))
  else {
    for (const line of linesOf(change)) console.log(line)
    console.log(`in force; "bun run troupe risk rollback ${change.version - 1} --reason …" takes it back`)
  }
  return 0
}

/** Returns a change in lines: who, when and why, then each key. */
export function linesOf({ version, atMs, operator, origin, reason, rollbackTo, changes, loosened }: ConfigChangeView): readonly string[] {
  const back = rollbackTo === null ? '' : `, back to ${rollbackTo}`
  return [
    `change ${version}${back} by ${operator} (${origin}) at ${new Date(atMs).toISOString()}: ${reason}`,
    ...changes.map(({ path, from, to }) => `  ${path}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`),
    ...(loosened.length === 0 ? [] : [`  loosens ${loosened.join(', ')}`]),
  ]
}
