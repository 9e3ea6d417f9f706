import { BOT_COMMAND_STATES, COMPANY_COMMAND_STATES, commandRefusal } from '#domain/command-states'
import type { BotCommand, BotView, CompanyCommand } from '#ports/control'

/** For each command: null when the present state takes it, else why not, for the tooltip of a disabled button. */
export type Refusals<Command extends string> = Readonly<Record<Command, string | null>>

const OPERATOR = 'operator'

function unless(isAllowed: boolean, why: string): string | null {
  return isAllowed ? null : why
}

function resumeRefusal(bot: Pick<BotView, 'state' | 'reasons'>): string | null {
  if (bot.state !== 'PAUSED') return `Not paused (${bot.state})`
  if (bot.reasons.some((reason) => reason.source === OPERATOR)) return null
  const holders = bot.reasons.map((reason) => reason.source).join(', ')
  return `Paused by ${holders === '' ? 'the company' : holders}; resumes when that ends`
}

/** Returns which commands a bot takes now. A forecast for display: the company itself decides when the command comes. */
export function botRefusals(bot: Pick<BotView, 'state' | 'reasons' | 'enabled'>): Refusals<BotCommand> {
  const { state } = bot
  const refusal = (command: BotCommand) => commandRefusal(BOT_COMMAND_STATES, command, state)
  const isHeld = state === 'PAUSED' && bot.reasons.some((reason) => reason.source === OPERATOR)
  const running = state === 'HALTED' ? 'Halted; reset it first' : `Already ${state}`
  return {
    start: bot.enabled ? unless(refusal('start') === null, running) : 'Disabled in the configuration',
    pause: isHeld ? 'Already paused by the operator' : refusal('pause'),
    resume: resumeRefusal(bot),
    stop: refusal('stop'),
    halt: refusal('halt'),
    reset: refusal('reset'),
  }
}

/** Returns which commands the company takes in its state (`TRADING`, `PAUSED`, `HALTED`, …). */
export function companyRefusals(state: string): Refusals<CompanyCommand> {
  const refusal = (command: CompanyCommand) => commandRefusal(COMPANY_COMMAND_STATES, command, state)
  return { pause: refusal('pause'), resume: refusal('resume'), halt: refusal('halt'), reset: refusal('reset') }
}
