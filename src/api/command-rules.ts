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
  const isOperating = state === 'ACTIVE' || state === 'PAUSED' || state === 'STARTING'
  const isHeld = state === 'PAUSED' && bot.reasons.some((reason) => reason.source === OPERATOR)
  const startRefusal = state === 'HALTED' ? 'Halted; reset it first' : `Already ${state}`
  const canStart = state === 'IDLE' || state === 'STOPPED' || state === 'ERROR'
  return {
    start: bot.enabled ? unless(canStart, startRefusal) : 'Disabled in the configuration',
    pause: unless(isOperating && !isHeld, isHeld ? 'Already paused by the operator' : `Not running (${state})`),
    resume: resumeRefusal(bot),
    stop: unless(isOperating, `Not running (${state})`),
    halt: unless(state !== 'HALTED', 'Already halted'),
    reset: unless(state === 'HALTED', `Not halted (${state})`),
  }
}

/** Returns which commands the company takes in its state (`TRADING`, `PAUSED`, `HALTED`, …). */
export function companyRefusals(state: string): Refusals<CompanyCommand> {
  const name = state.toUpperCase()
  const isPaused = name.includes('PAUSED')
  const isHalted = name.includes('HALTED')
  const isTrading = name.includes('TRADING') || name === 'RUNNING'
  return {
    pause: unless(isTrading, isPaused ? 'Already paused' : `Not trading (${name})`),
    resume: unless(isPaused, `Not paused (${name})`),
    halt: unless(!isHalted && !name.includes('STOP'), isHalted ? 'Already halted' : `Not running (${name})`),
    reset: unless(isHalted, `Not halted (${name})`),
  }
}
