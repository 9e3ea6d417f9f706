import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface BusyOptions {
  /** Bots an instrument. */
  readonly botsEach: number
  /** How often the bots decide, and so long is a step, ms; null lets them place one order each, which rests. */
  readonly cycleMs: number | null
  readonly awayBps: number
  /** USD a bot; 5000 unless told. */
  readonly capital?: string
  /** Further top-level keys as YAML lines. */
  readonly more?: string
}

const BASES = ['BTC', 'ETH', 'SOL', 'XRP']

/** Returns a length of a step with which the first step of the round (a small order) goes on from a minute ago to five minutes from now. */
function lastingStepMs(): number {
  const isFirst = (atMs: number, stepMs: number) => Math.floor(atMs / stepMs) % 3 === 0
  const [fromMs, toMs] = [Date.now() - 60_000, Date.now() + 300_000]
  for (let stepMs = 1_200_000; stepMs < 3_600_000; stepMs += 1_000) {
    const isWhole = Math.floor(fromMs / stepMs) === Math.floor(toMs / stepMs)
    if (isWhole && isFirst(fromMs, stepMs)) return stepMs
  }
  throw new Error('no step lasts that long')
}

function botLines(base: string, index: number, { cycleMs, awayBps, capital }: BusyOptions): string {
  return [
    `  - id: busy-${base.toLowerCase()}-${index}`,
    '    strategy: busy',
    '    enabled: true',
    `    instruments: [${base}-USD@kraken]`,
    ...(cycleMs === null ? [] : [`    cycleMs: ${cycleMs}`]),
    `    capital: "${capital ?? '5000'}"`,
    '    orderNotional: "100"',
    `    parameters: { stepMs: ${cycleMs ?? lastingStepMs()}, notionalSmall: 25, notionalLarge: 50, awayBps: ${awayBps} }`,
  ].join('\n')
}

/** Writes a configuration whose bots place, amend and cancel an order each on every instrument, a step a cycle. Returns its path. */
export function writeBusyConfig(directory: string, options: BusyOptions): string {
  const file = join(directory, 'busy.yaml')
  const bots = Array.from({ length: options.botsEach }, (_, index) => BASES.map((base) => botLines(base, index, options))).flat()
  const breakers = ['breakers:', '  consecutiveLosses: 100', '  consecutiveLossPauseMs: 1000', '  stalenessCoolDownMs: 0']
  writeFileSync(file, [...breakers, 'bots:', ...bots, options.more ?? '', ''].join('\n'))
  return file
}
