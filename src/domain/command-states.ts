/** The states in which a bot takes each command of an operator, as reports show them. */
export const BOT_COMMAND_STATES = {
  start: ['IDLE', 'STOPPED', 'ERROR'],
  pause: ['STARTING', 'ACTIVE', 'PAUSED'],
  resume: ['PAUSED', 'STARTING'],
  stop: ['STARTING', 'ACTIVE', 'PAUSED', 'ERROR'],
  halt: ['IDLE', 'STARTING', 'ACTIVE', 'PAUSED', 'STOPPING', 'STOPPED', 'ERROR'],
  reset: ['HALTED'],
} as const

/** The states in which the company takes each command of an operator. */
export const COMPANY_COMMAND_STATES = {
  pause: ['TRADING', 'PAUSED'],
  resume: ['PAUSED'],
  halt: ['BOOTING', 'CHECKING', 'TRADING', 'PAUSED', 'HALTED'],
  reset: ['HALTED'],
} as const

/** Returns why a command makes no sense in a state, with where it would; null when the state takes it. */
export function commandRefusal<Command extends string>(
  states: Readonly<Record<Command, readonly string[]>>,
  command: Command,
  state: string,
): string | null {
  return states[command].includes(state) ? null : `${command} is possible in ${states[command].join(', ')}`
}
