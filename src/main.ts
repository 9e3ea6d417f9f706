import { backtestCommand } from '#cli/backtest'
import { chartsCommand } from '#cli/charts-command'
import { type Command, helpOf, readArguments, UsageError } from '#cli/command'
import { doctorCommand } from '#cli/doctor'
import { drillCommand } from '#cli/drill'
import { gateCommand } from '#cli/gate'
import { journalCommand } from '#cli/journal'
import { killCommand } from '#cli/kill'
import { reduceCommand } from '#cli/reduce'
import { resumeCommand } from '#cli/resume'
import { riskCommand } from '#cli/risk'
import { sandboxCommand } from '#cli/sandbox'
import { simulateCommand } from '#cli/simulate'
import { startCommand } from '#cli/start'
import { statusCommand } from '#cli/status'
import { AppError, messageOf } from '#domain/errors'

/** Every command of `troupe`, in the order of the help. */
const COMMANDS: readonly Command[] = [
  startCommand,
  statusCommand,
  killCommand,
  resumeCommand,
  reduceCommand,
  riskCommand,
  doctorCommand,
  gateCommand,
  journalCommand,
  sandboxCommand,
  simulateCommand,
  backtestCommand,
  drillCommand,
  chartsCommand,
]

function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length))
  const lines = COMMANDS.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`)
  return [
    'Troupe: trading actors under one director',
    '',
    'bun run troupe <command> [options]',
    '',
    ...lines,
    '',
    'bun run troupe <command> --help tells more of one.',
  ].join('\n')
}

/** Runs one command; every failure is one line on stderr that names what, where and the remedy, and an exit code other than 0. */
async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    console.log(overview())
    return name === undefined ? 2 : 0
  }
  const command = COMMANDS.find((candidate) => candidate.name === name)
  if (command === undefined) {
    console.error(`troupe: there is no command "${name}"; choose one of ${COMMANDS.map((known) => known.name).join(', ')}`)
    return 2
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(helpOf(command))
    return 0
  }
  try {
    return await command.run(readArguments(command, rest))
  } catch (error) {
    const text = messageOf(error).replaceAll(/\s*\n\s*/g, ' ')
    const code = error instanceof AppError && !(error instanceof UsageError) ? ` [${error.code}, ${error.docs}]` : ''
    console.error(`troupe ${name}: ${text}${code}`)
    return error instanceof UsageError ? 2 : 1
  }
}

process.exit(await main(process.argv.slice(2)))
