import type { Arguments, OptionSpec } from './command'

/** One word after `troupe risk`. */
export interface RiskAction {
  readonly name: string
  /** Positional arguments after the word; empty for none. */
  readonly usage: string
  readonly options: readonly OptionSpec[]
  /** @param words the positional arguments after the action's name. */
  run(args: Arguments, words: readonly string[]): Promise<number>
}
