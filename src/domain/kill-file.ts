/** What the kill switch's flag file asks for. */
export interface KillFile {
  /** Why; empty when it does not say. */
  readonly reason: string
  /** Close the positions too. */
  readonly shouldFlatten: boolean
  /** What cannot be understood of it; null when all is. It halts all the same. */
  readonly problem: string | null
}

const OPTION = /^flatten:\s*(yes|no)$/

/** Returns the text of a flag file: the reason on a line of its own, then `flatten: yes` where positions are to be closed. */
export function killFileText(reason: string, shouldFlatten: boolean): string {
  const line = oneLine(reason)
  return shouldFlatten ? `${line}\nflatten: yes\n` : `${line}\n`
}

/**
 * Reads a flag file. One line may say why, one `flatten: yes` or `flatten: no`; a file with anything else is not understood, and flattens
 * nothing: that a position is closed must have been asked for beyond doubt.
 */
export function readKillFile(text: string): KillFile {
  const lines = text
    .split('\n')
    .map(oneLine)
    .filter((line) => line !== '')
  const options = lines.filter((line) => OPTION.test(line))
  const others = lines.filter((line) => !OPTION.test(line))
  const extra = others[1]
  if (options.length > 1) return { reason: lines.join(' '), shouldFlatten: false, problem: 'it says twice whether to flatten' }
  if (extra !== undefined) {
    const problem = `the line "${extra.slice(0, 80)}" is neither "flatten: yes" nor "flatten: no"`
    return { reason: lines.join(' '), shouldFlatten: false, problem }
  }
  return { reason: others[0] ?? '', shouldFlatten: OPTION.exec(options[0] ?? '')?.[1] === 'yes', problem: null }
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, ' ').trim()
}
