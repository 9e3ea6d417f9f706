import { type Command, type OptionSpec, UsageError } from './command'
import type { RiskAction } from './risk-action'
import { riskHistory, riskRollback, riskSet } from './risk-change'
import { riskShow } from './risk-show'
import { WORLD_OPTIONS } from './world-options'

/** What `troupe risk` can do, in the order of the help. */
const ACTIONS: readonly RiskAction[] = [riskShow, riskSet, riskHistory, riskRollback]

/** `troupe risk …`: what the limits are, and how they are changed while the company runs. */
export const riskCommand: Command = {
  name: 'risk',
  summary: 'show the risk limits in force, and change them while the company runs',
  usage: `<${ACTIONS.map(({ name, usage }) => `${name}${usage === '' ? '' : ` ${usage}`}`).join(' | ')}>`,
  options: [...WORLD_OPTIONS, ...ACTIONS.flatMap(({ options }) => options).filter(isFirst)],
  run: async (args) => {
    const [word = '', ...words] = args.positionals
    const action = ACTIONS.find(({ name }) => name === word)
    if (action === undefined) {
      const names = ACTIONS.map(({ name }) => name).join(', ')
      throw new UsageError(`"${word}": say one of ${names} (see: bun run troupe risk --help)`)
    }
    return await action.run(args, words)
  },
}

/** Actions may share an option. */
function isFirst(option: OptionSpec, index: number, all: readonly OptionSpec[]): boolean {
  return all.findIndex(({ name }) => name === option.name) === index
}
