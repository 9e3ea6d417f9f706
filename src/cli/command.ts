import { parseArgs } from 'node:util'
import { AppError, messageOf } from '#domain/errors'

/** One option of a command. `value` is its placeholder in the help; null for a flag without one. */
export interface OptionSpec {
  readonly name: string
  readonly value: string | null
  readonly text: string
}

/** One command of `troupe`. */
export interface Command {
  readonly name: string
  readonly summary: string
  /** Positional arguments as shown in the help: `<verify|show>`; empty for none. */
  readonly usage: string
  readonly options: readonly OptionSpec[]
  /** Runs and returns the exit code. */
  run(args: Arguments): Promise<number>
}

/** What the command line said, read against the command's options. */
export interface Arguments {
  readonly positionals: readonly string[]
  /** The text of an option; null when it was not given. */
  text(name: string): string | null
  flag(name: string): boolean
}

export const HELP: OptionSpec = { name: 'help', value: null, text: 'show this help' }
export const JSON_FLAG: OptionSpec = { name: 'json', value: null, text: 'print JSON instead of text' }

/** A command line that cannot be understood; the process ends with exit code 2. */
export class UsageError extends AppError {
  constructor(message: string) {
    super(message, { code: 'CONFIG_INVALID', severity: 'LOW' })
  }
}

/**
 * Reads the words after a command's name.
 * @throws {UsageError} for an unknown option, one that lacks its value, or a word too many.
 */
export function readArguments(command: Command, words: readonly string[]): Arguments {
  const help = `(see: bun run troupe ${command.name} --help)`
  const options = Object.fromEntries(
    [...command.options, HELP].map((option) => [option.name, { type: option.value === null ? ('boolean' as const) : ('string' as const) }]),
  )
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true, strict: true })
    if (command.usage === '' && positionals[0] !== undefined) throw new UsageError(`"${positionals[0]}" is not expected here ${help}`)
    return {
      positionals,
      text: (name) => {
        const value = values[name]
        return typeof value === 'string' ? value : null
      },
      flag: (name) => values[name] === true,
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    // Only the first sentence of Node's text: the rest explains how to pass words that begin with a dash.
    throw new UsageError(`${messageOf(error).split(/\.\s|\n/)[0] ?? ''} ${help}`)
  }
}

/** Returns the help of one command. */
export function helpOf(command: Command): string {
  const rows = [...command.options, HELP].map(
    (option) => [`--${option.name}${option.value === null ? '' : ` ${option.value}`}`, option.text] as const,
  )
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)
  return [
    `bun run troupe ${command.name}${command.usage === '' ? '' : ` ${command.usage}`} [options]`,
    '',
    `  ${command.summary}`,
    '',
    'Options',
    ...lines,
  ].join('\n')
}
